import type { watch } from 'node:fs';
import type { Logger } from '../telemetry/logger.ts';
import { ChainReader } from './chain/chain-reader.ts';
import { ContainerChain } from './chain/container-chain.ts';
import { LineReader } from './chain/line-reader.ts';
import type { LogFile } from './chain/log-file.ts';
import { type PodDirectory, parseInstanceKey } from './chain/log-path.ts';
import { type MergeEvents, mergeDirectory } from './chain/merge-directory.ts';
import type { PartialBudget } from './chain/open-partial.ts';
import { type ContainerDirectory, PodScanner } from './chain/pod-scanner.ts';
import { releaseHeld } from './chain/release-held.ts';
import { restoreChain, saveChain } from './checkpoint/chain-state.ts';
import { type CheckpointData, emptyCheckpoint } from './checkpoint/checkpoint-data.ts';
import { CheckpointStore } from './checkpoint/checkpoint-store.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CollectorConfig } from './config.ts';
import type { Counters } from './counters.ts';
import { Delivery } from './delivery.ts';
import { Hints } from './hints.ts';
import type { LossReason } from './loss.ts';
import { type ContainerInstance, instanceKeyOf } from './record/source-label.ts';
import type { Sink } from './sinks/sink.ts';

export interface CollectorOptions {
  /** The settings in force; asked anew each time, so that a reload takes effect. */
  readonly config: () => CollectorConfig;
  readonly sink: Sink;
  readonly counters: Counters;
  readonly node: string;
  readonly isExcluded: (pod: PodDirectory) => boolean;
  readonly logger: Logger;
  /** Whether something that knows better than the files says that this container has ended. */
  readonly hasEnded?: (instance: ContainerInstance) => boolean;
  readonly clock?: Clock;
  readonly watch?: typeof watch;
}

/**
 * The collector of one node. Two things go on side by side: a scan, on a timer, keeps the chains in step with the
 * directories; a reader gives each chain its turn and waits when the sink is full. A stalled sink thus stops the
 * reading, never the scan, which has to hold on to files before the kubelet deletes them.
 */
export class Collector {
  readonly chains = new Map<string, ContainerChain>();
  readonly counters: Counters;
  readonly #options: CollectorOptions;
  readonly #clock: Clock;
  readonly #store: CheckpointStore;
  readonly #delivery: Delivery;
  readonly #reader: ChainReader;
  readonly #scanner: PodScanner;
  readonly #hints: Hints;
  readonly #budget: PartialBudget;
  #restored: CheckpointData = emptyCheckpoint;
  #hadCheckpoint = false;
  #scanTimer: NodeJS.Timeout | undefined;
  #checkpointTimer: NodeJS.Timeout | undefined;
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;
  #wake: (() => void) | undefined;
  #dirty = false;
  #saving: Promise<void> = Promise.resolve();
  /** Whether the first look at all directories is over. */
  scanned = false;
  /** Whether the last checkpoint could be written. */
  stateWritable = false;
  /** Monotonic milliseconds of the last checkpoint. */
  savedAt: number;

