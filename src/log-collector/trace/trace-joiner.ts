import { isUtf8 } from 'node:buffer';
import type { PartialBudget } from '../chain/budgeted-bytes.ts';
import type { ContainerChain } from '../chain/container-chain.ts';
import type { LogFile } from '../chain/log-file.ts';
import type { Redactor } from '../line/redactor.ts';
import { type RecordView, recordFlags } from '../record/record-view.ts';
import type { OpenTrace } from './open-trace.ts';

export interface TraceLimits {
  /** Most lines and bytes of one record; what follows goes on in another. */
  readonly traceLines: number;
  readonly traceBytes: number;
  /** Longest time between two lines of one record, by their time stamps, in milliseconds. */
  readonly traceWaitMs: number;
}

export interface TraceJoinerOptions {
  readonly budget: PartialBudget;
  readonly limits: TraceLimits;
  /** Rules about the start or the end of a line must hold for each line, not only for what they are joined to. */
  readonly redact: () => Redactor | undefined;
  /** The record that all of this is about: time and stream are set there. */
  readonly record: RecordView;
  /** Encodes the record. @returns false, having changed nothing, if the batch has no room. */
  readonly emit: (
    chain: ContainerChain,
    file: LogFile,
    text: Buffer,
    from: number,
    end: number,
    offset: number,
    flags: number,
  ) => boolean;
}

/** As much of each end of a line as the rules look at. */
const headLength = 512;
const tailLength = 256;

/**
 * Joins the lines of a stack trace to one record. What belongs together is decided by the lines alone, their texts and
 * time stamps: a restart that reads them again comes to the same records, with the same keys.
 */
export class TraceJoiner {
  readonly #options: TraceJoinerOptions;

  constructor(options: TraceJoinerOptions) {
    this.#options = options;
  }

  /**
   * Takes the next line of a stream, whose time is in the record at hand: it goes on with the record that is open,
   * opens one, or is a record by itself.
   *
   * @returns false, if the batch has no room for what it ends; nothing is changed by it, or the open record is out.
   */
  line(
    chain: ContainerChain,
    file: LogFile,
    bytes: Buffer,
    start: number,
    to: number,
    offset: number,
    bits: number,
  ): boolean {
    const { budget, emit, record, redact } = this.#options;
    const stream = record.stream as 0 | 1;
    const trace = chain.traces[stream];
    const rules = chain.traceRules;
    let [text, from, end, flags] = [bytes, start, to, bits];
    const clean = redact()?.(bytes, start, to);
    if (clean !== undefined) {
      if (!isUtf8(bytes.subarray(start, to))) flags |= recordFlags.invalid_utf8;
      [text, from, end] = [clean, 0, clean.length];
    }
    // A line that was cut is not the whole of what the rules would have to see.
    const joinable = (flags & recordFlags.truncated) === 0;
    const seen = seenBy(text, from, end);
    const time = Buffer.from(record.time.subarray(record.timeStart, record.timeEnd));
    const at = Date.parse(time.toString('latin1'));
    let state = joinable && trace.open ? rules?.next(trace.state, seen) : undefined;
    if (trace.open) {
      if (state !== undefined && this.#follows(trace, at, end - from) && trace.append(text, from, end, budget)) {
        trace.state = state;
        trace.lastMs = at;
        trace.flags |= flags;
        trace.redacted ||= clean !== undefined;
        return true;
      }
      if (!this.#emitTrace(chain, trace, stream)) return false;
    }
    state ??= joinable ? rules?.begin(seen) : undefined;
    if (state !== undefined && end - from < this.#options.limits.traceBytes && trace.begin(text, from, end, budget)) {
      Object.assign(trace, { time, offset, file, flags, state, lastMs: at, redacted: clean !== undefined });
      return true;
    }
    record.time = time;
    record.timeStart = 0;
    record.timeEnd = time.length;
    record.stream = stream;
    record.redacted = clean !== undefined;
    const done = emit(chain, file, text, from, end, offset, flags);
    record.redacted = false;
    return done;
  }

  /**
   * Gives out what is open.
   *
   * @param unfinished also where a line has been begun, which may belong to it.
   * @returns false if the batch has no room.
   */
  flush(chain: ContainerChain, unfinished: boolean): boolean {
    for (const stream of [0, 1] as const) {
      const trace = chain.traces[stream];
      if (chain.partials[stream].open && !unfinished) continue;
      if (trace.open && !this.#emitTrace(chain, trace, stream)) return false;
      if (trace.bytes.length > 0) trace.end(this.#options.budget);
    }
    return true;
  }

  #follows(trace: OpenTrace, at: number, length: number): boolean {
    const { traceLines, traceBytes, traceWaitMs } = this.#options.limits;
    // A time that is none is no reason to part what belongs together.
    const late = at - trace.lastMs > traceWaitMs;
    return !late && trace.lines < traceLines && trace.length + 1 + length <= traceBytes;
  }

  #emitTrace(chain: ContainerChain, trace: OpenTrace, stream: 0 | 1): boolean {
    const { budget, emit, record } = this.#options;
    record.time = trace.time;
    record.timeStart = 0;
    record.timeEnd = trace.time.length;
    record.stream = stream;
    record.lines = trace.lines;
    record.redacted = trace.redacted;
    const done = emit(chain, trace.file as LogFile, trace.bytes, 0, trace.length, trace.offset, trace.flags);
    record.lines = 1;
    record.redacted = false;
    if (done) trace.reset(budget);
    return done;
  }
}

function seenBy(text: Buffer, from: number, end: number): string {
  if (end - from <= headLength + tailLength) return text.toString('latin1', from, end);
  return text.toString('latin1', from, from + headLength) + text.toString('latin1', end - tailLength, end);
}
