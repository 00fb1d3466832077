import type { Logger } from '../../telemetry/logger.ts';
import type { Batch } from '../batch.ts';
import type { ContainerChain } from '../chain/container-chain.ts';
import type { Clock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import type { Sink } from '../sinks/sink.ts';
import { saveChain } from './chain-state.ts';
import type { ChainState, CheckpointData } from './checkpoint-data.ts';
import { CheckpointStore } from './checkpoint-store.ts';

export interface CheckpointKeeperOptions {
  readonly directory: string;
  readonly chains: ReadonlyMap<string, ContainerChain>;
  /** Places of containers that are left alone. */
  readonly leftAlone: ReadonlyMap<string, ChainState>;
  readonly sink: Sink;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Least time between two checkpoints, asked anew each time. */
  readonly intervalMs: () => number;
}

/** Remembers how far the sink has taken each chain. */
export interface PositionKeeper {
  /** What a process before us knew. */
  load(): Promise<{ readonly data: CheckpointData; readonly found: boolean }>;
  start(): void;
  /** The sink has taken this batch, and its positions are committed. */
  acknowledged(batch: Batch): void;
  /** The chain is gone for good. */
  forgotten(chain: Pick<ContainerChain, 'key' | 'lost'>): void;
  /** The container is left alone from now on; this is where it would go on. */
  leftAlone(key: string, state: ChainState): void;
  save(): Promise<void>;
  stop(): Promise<void>;
  /** Whether it could do so the last time. */
  readonly writable: boolean;
  /** Monotonic milliseconds of when it last did. */
  readonly savedAt: number;
}

/** Keeps what the sink has taken on disk: noted at once, checkpointed (fsynced) at most once an interval. */
export class CheckpointKeeper implements PositionKeeper {
  readonly #options: CheckpointKeeperOptions;
  readonly #store: CheckpointStore;
  #timer: NodeJS.Timeout | undefined;
  #dirty = false;
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Whether the last checkpoint could be written. */
  writable = false;
  /** Monotonic milliseconds of the last checkpoint. */
  savedAt: number;

  constructor(options: CheckpointKeeperOptions) {
    this.#options = options;
    this.#store = new CheckpointStore(options.directory);
    this.savedAt = options.clock.monotonic();
  }

  /** Loads what there is; says loudly what is damaged and goes on without it. */
  async load(): Promise<{ readonly data: CheckpointData; readonly found: boolean }> {
    const { data, generation, damaged } = await this.#store.load();
    const found = generation > 0 || Object.keys(data.chains).length > 0;
    for (const { file, reason } of damaged) {
      const journals = found ? 'the journals alone' : 'nothing: every file is read from its start';
      const using = generation > 0 ? `generation ${generation}` : journals;
      this.#options.logger.error({ file, reason, using }, 'checkpoint is damaged');
    }
    return { data, found };
  }

  /** Writes a checkpoint every interval in which something was acknowledged. */
  start(): void {
    this.#timer = setTimeout(async () => {
      if (this.#dirty) await this.save();
      if (!this.#stopped) this.start();
    }, this.#options.intervalMs());
  }

  /** The sink has taken this batch, and its positions are committed. */
  acknowledged(batch: Batch): void {
    this.#dirty = true;
    const chains = new Set(batch.segments.map((segment) => segment.chain));
    this.#note([...chains].map((chain) => ({ key: chain.key, state: saveChain(chain) })));
  }

  /** The chain is gone for good. */
  forgotten({ key }: Pick<ContainerChain, 'key'>): void {
    this.#dirty = true;
    this.#note([{ key }]);
  }

  /** The container is left alone from now on; this is where it would go on. */
  leftAlone(key: string, state: ChainState): void {
    this.#dirty = true;
    this.#note([{ key, state }]);
  }

  #note(entries: Parameters<CheckpointStore['note']>[0]): void {
    try {
      this.#store.note(entries);
    } catch {
      // The checkpoint, which will most likely fail as well, is what says so.
      this.#options.counters.checkpointErrors++;
    }
  }

  /** Writes a checkpoint now. Never rejects: a full disk makes us repeat after a restart, not stop. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  }

  /** Writes the last checkpoint. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.save();
    this.#store.close();
  }

  async #save(): Promise<void> {
    const { chains, leftAlone, sink, counters, clock, logger } = this.#options;
    this.#dirty = false;
    try {
      this.#store.begin();
      const states: Record<string, ChainState> = Object.fromEntries(leftAlone);
      for (const [key, chain] of chains) {
        if (chain.files.length > 0 || chain.finished.length > 0) states[key] = saveChain(chain);
      }
      // In this order: the sink's bytes are durable before anything says that they are.
      await sink.sync?.();
      await this.#store.save({ chains: states });
      counters.checkpointWrites++;
      this.savedAt = clock.monotonic();
      if (!this.writable && counters.checkpointErrors > 0) logger.info('checkpoints can be written again');
      this.writable = true;
    } catch (error) {
      this.#dirty = true;
      counters.checkpointErrors++;
      if (this.writable || counters.checkpointErrors === 1) {
        logger.error({ error }, 'checkpoint cannot be written; a restart would repeat what follows');
      }
      this.writable = false;
    }
  }
}
