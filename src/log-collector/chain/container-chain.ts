import type { StreamIndex } from '../line/cri-line.ts';
import type { LossReason } from '../loss.ts';
import { type ContainerInstance, instanceKeyOf } from '../record/source-label.ts';
import { OpenTrace } from '../trace/open-trace.ts';
import type { TraceRules } from '../trace/trace-rules.ts';
import type { LogFile, Position } from './log-file.ts';
import { plainName } from './log-path.ts';
import { LossForecast } from './loss-forecast.ts';
import { OpenPartial } from './open-partial.ts';
import { RateLimit } from './rate-limit.ts';

/** What stands for the identity of a file in which nothing was written. */
export const emptyId = '';

/** A file the sink has taken completely, remembered as long as some form of it is on disk. */
export interface FinishedFile {
  /** {@link emptyId} has no form but that of its name. */
  readonly id: string;
  /** Its {@link plainName}. */
  name: string;
  readonly size: number;
  /** Looks at the directory since it was last seen there. */
  missed: number;
}

/** A container that has written this recently is looked at so often at least: its next line must not wait a second. */
export const restlessMs = 15_000;

/**
 * The unit of collection: one container instance and the ordered chain of its files, gzipped → rotated → live.
 * Positions are kept per stream, because the end of a line on stderr says nothing about a line still open on stdout.
 */
export class ContainerChain {
  readonly instance: ContainerInstance;
  readonly key: string;
  readonly directory: string;
  /** Oldest first; a file leaves when the sink has everything before and in it. */
  readonly files: LogFile[] = [];
  readonly finished: FinishedFile[] = [];
  /** Names already looked into that need no second look: inode and size at the time, and what was found there. */
  readonly aliases = new Map<string, { readonly signature: string; readonly id: string | undefined }>();
  readonly partials = [new OpenPartial(), new OpenPartial()] as const;
  /** Per stream: lines that are one record so far. */
  readonly traces = [new OpenTrace(), new OpenTrace()] as const;
  /** Which lines are joined to one record; `undefined` joins none. */
  traceRules: TraceRules | undefined;
  /** Monotonic milliseconds at which an open trace is given out, if nothing more has come by then; 0: none is open. */
  traceDue = 0;
  /** Per stream: everything before it has been taken by the sink. */
  readonly committed: (Position | undefined)[] = [undefined, undefined, undefined];
  /** Per stream, while replaying after a restart: lines before it were delivered by the process before us. */
  readonly skip: (Position | undefined)[] = [undefined, undefined, undefined];
  replaying = false;
  /** Inside an overlong line, of which this is the start; its rest is thrown away up to the newline. */
  overlong: Position | undefined;
  /** The container has ended: no more will be written. */
  ended = false;
  /** Its directory is gone. */
  removed = false;
  /** Not to be read yet: whether it is wanted is not known. */
  held = false;
  /** To be left alone from now on: what has been begun is given out, then it is let go. */
  unwanted = false;
  /** It comes back after it was left alone: what of it is gone by now was not wanted, and is no loss. */
  returning = false;
  /** Nothing more is read of it, and everything is handed to the sink; complete once that has it. */
  givenOut = false;
  /** Monotonic milliseconds of the next look, and how long to wait after that one. */
  nextPoll = 0;
  pollDelay = 0;
  /** Monotonic milliseconds of when it last got on. */
  movedAt = 0;
  lastTime = '';
  records = 0;
  readBytes = 0;
  readonly lost = new Map<LossReason, number>();
  readonly rateLimit = new RateLimit();
  /** Monotonic milliseconds before which its rate limit lets nothing be read. */
  limitedUntil = 0;
  /** How often its rate limit made it wait. */
  rateLimitWaits = 0;
  readonly forecast = new LossForecast();
  /** Batches that hold something of it; it cannot be forgotten before they are acknowledged. */
  inFlight = 0;

  constructor(instance: ContainerInstance, directory: string) {
    this.instance = instance;
    this.key = instanceKeyOf(instance);
    this.directory = directory;
  }

  /** The file being read: the first that is not drained. */
  get current(): LogFile | undefined {
    for (const file of this.files) if (!file.drained) return file;
    return undefined;
  }

  get complete(): boolean {
    return this.givenOut && this.inFlight === 0;
  }

  /** Where a restart would have to go on for this stream, if everything read so far had been taken. */
  resumePosition(stream: StreamIndex, file: LogFile, offset: number): Position {
    const trace = this.traces[stream as 0 | 1];
    if (trace?.open === true && trace.file !== undefined) return { file: trace.file, offset: trace.offset };
    if (this.overlong !== undefined) return this.overlong;
    const partial = this.partials[stream as 0 | 1];
    if (partial?.open === true && partial.file !== undefined) return { file: partial.file, offset: partial.offset };
    return this.#deliveredUpTo(stream, file, offset) ?? { file, offset };
  }

  /** Whether the process before us delivered the line of `stream` that begins at `offset` of `file`. */
  wasDelivered(stream: StreamIndex, file: LogFile, offset: number): boolean {
    return this.#deliveredUpTo(stream, file, offset) !== undefined;
  }

  /**
   * The place of {@link skip} as long as reading has not come to it. After that it is forgotten, also for a stream that
   * stays silent: kept, it would keep every later file from leaving the chain.
   */
  #deliveredUpTo(stream: StreamIndex, file: LogFile, offset: number): Position | undefined {
    const skip = this.skip[stream];
    if (skip === undefined) return undefined;
    if (skip.file === file ? offset < skip.offset : this.files.indexOf(skip.file) > this.files.indexOf(file))
      return skip;
    this.skip[stream] = undefined;
    this.replaying = this.skip.some((position) => position !== undefined);
    return undefined;
  }

  /** Takes over what a batch that the sink accepted had reached, and lets go of files that lie behind it. */
  commit(positions: readonly Position[]): void {
    for (let s = 0; s < 3; s++) this.committed[s] = positions[s];
    const oldest = Math.min(...this.committed.map((p) => (p === undefined ? 0 : this.files.indexOf(p.file))));
    for (let i = 0; i < oldest; i++) {
      const file = this.files.shift();
      if (file === undefined) continue;
      file.close();
      // One that was rotated before anything was written has no content to know it by, and must not be met again: it
      // would stand before what has been read.
      const id = file.id ?? (file.knownSize === 0 ? emptyId : undefined);
      if (id === undefined) continue;
      this.finished.push({ id, name: plainName(file.name), size: file.read, missed: 0 });
    }
  }

  lose(reason: LossReason, bytes: number): void {
    this.lost.set(reason, (this.lost.get(reason) ?? 0) + bytes);
  }

  /** Whether lines are being joined, or were a moment ago. */
  get joining(): boolean {
    return this.traceRules !== undefined || this.traces[0].open || this.traces[1].open;
  }

  /** Whether joined lines take up memory. */
  get holdsTraces(): boolean {
    return this.traces[0].bytes.length > 0 || this.traces[1].bytes.length > 0;
  }

  /** Whether something has been begun that is not a record yet. */
  get holdsUnfinished(): boolean {
    return this.holdsTraces || this.partials[0].open || this.partials[1].open;
  }

  /** Bytes on disk that have not been read. */
  get lagBytes(): number {
    return this.files.reduce((sum, file) => sum + file.unread, 0);
  }
}
