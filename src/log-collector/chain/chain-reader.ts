import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { Counters } from '../counters.ts';
import type { Delivery } from '../delivery.ts';
import type { LossReason } from '../loss.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import { type ContainerInstance, type SourceLabel, sourceLabel } from '../record/source-label.ts';
import type { TraceRules } from '../trace/trace-rules.ts';
import { headKept } from './byte-source.ts';
import type { ContainerChain } from './container-chain.ts';
import { headBytes, identify, stampOf } from './file-identity.ts';
import type { LineReader } from './line-reader.ts';
import { LogFile } from './log-file.ts';
import { liveOrder } from './log-path.ts';

export interface ChainReaderOptions {
  readonly lines: LineReader;
  readonly delivery: Delivery;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Name of the node, for every record. */
  readonly node: string;
  /** What the API has said about the container, if anything; asked at each turn. */
  readonly infoOf: (instance: ContainerInstance) => PodInfo | undefined;
  /** Labels that go into records. */
  readonly labels: () => readonly string[];
  /** Which lines of a container are joined, by what is known of it; asked at each turn. */
  readonly traceRulesOf: (chain: ContainerChain, info: PodInfo | undefined) => TraceRules | undefined;
  readonly limits: { readonly maxLineBytes: number; readonly traceWaitMs: number };
  readonly turnBytes: number;
  /** How long a rotated file must not grow, once it has a successor, before it counts as finished. */
  readonly settleMs: number;
  readonly events: ChainEvents;
}

export interface ChainEvents {
  /** The file was cut: its offset lies behind its end, or its first line is another one. */
  cut(chain: ContainerChain, file: LogFile, unreadBytes: number): void;
  /** A container over its rate limit lost the rest of a file. */
  dropped(chain: ContainerChain, file: LogFile, bytes: number): void;
  unreadable(chain: ContainerChain, file: LogFile, error: unknown): void;
}

/** How long a file under another name, or none, may hold up what was joined. */
const unseenMs = 10_000;

/** Room behind the longest line for its CRI header. */
const headerRoom = 65_536;

/** Reads chains, one turn at a time: at most `turnBytes`, so that a flooding container cannot starve the others. */
export class ChainReader {
  readonly #options: ChainReaderOptions;
  /** The one buffer all files are read into. Untouched pages cost nothing, so its size is for the longest line. */
  readonly #bytes: Buffer;

  constructor(options: ChainReaderOptions) {
    this.#options = options;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(options.turnBytes, options.limits.maxLineBytes + headerRoom));
  }

  get bufferBytes(): number {
    return this.#bytes.length;
  }

