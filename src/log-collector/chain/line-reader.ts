import { isUtf8 } from 'node:buffer';
import type { Batch } from '../batch.ts';
import type { Counters } from '../counters.ts';
import { CriHeader, parseCriHeader, type StreamIndex, unknownStream } from '../line/cri-line.ts';
import { type DockerLine, parseDockerLine } from '../line/docker-line.ts';
import { fieldsOf } from '../line/fields.ts';
import { Recognised, recognise } from '../line/level.ts';
import type { Redactor } from '../line/redactor.ts';
import { scanText, TextScan } from '../line/text-scan.ts';
import type { RecordEncoder } from '../record/encoder.ts';
import { RecordView, recordFlags } from '../record/record-view.ts';
import { TraceJoiner, type TraceLimits } from '../trace/trace-joiner.ts';
import type { PartialBudget } from './budgeted-bytes.ts';
import type { ContainerChain } from './container-chain.ts';
import type { LogFile } from './log-file.ts';
import type { OpenPartial } from './open-partial.ts';

export interface LineReaderOptions {
  readonly encoder: RecordEncoder;
  readonly counters: Counters;
  readonly budget: PartialBudget;
  /** Live settings. */
  readonly limits: TraceLimits & { readonly maxLineBytes: number; readonly fields: 'none' | 'json' | 'all' };
  /** Takes out of every text what must not leave the node; asked anew at each turn. */
  readonly redact: () => Redactor | undefined;
  /** Milliseconds since the epoch, for records that carry no time of their own. */
  readonly now: () => number;
}

/**
 * Turns the bytes of one chain into records of a batch: the hot path. It works on bytes and on objects made once;
 * per line it allocates nothing unless the line is unusual (joined, docker, invalid UTF-8, malformed).
 */
export class LineReader {
  /** Where records go; the owner puts another one here when {@link blocked} says that this is full. */
  batch: Batch;
  /** The last call stopped for lack of room in the batch, not for lack of lines. */
  blocked = false;
  /** Where the last call saw the last time stamp, in its bytes; `timeEnd` 0 if nowhere. */
  timeStart = 0;
  timeEnd = 0;
  readonly #options: LineReaderOptions;
  readonly #header = new CriHeader();
  readonly #scan = new TextScan();
  readonly #found = new Recognised();
  readonly #record = new RecordView();
  readonly #joiner: TraceJoiner;
  #redact: Redactor | undefined;
  #clean = false;

