import { Batch } from './batch.ts';
import type { Counters } from './counters.ts';
import type { Sink } from './sinks/sink.ts';

export interface DeliveryOptions {
  readonly sink: Sink;
  readonly counters: Counters;
  readonly batchBytes: number;
  /** Called after the sink has taken a batch and its positions are committed. */
  readonly acknowledged: (batch: Batch) => void;
}

/** Two batches take turns: one is filled while the other is on its way. Order and memory follow from that. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #abort = new AbortController();
  #filling: Batch;
  #spare: Batch | undefined;
  #underway: Promise<void> | undefined;
  #failure: unknown;
  #sending = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#filling = new Batch(options.batchBytes);
    this.#spare = new Batch(options.batchBytes);
  }

  /** The batch that takes records now. */
  get filling(): Batch {
    return this.#filling;
  }

  get idle(): boolean {
    return this.#underway === undefined;
  }

  /** Bytes read and encoded that the sink has not taken yet. */
  get pendingBytes(): number {
    return this.#filling.length + (this.#spare === undefined ? this.#sending : 0);
  }

  /** Sends what has been filled, unless a batch is still on its way. */
  submit(): void {
    this.#rethrow();
    if (this.#underway !== undefined || this.#filling.segments.length === 0 || this.#spare === undefined) return;
    const batch = this.#filling;
    this.#filling = this.#spare;
    this.#spare = undefined;
    this.#sending = batch.length;
    this.#underway = this.#send(batch);
  }

  /** Sends the full batch as soon as the one before it has been taken; then {@link filling} is another one. */
  async turnOver(): Promise<void> {
    await this.#underway;
    this.#rethrow();
    this.submit();
  }

  /** Waits until everything filled so far has been taken. */
  async flush(): Promise<void> {
    await this.turnOver();
    await this.turnOver();
  }

  /** Gives up what is under way; nothing more is sent, nothing more is committed. */
  abort(): void {
    this.#abort.abort();
  }

  get aborted(): boolean {
    return this.#abort.signal.aborted;
  }

  async #send(batch: Batch): Promise<void> {
    const { sink, counters, acknowledged } = this.#options;
    // So that `#underway` is set before it can be unset, even when there is nothing to send.
    await undefined;
    try {
      this.#abort.signal.throwIfAborted();
      if (batch.length > 0) {
        const refused = await sink.write(batch, this.#abort.signal);
        counters.sinkBatches++;
        counters.sinkBytes += batch.length;
        counters.sinkRejected += refused.records;
        counters.lost.rejected += refused.bytes;
      }
      for (const segment of batch.segments) {
        segment.chain.inFlight--;
        segment.chain.commit(segment.positions);
      }
      acknowledged(batch);
    } catch (error) {
      this.#failure ??= error;
    } finally {
      batch.clear();
      this.#spare = batch;
      this.#sending = 0;
      this.#underway = undefined;
    }
  }

  #rethrow(): void {
    if (this.#failure !== undefined && !this.aborted) throw this.#failure;
  }
}
