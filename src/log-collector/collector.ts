import type { watch } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Logger } from '../telemetry/logger.ts';
import type { PartialBudget } from './chain/budgeted-bytes.ts';
import { ChainReader } from './chain/chain-reader.ts';
import { ChainRegistry } from './chain/chain-registry.ts';
import { type ContainerChain, restlessMs } from './chain/container-chain.ts';
import { lastRead } from './chain/last-read.ts';
import { LineReader } from './chain/line-reader.ts';
import type { IsExcluded } from './chain/pod-scanner.ts';
import { CheckpointKeeper, type PositionKeeper } from './checkpoint/checkpoint-keeper.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CollectorConfig } from './config.ts';
import type { Counters } from './counters.ts';
import { Delivery } from './delivery.ts';
import { Hints } from './hints.ts';
import type { Redactor } from './line/redactor.ts';
import type { Verdict } from './metadata/pod-filter.ts';
import type { PodInfo } from './metadata/pod-metadata.ts';
import type { ContainerInstance } from './record/source-label.ts';
import type { Sink } from './sinks/sink.ts';
import { traceChoice } from './trace/trace-choice.ts';

export interface CollectorOptions {
  /** The settings in force; asked anew each time, so that a reload takes effect. */
  readonly config: () => CollectorConfig;
  readonly sink: Sink;
  readonly counters: Counters;
  readonly node: string;
  readonly isExcluded: IsExcluded;
  readonly logger: Logger;
  /** Whether something that knows better than the files says that this container has ended. */
  readonly hasEnded?: (instance: ContainerInstance) => boolean;
  /** What the API has said about a container, if anything. */
  readonly infoOf?: (instance: ContainerInstance) => PodInfo | undefined;
  /** Takes out of every text what must not leave the node. */
  readonly redact?: () => Redactor | undefined;
  readonly verdict?: (instance: ContainerInstance) => Verdict;
  readonly clock?: Clock;
  readonly watch?: typeof watch;
  /** Who remembers what the sink has taken; default the files of `state.directory`. */
  readonly keeper?: (chains: ReadonlyMap<string, ContainerChain>) => PositionKeeper;
  /** Called once, after the first look at all directories and before anything is read. */
  readonly found?: (chains: ReadonlyMap<string, ContainerChain>) => Promise<void>;
}

const pauseMs = 250;

/** Part of what the kubelet keeps at which a container over its limit begins to lose: one rotation of five files. */
const dropAt = 0.75;

/**
 * The collector of one node. Two things go on side by side: a scan, on a timer, keeps the chains in step with the
 * directories; a reader gives each chain its turn and waits when the sink is full. A stalled sink thus stops the
 * reading, never the scan, which has to hold on to files before the kubelet deletes them.
 */
export class Collector {
  readonly counters: Counters;
  readonly node: string;
  readonly #config: () => CollectorConfig;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #registry: ChainRegistry;
  readonly #keeper: PositionKeeper;
  readonly #delivery: Delivery;
  readonly #reader: ChainReader;
  readonly #hints: Hints;
  readonly #budget: PartialBudget;
  #rateLimitBytes: number;
  #scanTimer: NodeJS.Timeout | undefined;
  #scanAt = Number.POSITIVE_INFINITY;
  #peekTimer: NodeJS.Timeout | undefined;
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;
  #wake: (() => void) | undefined;
  /** Whether the first look at all directories is over. */
  scanned = false;

