import type { StreamIndex } from '../line/cri-line.ts';
import type { SourceLabel } from './source-label.ts';

/** What is not ordinary about a record; a record carries the names of the bits that are set. */
export const recordFlags = {
  /** The container ended before the line did: its last words, without a newline. */
  incomplete: 1,
  /** Longer than `reader.maxLineBytes`; the rest was cut and counted. */
  truncated: 2,
  /** Bytes that are no UTF-8 were replaced by U+FFFD. */
  invalid_utf8: 4,
  /** Not a line of any format we know; the text is the whole line. */
  malformed: 8,
} as const;

export const flagNames = Object.keys(recordFlags) as (keyof typeof recordFlags)[];

/** The names of the bits, as one value. */
export function flagsOf(bits: number): string {
  return flagNames.filter((_name, i) => (bits >> i) & 1).join(',');
}

/**
 * One record on its way to an encoder. There is one such object per reader, used again for every record: an object
 * a line would be garbage a million times a second. Encoders must not keep it, nor its buffers.
 */
export class RecordView {
  text: Buffer = Buffer.alloc(0);
  textStart = 0;
  textEnd = 0;
  /** Indices into `text` of bytes that need a JSON escape; valid while `specialCount` is not -1. */
  specials: Int32Array = new Int32Array(0);
  /** -1: unknown, the encoder has to look. */
  specialCount = -1;
  time: Buffer = this.text;
  timeStart = 0;
  timeEnd = 0;
  stream: StreamIndex = 0;
  level = 0;
  /** Bits of {@link recordFlags}. */
  flags = 0;
  /** Lines that were joined to it. */
  lines = 1;
  /** Something has been taken out of its text already. */
  redacted = false;
  /** A JSON object that says what was recognised in the text; `fieldsEnd` 0 means none. */
  fields: Buffer = this.text;
  fieldsStart = 0;
  fieldsEnd = 0;
  /** Byte offset of the record's first line in its file, uncompressed. */
  offset = 0;
  source: SourceLabel | undefined;
}