  /** Gives the chain one turn. @returns whether it got on, so that another turn at once may be worth while. */
  async turn(chain: ContainerChain): Promise<boolean> {
    const file = chain.current;
    if (file === undefined) return chain.ended && !chain.givenOut ? this.#giveOut(chain) : false;
    if (file.source === undefined) return false;
    try {
      if (file.afterCut) {
        if (!(await this.#flushPartials(chain, file))) return false;
        file.afterCut = false;
      }
      if (this.#wasCut(chain, file)) return true;
      if (file.size > file.read && file.size !== file.waitSize) return await this.#read(chain, file, false);
      if (this.#isTraceDue(chain, file)) return await this.#flushTraces(chain, file, true);
      if (!this.#isFinished(chain, file)) return false;
      const advanced = file.size > file.read && (await this.#read(chain, file, true));
      if (file.read < file.size) return advanced;
      this.#drain(chain, file);
      return true;
    } catch (error) {
      this.#lose(chain, 'unreadable', file.unread);
      this.#options.events.unreadable(chain, file, error);
      this.#drain(chain, file);
      return true;
    }
  }

  /** Gives out joined lines without waiting for more: the process is about to stop. */
  async endTraces(chain: ContainerChain): Promise<void> {
    // Not the last of them: what is before it and unread would count as taken.
    const file = chain.current ?? chain.files.at(-1);
    if (file !== undefined && chain.holdsTraces) await this.#flushTraces(chain, file, false);
  }

  /** Hands out what was begun of a container that is to be left alone. @returns false if the delivery was given up. */
  async letGo(chain: ContainerChain): Promise<boolean> {
    const file = chain.current ?? chain.files.at(-1);
    if (file !== undefined && chain.holdsUnfinished && !(await this.#flushPartials(chain, file))) return false;
    chain.givenOut = true;
    return true;
  }

  /** Gives up the rest of the oldest file, if it has a successor. @returns whether it did. */
  dropOldest(chain: ContainerChain): boolean {
    const file = chain.current;
    const next = file === undefined ? undefined : chain.files[chain.files.indexOf(file) + 1];
    if (file === undefined || next === undefined) return false;
    const bytes = file.unread;
    this.#lose(chain, 'rate_limited', bytes);
    this.#options.events.dropped(chain, file, bytes);
    this.#drain(chain, file);
    // What was begun before the gap is not to be joined with what comes behind it.
    next.afterCut = true;
    return true;
  }

  #drain(chain: ContainerChain, file: LogFile): void {
    file.drained = true;
    file.close();
    chain.overlong = undefined;
  }

  /** Looks at the size; a file that was cut goes on as a new one from its start. */
  #wasCut(chain: ContainerChain, file: LogFile): boolean {
    if (file.source === undefined) return false;
    const before = file.size;
    file.lookedAt = this.#options.clock.monotonic();
    const size = file.source.size();
    const grew = size !== before;
    file.size = size;
    if (grew || (file.read < size && size !== file.waitSize)) file.quietSince = undefined;
    const shrunk = size < file.read;
    if (!shrunk && (!grew || file.head === undefined || file.source.beginsWith(file.head))) return false;
    const unread = Math.max(0, before, file.seenSize) - file.read;
    this.#lose(chain, 'truncated', Math.max(0, unread));
    this.#options.counters.truncations++;
    this.#options.events.cut(chain, file, Math.max(0, unread));
    const { name, order, gz, stamp } = file;
    const next = new LogFile({ name, order, gz, stamp: { ...stamp, size }, id: undefined });
    next.source = file.source;
    next.afterCut = true;
    file.source = undefined;
    file.drained = true;
    chain.overlong = undefined;
    chain.files.splice(chain.files.indexOf(file) + 1, 0, next);
    return true;
  }

  /**
   * A rotated file is finished when it has a successor and has not grown for a while: between the kubelet's rename and
   * the runtime's reopen, lines still go into the renamed file; and a reopen that fails is followed by a rename back.
   */
  #isFinished(chain: ContainerChain, file: LogFile): boolean {
    const now = this.#options.clock.monotonic();
    file.quietSince ??= now;
    const after = chain.files.length - 1 - chain.files.indexOf(file);
    if (file.gz) return true;
    const closed = file.order !== liveOrder || file.unlinked;
    if (!chain.ended && !(closed && after > 0)) return false;
    // Two rotations later the runtime has long moved on.
    if (closed && after > 1) return true;
    return now - file.quietSince >= this.#options.settleMs;
  }

  async #read(chain: ContainerChain, file: LogFile, final: boolean): Promise<boolean> {
    const { counters, turnBytes } = this.#options;
    const bytes = this.#bytes;
    const base = file.read;
    let got = await this.#fill(file, turnBytes, base);
    if (got === turnBytes && bytes.lastIndexOf(0x0a, got - 1) === -1 && got < bytes.length) {
      got = await this.#fill(file, bytes.length, base);
    }
    if (got === 0) {
      // A gzip form learns its size by reaching its end. A plain file that is shorter than it was has been cut: the
      // size it had must stay, since the next look counts by it what is lost.
      if (file.gz) file.size = Math.min(file.size, file.source?.size() ?? 0);
      file.waitSize = file.size;
      return file.gz;
    }
    if (!this.#label(chain, file, bytes, got, base, final)) {
      file.waitSize = file.size;
      return false;
    }
    file.buffered = base + got;
    const used = await this.#lines(chain, file, got, base, final);
    file.read = base + used;
    file.buffered = 0;
    chain.traceDue = chain.holdsTraces ? this.#options.clock.monotonic() + this.#options.limits.traceWaitMs : 0;
    if (used > 0) {
      counters.readBytes += used;
      chain.readBytes += used;
    } else {
      file.waitSize = file.size;
    }
    return used > 0;
  }

  async #fill(file: LogFile, length: number, position: number): Promise<number> {
    if (file.source === undefined) return 0;
    file.busy = true;
    try {
      return await file.source.read(this.#bytes, length, position);
    } finally {
      file.busy = false;
    }
  }

  /** Hands the bytes to the line reader, sending full batches in between; returns how many were used up. */
  async #lines(chain: ContainerChain, file: LogFile, got: number, base: number, final: boolean): Promise<number> {
    const { lines, delivery } = this.#options;
    let used = 0;
    for (;;) {
      const batch = delivery.filling;
      const { length, records } = batch;
      lines.batch = batch;
      used = lines.lines(chain, file, this.#bytes, used, got, base, final && got < this.#bytes.length);
      if (
        used === 0 &&
        !lines.blocked &&
        got === this.#bytes.length &&
        lines.overlong(chain, file, this.#bytes, got, base)
      ) {
        used = got;
      }
      if (lines.timeEnd > 0) chain.lastTime = this.#bytes.toString('latin1', lines.timeStart, lines.timeEnd);
      this.#segment(chain, file, base + used, batch, length, records);
      if (!lines.blocked) return used;
      file.read = base + used;
      await delivery.turnOver();
      if (delivery.aborted) return used;
    }
  }

  #segment(chain: ContainerChain, file: LogFile, offset: number, batch: Batch, start: number, records: number): void {
    chain.inFlight++;
    batch.segments.push({
      chain,
      start,
      end: batch.length,
      records: batch.records - records,
      positions: [
        chain.resumePosition(0, file, offset),
        chain.resumePosition(1, file, offset),
        chain.resumePosition(2, file, offset),
      ],
    });
  }

  /** Names the file by its first line, once that is complete. */
  #label(chain: ContainerChain, file: LogFile, bytes: Buffer, got: number, base: number, final: boolean): boolean {
    if (file.label !== undefined) {
      this.#describe(chain, file, file.label.fileId, file.label);
      return true;
    }
    if (file.id === undefined && base === 0) {
      const head = bytes.subarray(0, Math.min(got, headBytes));
      file.id =
        identify(head, file.stamp) ?? (final ? identify(Buffer.concat([head, newline]), file.stamp) : undefined);
    }
    if (file.id === undefined) return false;
    if (base === 0) file.head = Buffer.from(bytes.subarray(0, Math.min(got, headKept)));
    this.#describe(chain, file, file.id, undefined);
    return true;
  }

  /** Brings what is said about the container up to date with what is known of it and what is wanted. */
  #describe(chain: ContainerChain, file: LogFile, fileId: string, before: SourceLabel | undefined): void {
    const { node, infoOf, traceRulesOf } = this.#options;
    const info = infoOf(chain.instance) ?? before?.info;
    const labels = this.#options.labels();
    if (before === undefined || info !== before.info || labels !== before.labelNames) {
      file.label = sourceLabel(node, chain.instance, fileId, info, labels);
    }
    chain.traceRules = traceRulesOf(chain, info);
  }

  /**
   * Whether joined lines have waited long enough. Not before a look at the file has found nothing more, and not while a
   * line has been begun, or a file that this one was rotated for has not been met by a scan yet: a restart would find
   * them to belong together. But not for ever: the file may have been deleted under a container that goes on writing.
   */
  #isTraceDue(chain: ContainerChain, file: LogFile): boolean {
    if (chain.traceDue === 0 || file !== chain.files.at(-1)) return false;
    const late = this.#options.clock.monotonic() - chain.traceDue;
    if (late < 0) return false;
    if (late > unseenMs) return true;
    const unfinished = chain.partials[0].open || chain.partials[1].open;
    return !unfinished && isAtPath(file, join(chain.directory, file.name));
  }

  #flushTraces(chain: ContainerChain, file: LogFile, unfinished: boolean): Promise<boolean> {
    chain.traceDue = 0;
    return this.#flush(chain, file, (lines) => lines.flushTraces(chain, unfinished));
  }