  private constructor(options: CollectorOptions) {
    const { config, sink, counters, logger, node, clock = systemClock } = options;
    const { reader, state } = config();
    this.#config = config;
    this.#rateLimitBytes = reader.rateLimitBytes;
    this.#logger = logger;
    this.#clock = clock;
    this.counters = counters;
    this.node = node;
    this.#hints = new Hints({
      ...(options.watch === undefined ? {} : { watch: options.watch }),
      degraded: (reason) => logger.warn({ reason }, 'no file notifications; polling only'),
    });
    this.#registry = new ChainRegistry({
      hints: this.#hints,
      roused: () => this.#scanIn(Math.min(20, config().logs.scanMs)),
      config,
      isExcluded: options.isExcluded,
      hasEnded: options.hasEnded ?? (() => false),
      verdict: options.verdict ?? (() => 'read'),
      counters,
      clock,
      logger,
      forgotten: (chain) => this.#keeper.forgotten(chain),
      leftAlone: (key, state) => this.#keeper.leftAlone(key, state),
    });
    const { chains, leftAlone } = this.#registry;
    this.#keeper =
      options.keeper?.(chains) ??
      new CheckpointKeeper({
        directory: state.directory,
        chains,
        leftAlone,
        sink,
        counters,
        clock,
        logger,
        intervalMs: () => config().state.checkpointMs,
      });
    const batchBytes = Math.min(1_048_576, Math.floor(reader.inflightMaxBytes / 4));
    this.#budget = { used: 0, max: reader.inflightMaxBytes - 2 * batchBytes };
    this.#delivery = new Delivery({
      sink,
      counters,
      batchBytes,
      acknowledged: (batch) => {
        this.#keeper.acknowledged(batch);
        this.#wake?.();
      },
    });
    const limits = {
      maxLineBytes: reader.maxLineBytes,
      get fields() {
        return config().records.fields;
      },
      get traceLines() {
        return config().records.traces.maxLines;
      },
      get traceBytes() {
        return Math.min(config().records.traces.maxBytes, reader.maxLineBytes);
      },
      get traceWaitMs() {
        return config().records.traces.waitMs;
      },
    };
    const lines = new LineReader(this.#delivery.filling, {
      encoder: sink.encoder,
      counters,
      budget: this.#budget,
      redact: options.redact ?? (() => undefined),
      limits,
      now: clock.wall,
    });
    this.#reader = new ChainReader({
      lines,
      delivery: this.#delivery,
      counters,
      clock,
      node,
      infoOf: options.infoOf ?? (() => undefined),
      labels: () => config().metadata.labels,
      traceRulesOf: traceChoice(() => config().records.traces, {
        known: options.infoOf !== undefined,
        wrong: (annotation) => logger.warn({ annotation }, 'annotation for stack traces is not understood'),
      }),
      limits,
      turnBytes: reader.turnBytes,
      settleMs: reader.rotationSettleMs,
      events: {
        cut: (chain, file, unreadBytes) =>
          logger.warn(
            { container: chain.key, file: file.name, unreadBytes },
            'log file was cut; reading from its start',
          ),
        dropped: (chain, file, bytes) =>
          logger.error(
            { container: chain.key, file: file.name, bytes, limit: 'reader.rateLimitBytes' },
            'over its rate limit and about to be rotated away; log bytes are dropped',
          ),
        unreadable: (chain, file, error) =>
          logger.error({ container: chain.key, file: file.name, error }, 'log file cannot be read; giving it up'),
      },
    });
  }

  /** Loads the checkpoint, looks at all directories once, and begins to read. */
  static async start(options: CollectorOptions): Promise<Collector> {
    const collector = new Collector(options);
    const { data, found } = await collector.#keeper.load();
    collector.#registry.restore(data, found);
    collector.#scan();
    collector.scanned = true;
    await options.found?.(collector.chains);
    await collector.#keeper.save();
    collector.#keeper.start();
    collector.#scheduleScan();
    collector.#loop = collector.#read();
    return collector;
  }

  get chains(): ReadonlyMap<string, ContainerChain> {
    return this.#registry.chains;
  }

  /** Settles when reading has ended: never by itself unless the sink is broken for good, and then with its error. */
  get ended(): Promise<void> {
    return this.#loop;
  }

  /** Whether the last checkpoint could be written. */
  get stateWritable(): boolean {
    return this.#keeper.writable;
  }

  /** Not whether the sink is there: an outage there must not restart the collectors of a hundred nodes. */
  get ready(): boolean {
    return this.scanned && this.stateWritable;
  }

  get checkpointAgeMs(): number {
    return this.#clock.monotonic() - this.#keeper.savedAt;
  }

  /** Worst case of the memory that holds log data, in bytes. */
  get memoryBound(): number {
    return this.#config().reader.inflightMaxBytes + this.#reader.bufferBytes;
  }

  /** Bytes of one container's log that the kubelet does not delete. */
  get keptBytes(): number {
    return this.#config().logs.keptBytes;
  }

  /** Memory of unfinished lines. */
  get partialBytes(): number {
    return this.#budget.used;
  }

  /** Bytes of batches that the sink has not taken. */
  get pendingBytes(): number {
    return this.#delivery.pendingBytes;
  }

  /**
   * Reads once more what is on disk, gives the sink until `flushMs` to take it, writes the last checkpoint. Reading has
   * half of the time: what has been read must also be taken.
   */
  async stop(flushMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#scanTimer);
    clearTimeout(this.#peekTimer);
    this.#hints.close();
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const readUntil = this.#clock.monotonic() + flushMs / 2;
    const flushed = this.#loop
      .then(() => this.#readOnceMore(readUntil))
      .then(() => this.#delivery.flush())
      .then(() => true);
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, flushMs, false);
    });
    try {
      if (!(await Promise.race([flushed, late]))) {
        this.#logger.warn({ flushMs }, 'the sink did not take everything in time; the rest is read again later');
      }
    } catch (error) {
      this.#logger.error({ error }, 'the sink failed; what it has not taken is read again later');
    } finally {
      clearTimeout(timer);
      this.#delivery.abort();
      await flushed.catch(() => {});
      await this.#keeper.stop();
      for (const chain of this.chains.values()) for (const file of chain.files) file.close();
    }
  }

  /** Something outside the files changed that a scan takes into account. */
  lookSoon(): void {
    this.#scanIn(Math.min(20, this.#config().logs.scanMs));
  }

  #scheduleScan(): void {
    const { root, scanMs } = this.#config().logs;
    this.#scanIn(scanMs);
    // What makes a Pod's directory goes on to make its containers': give it a moment.
    this.#hints.follow(root, () => this.#scanIn(Math.min(20, scanMs)));
  }

  #scanIn(ms: number): void {
    const at = this.#clock.monotonic() + ms;
    // A hint brings a scan forward; many in a row must not put it off.
    if (this.#stopping || this.#scanAt <= at) return;
    clearTimeout(this.#scanTimer);
    this.#scanAt = at;
    this.#scanTimer = setTimeout(() => {
      this.#scanAt = Number.POSITIVE_INFINITY;
      this.#scan();
      this.#scheduleScan();
    }, ms);
  }

  #scan(): void {
    this.#registry.scan();
    this.#liftLimits();
    this.#wake?.();
    this.#peek();
  }

  /**
   * Between scans: a file that a rotation has just made is deleted with its Pod, within a second of the last words, and
   * only who has opened it can still read it. Whether or not the sink lets anything be read.
   */
  #peek(): void {
    clearTimeout(this.#peekTimer);
    if (this.#stopping) return;
    const stale = this.#registry.stale(this.#clock.monotonic());
    if (stale === undefined) return;
    if (stale) this.lookSoon();
    else this.#peekTimer = setTimeout(() => this.#peek(), this.#config().reader.pollMs);
  }

  /** Who waits for a rate limit waits for the one there was: under another one its turn may be now. */
  #liftLimits(): void {
    const { rateLimitBytes } = this.#config().reader;
    if (rateLimitBytes === this.#rateLimitBytes) return;
    this.#rateLimitBytes = rateLimitBytes;
    for (const chain of this.chains.values()) {
      if (chain.limitedUntil === 0) continue;
      chain.limitedUntil = 0;
      chain.nextPoll = 0;
    }
  }

  async #read(): Promise<void> {
    while (!this.#stopping) {
      let moved = false;
      let next = Number.POSITIVE_INFINITY;
      for (const chain of this.chains.values()) {
        if (chain.complete || (chain.unwanted ? chain.givenOut : chain.held)) continue;
        const now = this.#clock.monotonic();
        if (chain.nextPoll <= now) {
          const got = chain.unwanted ? await this.#letGo(chain) : await this.#turn(chain, now);
          moved ||= got;
          // Files are read at once; without a breath in between a flood would shut out scans and health checks.
          if (got) await breathe();
          this.#schedule(chain, now, got);
          if (this.#stopping) break;
        }
        next = Math.min(next, chain.nextPoll);
      }
      this.#delivery.submit();
      if (!moved && !this.#stopping) await this.#sleep(next - this.#clock.monotonic());
    }
  }

  async #letGo(chain: ContainerChain): Promise<boolean> {
    const done = await this.#reader.letGo(chain);
    this.lookSoon();
    return done;
  }

  /** A turn, unless the container is over its limit: then it waits, and of what it has too much the oldest goes. */
  async #turn(chain: ContainerChain, now: number): Promise<boolean> {
    const { rateLimitBytes } = this.#config().reader;
    const waitMs = chain.rateLimit.waitMs(now, rateLimitBytes);
    if (waitMs > 0) {
      this.counters.rateLimited++;
      chain.rateLimitWaits++;
      if (chain.lagBytes > this.keptBytes * dropAt) return this.#reader.dropOldest(chain);
      chain.limitedUntil = now + waitMs;
      return false;
    }
    const before = chain.readBytes;
    const got = await this.#reader.turn(chain);
    chain.rateLimit.spend(chain.readBytes - before);
    return got;
  }

  async #readOnceMore(until: number): Promise<void> {
    const expired = () => this.#delivery.aborted || this.#clock.monotonic() >= until;
    if (expired()) return;
    this.#registry.scan();
    const chains = [...this.chains.values()];
    for (const chain of chains) if (chain.unwanted) await this.#reader.letGo(chain);
    const wanted = chains.filter((chain) => !chain.held && !chain.unwanted);
    await lastRead(wanted, {
      turn: (chain) => this.#reader.turn(chain),
      expired,
      pause: () => this.#sleep(20),
    });
    for (const chain of wanted) await this.#reader.endTraces(chain);
  }

  /** A chain that got on comes again at once; one that did not is asked less and less often. */
  #schedule(chain: ContainerChain, now: number, moved: boolean): void {
    const { reader, logs } = this.#config();
    if (moved) {
      chain.movedAt = now;
      chain.pollDelay = 0;
      chain.nextPoll = 0;
      return;
    }
    const longest = now - chain.movedAt < restlessMs ? Math.min(pauseMs, logs.scanMs) : logs.scanMs;
    chain.pollDelay = Math.min(longest, Math.max(reader.pollMs, chain.pollDelay * 2));
    const settling = chain.files.length > 1 || (chain.ended && !chain.givenOut);
    let due = now + (settling ? Math.min(chain.pollDelay, reader.rotationSettleMs / 2 + 5) : chain.pollDelay);
    if (chain.traceDue > 0) due = Math.min(due, chain.traceDue);
    if (chain.limitedUntil > due) due = chain.limitedUntil;
    // On a grid, so that many containers wake us once and not many times.
    const tick = Math.floor(due / reader.pollMs) * reader.pollMs;
    chain.nextPoll = tick > now ? tick : tick + reader.pollMs;
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
}