  private constructor(options: CollectorOptions) {
    const { config, sink, counters, clock = systemClock } = options;
    const { reader, logs, state } = config();
    const { logger } = options;
    this.#options = options;
    this.#clock = clock;
    this.counters = counters;
    this.savedAt = clock.monotonic();
    this.#store = new CheckpointStore(state.directory);
    const batchBytes = Math.min(1_048_576, Math.floor(reader.inflightMaxBytes / 4));
    this.#budget = { used: 0, max: reader.inflightMaxBytes - 2 * batchBytes };
    this.#delivery = new Delivery({
      sink,
      counters,
      batchBytes,
      acknowledged: () => {
        this.#dirty = true;
        this.#wake?.();
      },
    });
    const limits = {
      maxLineBytes: reader.maxLineBytes,
      get fields() {
        return config().records.fields;
      },
    };
    const lines = new LineReader(this.#delivery.filling, {
      encoder: sink.encoder,
      counters,
      budget: this.#budget,
      limits,
      now: clock.wall,
    });
    this.#reader = new ChainReader({
      lines,
      delivery: this.#delivery,
      counters,
      clock,
      node: options.node,
      limits,
      turnBytes: reader.turnBytes,
      settleMs: reader.rotationSettleMs,
      events: {
        cut: (chain, file, unreadBytes) =>
          logger.warn(
            { container: chain.key, file: file.name, unreadBytes },
            'log file was cut; reading from its start',
          ),
        unreadable: (chain, file, error) =>
          logger.error({ container: chain.key, file: file.name, error }, 'log file cannot be read; giving it up'),
      },
    });
    this.#scanner = new PodScanner(
      logs.root,
      options.isExcluded,
      {
        changed: (directory) => this.#merge(directory),
        removed: (directory) => this.#remove(directory),
        unreadable: (path, error) => logger.warn({ path, error }, 'directory cannot be listed'),
      },
      clock.wall,
    );
    this.#hints = new Hints({
      ...(options.watch === undefined ? {} : { watch: options.watch }),
      degraded: (reason) => logger.warn({ reason }, 'no file notifications; polling only'),
    });
  }

  /** Loads the checkpoint, looks at all directories once, and begins to read. */
  static async start(options: CollectorOptions): Promise<Collector> {
    const collector = new Collector(options);
    await collector.#load();
    collector.#scan();
    collector.scanned = true;
    await collector.#save();
    collector.#scheduleScan();
    collector.#scheduleCheckpoint();
    collector.#loop = collector.#read();
    return collector;
  }

  get node(): string {
    return this.#options.node;
  }

  /** Settles when reading has ended: never by itself unless the sink is broken for good, and then with its error. */
  get ended(): Promise<void> {
    return this.#loop;
  }

  /** Worst case of the memory that holds log data, in bytes. */
  get memoryBound(): number {
    return this.#options.config().reader.inflightMaxBytes + this.#reader.bufferBytes;
  }

  get partialBytes(): number {
    return this.#budget.used;
  }

  get pendingBytes(): number {
    return this.#delivery.pendingBytes;
  }

  /** Stops reading, gives the sink `flushMs` to take what has been read, writes the last checkpoint. */
  async stop(flushMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#scanTimer);
    clearTimeout(this.#checkpointTimer);
    this.#hints.close();
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const flushed = this.#loop.then(() => this.#delivery.flush()).then(() => true);
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, flushMs, false);
    });
    try {
      if (!(await Promise.race([flushed, late]))) {
        this.#options.logger.warn(
          { flushMs },
          'the sink did not take everything in time; the rest is read again later',
        );
      }
    } finally {
      clearTimeout(timer);
      this.#delivery.abort();
      await flushed.catch(() => {});
      await this.#save();
      for (const chain of this.chains.values()) for (const file of chain.files) file.close();
    }
  }

  async #load(): Promise<void> {
    const { data, generation, damaged } = await this.#store.load();
    for (const { file, reason } of damaged) {
      this.#options.logger.error(
        {
          file,
          reason,
          using: generation === 0 ? 'nothing: every file is read from its start' : `generation ${generation}`,
        },
        'checkpoint is damaged',
      );
    }
    this.#restored = data;
    this.#hadCheckpoint = generation > 0;
  }

  // --- scanning -----------------------------------------------------------------------------------------------

  #scheduleScan(): void {
    clearTimeout(this.#scanTimer);
    const { root, scanMs } = this.#options.config().logs;
    this.#scanTimer = setTimeout(() => {
      this.#scan();
      this.#scheduleScan();
    }, scanMs);
    this.#hints.follow(root, () => {
      clearTimeout(this.#scanTimer);
      // What makes a Pod's directory goes on to make its containers': give it a moment.
      this.#scanTimer = setTimeout(
        () => {
          this.#scan();
          this.#scheduleScan();
        },
        Math.min(20, scanMs),
      );
    });
  }

  #scan(): void {
    const { config, hasEnded } = this.#options;
    this.#scanner.scan();
    this.counters.scans++;
    if (!this.scanned) this.#settleVanished();
    const now = this.#clock.monotonic();
    for (const [key, chain] of this.chains) {
      for (const file of chain.files) file.glance(now, 2 * config().logs.scanMs);
      if (!chain.ended && hasEnded?.(chain.instance) === true) this.#end(chain);
      if (chain.removed && chain.complete) {
        this.chains.delete(key);
        for (const file of chain.files) file.close();
        this.#dirty = true;
      }
    }
    releaseHeld(this.chains.values(), config().reader.heldDeletedMaxBytes, (chain, file, bytes) => {
      this.#lose(chain, 'fd_released', bytes);
      this.#options.logger.error({ container: chain.key, file: file.name, bytes }, 'deleted file released unread');
    });
    this.#wake?.();
  }

  #merge({ pod, name, path, restarts }: ContainerDirectory): void {
    const newest = Math.max(...restarts.keys());
    for (const [restart, names] of [...restarts].sort(([a], [b]) => a - b)) {
      const instance = { ...pod, container: name, restart };
      const chain = this.#chain(instance, path);
      const atEnd = this.#options.config().logs.startAt === 'end' && !this.scanned && !this.#hadCheckpoint;
      mergeDirectory(chain, names, atEnd, this.#mergeEvents);
      chain.removed = false;
      chain.nextPoll = 0;
      if (restart < newest) this.#end(chain);
    }
    for (const chain of this.chains.values()) {
      if (chain.directory === path && !restarts.has(chain.instance.restart)) this.#removeChain(chain);
    }
  }

  #chain(instance: ContainerInstance, directory: string): ContainerChain {
    const key = instanceKeyOf(instance);
    let chain = this.chains.get(key);
    if (chain === undefined) {
      chain = new ContainerChain(instance, directory);
      const state = this.#restored.chains[key];
      if (state !== undefined && !this.scanned) restoreChain(chain, state);
      this.chains.set(key, chain);
    }
    return chain;
  }

  /** Instances of the checkpoint that the first scan did not find: gone while we were not running. */
  #settleVanished(): void {
    for (const [key, state] of Object.entries(this.#restored.chains)) {
      const instance = parseInstanceKey(key);
      if (instance === undefined || this.chains.has(key)) continue;
      const chain = new ContainerChain(instance, '');
      restoreChain(chain, state);
      this.chains.set(key, chain);
      this.#removeChain(chain);
    }
    this.#restored = emptyCheckpoint;
  }

  #end(chain: ContainerChain): void {
    if (chain.ended) return;
    chain.ended = true;
    chain.nextPoll = 0;
  }

  #remove(directory: ContainerDirectory): void {
    for (const chain of this.chains.values()) if (chain.directory === directory.path) this.#removeChain(chain);
  }

  #removeChain(chain: ContainerChain): void {
    if (chain.removed) return;
    chain.removed = true;
    mergeDirectory(chain, [], false, this.#mergeEvents);
    this.#end(chain);
  }

  readonly #mergeEvents: MergeEvents = {
    rotated: () => {
      this.counters.rotations++;
    },
    rotatedAway: (chain, file, bytes, reason) => {
      if (bytes === 0) return;
      this.#lose(chain, reason, bytes);
      this.#options.logger.error({ container: chain.key, file: file.name, bytes, reason }, 'log bytes are lost');
    },
    missed: (chain, name, bytes, error) => {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (gone) this.#lose(chain, 'deleted_before_read', bytes);
      this.#options.logger.warn({ container: chain.key, file: name, error }, 'log file cannot be opened');
    },
    resumedInGzip: () => {
      this.counters.gzResumed++;
    },
  };

  #lose(chain: ContainerChain, reason: LossReason, bytes: number): void {
    this.counters.lost[reason] += bytes;
    chain.lose(reason, bytes);
  }

  // --- reading ------------------------------------------------------------------------------------------------

  async #read(): Promise<void> {
    while (!this.#stopping) {
      let moved = false;
      let next = Number.POSITIVE_INFINITY;
      for (const chain of this.chains.values()) {
        if (chain.complete) continue;
        const now = this.#clock.monotonic();
        if (chain.nextPoll <= now) {
          const got = await this.#reader.turn(chain);
          moved ||= got;
          this.#schedule(chain, now, got);
          if (this.#stopping) break;
        }
        next = Math.min(next, chain.nextPoll);
      }
      this.#delivery.submit();
      if (!moved && !this.#stopping) await this.#sleep(next - this.#clock.monotonic());
    }
  }

  /** A chain that got on comes again at once; one that did not is asked less and less often. */
  #schedule(chain: ContainerChain, now: number, moved: boolean): void {
    const { reader, logs } = this.#options.config();
    if (moved) {
      chain.pollDelay = 0;
      chain.nextPoll = 0;
      return;
    }
    chain.pollDelay = Math.min(logs.scanMs, Math.max(reader.pollMs, chain.pollDelay * 2));
    const settling = chain.files.length > 1 || (chain.ended && !chain.givenOut);
    chain.nextPoll = now + (settling ? Math.min(chain.pollDelay, reader.rotationSettleMs / 2 + 5) : chain.pollDelay);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, Math.min(ms, 1_000)));
      this.#wake = done;
    });
  }

  // --- checkpoint ---------------------------------------------------------------------------------------------

  #scheduleCheckpoint(): void {
    this.#checkpointTimer = setTimeout(async () => {
      if (this.#dirty) await this.#save();
      if (!this.#stopping) this.#scheduleCheckpoint();
    }, this.#options.config().state.checkpointMs);
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  async #saveNow(): Promise<void> {
    this.#dirty = false;
    const chains: Record<string, ReturnType<typeof saveChain>> = {};
    for (const [key, chain] of this.chains) {
      if (chain.files.length > 0 || chain.finished.length > 0) chains[key] = saveChain(chain);
    }
    try {
      // In this order: the sink's bytes are durable before anything says that they are.
      await this.#options.sink.sync?.();
      await this.#store.save({ chains });
      this.counters.checkpointWrites++;
      this.savedAt = this.#clock.monotonic();
      this.stateWritable = true;
    } catch (error) {
      this.#dirty = true;
      this.counters.checkpointErrors++;
      if (this.stateWritable || this.counters.checkpointErrors === 1) {
        this.#options.logger.error({ error }, 'checkpoint cannot be written; a restart would repeat what follows');
      }
      this.stateWritable = false;
    }
  }
}

/** For /streams and the metrics page: files that only our descriptor keeps on disk. */
export function heldFiles(chains: Iterable<ContainerChain>): LogFile[] {
  return [...chains].flatMap((chain) => chain.files.filter((file) => file.unlinked && file.source !== undefined));
}
