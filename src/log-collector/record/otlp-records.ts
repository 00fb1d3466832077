import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import { ConstantBytes, copyBytes } from './byte-copy.ts';
import type { RecordEncoder } from './encoder.ts';
import { messageField, numberField, textField, varintSize, writeVarint } from './protobuf.ts';
import { flagsOf, type RecordView } from './record-view.ts';
import { writeUnixNanosFixed64 } from './unix-nanos.ts';

/** A `KeyValue` with a text or a whole number ≥ 0, as the field `field` of what has attributes. */
export function attribute(field: number, key: string, value: string | number): Buffer {
  const anyValue = typeof value === 'number' ? numberField(3, value) : textField(1, value);
  return messageField(field, textField(1, key), messageField(2, anyValue));
}

// Tags of what is written byte by byte: `ScopeLogs.log_records`, `LogRecord.time_unix_nano` (fixed64) and `.body`,
// `AnyValue.string_value`.
const recordTag = 0x12;
const timeTag = 0x09;
const bodyTag = 0x2a;
const stringTag = 0x0a;
const attributes = 6;

/** First severity number of each level (OpenTelemetry logs data model, SeverityNumber). */
const severityNumbers = [0, 1, 5, 9, 13, 17, 21] as const;
const severities: readonly ConstantBytes[] = levelNames.map((level, i) => {
  const fields = level === '' ? [] : [numberField(2, severityNumbers[i] as number), textField(3, level)];
  return new ConstantBytes(Buffer.concat(fields));
});
const streams: readonly ConstantBytes[] = streamNames.map(
  (stream) => new ConstantBytes(attribute(attributes, 'log.iostream', stream)),
);
/** What stands before a file's 16 digits. */
const fileKey = new ConstantBytes(attribute(attributes, 'log.file.id', '0'.repeat(16)).subarray(0, -16));
/** What stands before an offset, by the bytes that the offset takes: one to eight for what a number can say. */
const offsetKeys: readonly ConstantBytes[] = [1, 2, 3, 4, 5, 6, 7, 8].map(
  (size) => new ConstantBytes(attribute(attributes, 'log.record.offset', 2 ** (7 * size - 7)).subarray(0, -size)),
);

/** Everything but the text: all tags and lengths, and the longest of each constant, attribute and list of flags. */
const fixedRoom = 320;

const none = Buffer.alloc(0);

/**
 * One OTLP log record, with the tag and length it has in `ScopeLogs` (opentelemetry-proto, logs/v1/logs.proto): records
 * one behind the other are the inside of that message. Field by field in the order of their numbers, as others write
 * them. The text needs no escapes, so it is copied whole.
 */
export const otlpRecords: RecordEncoder = {
  room: ({ textStart, textEnd }: RecordView) => fixedRoom + textEnd - textStart,

  encode(out: Buffer, at: number, record: RecordView): number {
    const { text, textStart, textEnd, offset } = record;
    const severity = severities[record.level] as ConstantBytes;
    const stream = streams[record.stream] as ConstantBytes;
    const file = record.source?.fileIdBytes;
    const offsetSize = varintSize(offset);
    const offsetKey = offsetKeys[offsetSize - 1] as ConstantBytes;
    const rest = record.lines === 1 && record.flags === 0 ? none : rareAttributes(record);

    // A length stands before what it measures, so each is known before the first byte is written.
    const textLength = textEnd - textStart;
    const bodyLength = 1 + varintSize(textLength) + textLength;
    const length =
      1 +
      8 +
      severity.length +
      1 +
      varintSize(bodyLength) +
      bodyLength +
      stream.length +
      (file === undefined ? 0 : fileKey.length + file.length) +
      offsetKey.length +
      offsetSize +
      rest.length;

    out[at] = recordTag;
    let to = writeVarint(out, at + 1, length);
    out[to] = timeTag;
    to = writeUnixNanosFixed64(out, to + 1, record.time, record.timeStart, record.timeEnd);
    to = severity.write(out, to);
    out[to] = bodyTag;
    to = writeVarint(out, to + 1, bodyLength);
    out[to] = stringTag;
    to = writeVarint(out, to + 1, textLength);
    to = copyBytes(out, to, text, textStart, textEnd);
    to = stream.write(out, to);
    if (file !== undefined) to = file.write(out, fileKey.write(out, to));
    to = writeVarint(out, offsetKey.write(out, to), offset);
    return to + rest.copy(out, to);
  },
};

function rareAttributes({ lines, flags }: RecordView): Buffer {
  return Buffer.concat([
    ...(lines === 1 ? [] : [attribute(attributes, 'log.record.lines', lines)]),
    ...(flags === 0 ? [] : [attribute(attributes, 'log.record.flags', flagsOf(flags))]),
  ]);
}