  #flushPartials(chain: ContainerChain, file: LogFile): Promise<boolean> {
    return this.#flush(chain, file, (lines) => lines.flushPartials(chain));
  }

  /** @returns false if the delivery has been given up. */
  async #flush(chain: ContainerChain, file: LogFile, give: (lines: LineReader) => boolean): Promise<boolean> {
    const { lines, delivery } = this.#options;
    for (;;) {
      const batch = delivery.filling;
      const { length, records } = batch;
      lines.batch = batch;
      const done = give(lines);
      this.#segment(chain, file, file.read, batch, length, records);
      if (done) return true;
      await delivery.turnOver();
      if (delivery.aborted) return false;
    }
  }

  /** The container has ended and all its files are read: what it left unfinished goes out now. */
  async #giveOut(chain: ContainerChain): Promise<boolean> {
    const last = chain.files.at(-1);
    if (last !== undefined && !(await this.#flushPartials(chain, last))) return false;
    chain.givenOut = true;
    return true;
  }

  #lose(chain: ContainerChain, reason: LossReason, bytes: number): void {
    this.#options.counters.lost[reason] += bytes;
    chain.lose(reason, bytes);
  }
}

function isAtPath({ stamp }: LogFile, path: string): boolean {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && stampOf(found).ino === stamp.ino && stampOf(found).dev === stamp.dev;
}

const newline = Buffer.from('\n');