  constructor(batch: Batch, options: LineReaderOptions) {
    this.batch = batch;
    this.#options = options;
    this.#joiner = new TraceJoiner({
      ...options,
      record: this.#record,
      redact: () => this.#redact,
      emit: (...line) => {
        // A line that stays alone has been looked at; joined ones once more, for secrets of several lines.
        this.#clean = this.#record.lines === 1;
        const done = this.#emit(...line, false);
        this.#clean = false;
        return done;
      },
    });
  }

  /**
   * Reads whole lines from `from` to `limit`.
   *
   * @param base offset in the file of `bytes[0]`.
   * @param final whether a last line without newline is a line all the same, since nothing will follow.
   * @returns the index of the first byte not used up.
   */
  lines(
    chain: ContainerChain,
    file: LogFile,
    bytes: Buffer,
    from: number,
    limit: number,
    base: number,
    final: boolean,
  ): number {
    const header = this.#header;
    const scan = this.#scan;
    this.blocked = false;
    this.timeEnd = 0;
    this.#redact = this.#options.redact();
    scan.attach(bytes);
    let i = from;
    while (i < limit) {
      if (chain.overlong !== undefined) {
        i = this.#skipOverlong(chain, bytes, i, limit);
        continue;
      }
      const known = parseCriHeader(header, bytes, i, limit);
      scanText(scan, bytes, known ? header.textStart : i, limit);
      if (!scan.closed && !final) return i;
      // Sending a joined line scans again, so what this scan said is kept here.
      const end = scan.end;
      const closed = scan.closed;
      const flags = closed ? 0 : recordFlags.incomplete;
      const took = known
        ? this.#cri(chain, file, bytes, i, end, base + i, flags)
        : this.#other(chain, file, bytes, i, end, base + i, flags);
      if (!took) return i;
      if (known) {
        this.timeStart = i;
        this.timeEnd = header.timeEnd;
      }
      i = closed ? end + 1 : end;
    }
    return i;
  }

  /** A line with no end in the whole buffer: what fits becomes its record, the rest will be skipped. */
  overlong(chain: ContainerChain, file: LogFile, bytes: Buffer, limit: number, base: number): boolean {
    this.blocked = false;
    this.#redact = this.#options.redact();
    const header = this.#header;
    const known = parseCriHeader(header, bytes, 0, limit);
    scanText(this.#scan, bytes, known ? header.textStart : 0, limit);
    const took = known
      ? this.#cri(chain, file, bytes, 0, limit, base, recordFlags.truncated)
      : this.#other(chain, file, bytes, 0, limit, base, recordFlags.truncated);
    if (took) chain.overlong = { file, offset: base };
    return took;
  }

  /** Gives out what the streams of an ended container had begun and will never finish. */
  flushPartials(chain: ContainerChain): boolean {
    this.#redact = this.#options.redact();
    for (const stream of [0, 1] as const) {
      const partial = chain.partials[stream];
      if (!partial.open) continue;
      if (!this.#emitPartial(chain, partial, stream, recordFlags.incomplete)) return false;
    }
    return this.#joiner.flush(chain, true);
  }

  /** Gives out joined lines to which nothing more is expected. */
  flushTraces(chain: ContainerChain, unfinished: boolean): boolean {
    this.#redact = this.#options.redact();
    return this.#joiner.flush(chain, unfinished);
  }

  #skipOverlong(chain: ContainerChain, bytes: Buffer, from: number, limit: number): number {
    const found = bytes.indexOf(0x0a, from);
    const end = found === -1 || found >= limit ? limit : found;
    this.#lose(chain, end - from);
    if (end === limit) return limit;
    chain.overlong = undefined;
    return end + 1;
  }

  #lose(chain: ContainerChain, bytes: number): void {
    this.#options.counters.lost.line_too_long += bytes;
    chain.lose('line_too_long', bytes);
  }

  #cri(chain: ContainerChain, file: LogFile, bytes: Buffer, at: number, end: number, offset: number, flags: number) {
    const header = this.#header;
    const stream = header.stream;
    if (chain.replaying && chain.wasDelivered(stream, file, offset)) return true;
    const partial = chain.partials[stream as 0 | 1];
    // An unterminated `P` at the very end stays open: the flush that follows marks it.
    const piece = header.partial;
    if (piece || partial.open) {
      if (!partial.open) partial.begin(Buffer.from(bytes.subarray(at, header.timeEnd)), offset, file);
      return this.#piece(chain, partial, stream, bytes, header.textStart, end, !piece, flags);
    }
    const record = this.#record;
    record.time = bytes;
    record.timeStart = at;
    record.timeEnd = header.timeEnd;
    record.stream = stream;
    if (chain.joining) return this.#joiner.line(chain, file, bytes, header.textStart, end, offset, flags);
    return this.#emit(chain, file, bytes, header.textStart, end, offset, flags, true);
  }

  #other(chain: ContainerChain, file: LogFile, bytes: Buffer, at: number, end: number, offset: number, flags: number) {
    const docker = parseDockerLine(bytes, at, end);
    if (docker !== undefined) return this.#docker(chain, file, docker, offset, flags);
    if (chain.replaying && chain.wasDelivered(unknownStream, file, offset)) return true;
    const record = this.#record;
    record.time = Buffer.from(new Date(this.#options.now()).toISOString());
    record.timeStart = 0;
    record.timeEnd = record.time.length;
    record.stream = unknownStream;
    if (!this.#emit(chain, file, bytes, at, end, offset, flags | recordFlags.malformed, true)) return false;
    this.#options.counters.malformed++;
    return true;
  }

  #docker(chain: ContainerChain, file: LogFile, line: DockerLine, offset: number, flags: number): boolean {
    if (chain.replaying && chain.wasDelivered(line.stream, file, offset)) return true;
    const partial = chain.partials[line.stream as 0 | 1];
    if (line.partial || partial.open) {
      if (!partial.open) partial.begin(line.time, offset, file);
      return this.#piece(chain, partial, line.stream, line.text, 0, line.text.length, !line.partial, flags);
    }
    const record = this.#record;
    record.time = line.time;
    record.timeStart = 0;
    record.timeEnd = line.time.length;
    record.stream = line.stream;
    if (chain.joining) return this.#joiner.line(chain, file, line.text, 0, line.text.length, offset, flags);
    return this.#emit(chain, file, line.text, 0, line.text.length, offset, flags, false);
  }

  /** Adds a piece of a line; the last one also sends the line, and takes itself back if the batch is full. */
  #piece(
    chain: ContainerChain,
    partial: OpenPartial,
    stream: StreamIndex,
    bytes: Buffer,
    from: number,
    end: number,
    last: boolean,
    flags: number,
  ): boolean {
    const { length, cut } = partial;
    partial.append(bytes, from, end, this.#options.limits.maxLineBytes, this.#options.budget);
    if (!last || this.#emitPartial(chain, partial, stream, flags)) return true;
    partial.length = length;
    partial.cut = cut;
    return false;
  }

  #emitPartial(chain: ContainerChain, partial: OpenPartial, stream: StreamIndex, flags: number): boolean {
    const record = this.#record;
    record.time = partial.time;
    record.timeStart = 0;
    record.timeEnd = partial.time.length;
    record.stream = stream;
    const bits = flags | (partial.cut > 0 ? recordFlags.truncated : 0);
    const file = partial.file as LogFile;
    const { bytes, length, offset } = partial;
    const took = chain.joining
      ? this.#joiner.line(chain, file, bytes, 0, length, offset, bits)
      : this.#emit(chain, file, bytes, 0, length, offset, bits, false);
    if (!took) return false;
    if (partial.cut > 0) this.#lose(chain, partial.cut);
    partial.end(this.#options.budget);
    return true;
  }

  /**
   * Encodes one record whose time and stream are set.
   *
   * @param scanned whether the scan at hand is of exactly this text.
   * @returns false, having changed nothing, if the batch has no room.
   */
  #emit(
    chain: ContainerChain,
    file: LogFile,
    bytes: Buffer,
    from: number,
    to: number,
    offset: number,
    flags: number,
    scanned: boolean,
  ): boolean {
    const { counters, encoder, limits } = this.#options;
    const scan = this.#scan;
    const record = this.#record;
    let text = bytes;
    let start = from;
    let end = to;
    let bits = flags;
    let cut = 0;
    if (end - start > limits.maxLineBytes) {
      const kept = characterStart(bytes, start, start + limits.maxLineBytes);
      cut = end - kept;
      end = kept;
      bits |= recordFlags.truncated;
    }
    if (!scanned || cut > 0) scanText(scan, text, start, end);
    // Only docker's text can have a newline inside; there the scan ended early, so it is taken for unseen.
    let seen = scanned || !scan.closed;
    if ((scan.nonAscii || !seen) && !isUtf8(text.subarray(start, end))) {
      // Decoding replaces each maximal invalid part by U+FFFD (Encoding Standard).
      text = Buffer.from(text.toString('utf8', start, end));
      start = 0;
      end = text.length;
      bits |= recordFlags.invalid_utf8;
      scanText(scan, text, start, end);
      seen = !scan.closed;
    }
    const clean = this.#clean ? undefined : this.#redact?.(text, start, end);
    if (clean !== undefined) {
      text = clean;
      start = 0;
      end = clean.length;
      scanText(scan, text, start, end);
      seen = !scan.closed;
    }
    const found = this.#found;
    // Of joined lines the first says what it is.
    const known = record.lines === 1 ? end : firstLineEnd(text, start, end);
    recognise(found, text, start, known, scan.levelAt);
    record.text = text;
    record.textStart = start;
    record.textEnd = end;
    record.specials = scan.specials;
    record.specialCount = seen && scan.specialCount <= scan.specials.length ? scan.specialCount : -1;
    record.level = found.level;
    record.flags = bits;
    record.offset = offset;
    record.source = file.label;
    record.fieldsStart = 0;
    record.fieldsEnd = 0;
    if (limits.fields !== 'none' && found.format !== 'text') fieldsOf(record, found.format, limits.fields, known);

    const batch = this.batch;
    if (!batch.hasRoom(encoder.room(record))) {
      this.blocked = true;
      return false;
    }
    batch.length = encoder.encode(batch.bytes, batch.length, record);
    batch.records++;
    chain.records++;
    counters.records++;
    if (bits !== 0) this.#count(bits);
    if (clean !== undefined || record.redacted) counters.redacted++;
    counters.joinedLines += record.lines - 1;
    if (cut > 0) this.#lose(chain, cut);
    return true;
  }

  #count(bits: number): void {
    const { counters } = this.#options;
    if (bits & recordFlags.invalid_utf8) counters.invalidUtf8++;
    if (bits & recordFlags.truncated) counters.truncatedLines++;
    if (bits & recordFlags.incomplete) counters.incompleteFlushed++;
  }
}

function firstLineEnd(bytes: Buffer, from: number, end: number): number {
  const newline = bytes.indexOf(0x0a, from);
  return newline === -1 || newline > end ? end : newline;
}

/** The start of the UTF-8 character that the byte at `at` belongs to, so that a cut makes no broken one. */
function characterStart(bytes: Buffer, from: number, at: number): number {
  let i = at;
  while (i > from && i > at - 4 && ((bytes[i] as number) & 0xc0) === 0x80) i--;
  return i;
}
