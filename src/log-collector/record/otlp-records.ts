import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import { ConstantBytes } from './byte-copy.ts';
import type { RecordEncoder } from './encoder.ts';
import { roomForText, writeNumber, writeRecordText } from './json-text.ts';
import { flagsOf } from './loki-values.ts';
import type { RecordView } from './record-view.ts';
import { writeUnixNanos } from './unix-nanos.ts';

const fixedRoom = 768;

/** First severity number of each level (OpenTelemetry logs data model, SeverityNumber). */
const severityNumbers = [0, 1, 5, 9, 13, 17, 21] as const;

const middles: readonly ConstantBytes[] = levelNames.map(
  (level, i) =>
    new ConstantBytes(
      `"${level === '' ? '' : `,"severityNumber":${severityNumbers[i]},"severityText":"${level}"`},"body":{"stringValue":"`,
    ),
);
const attribute = (key: string, value: string) => `{"key":"${key}","value":{"stringValue":"${value}"}}`;
const lineCount = (count: number) => `{"key":"log.record.lines","value":{"intValue":"${count}"}}`;
const tails: readonly ConstantBytes[] = streamNames.map(
  (stream) =>
    new ConstantBytes(
      `"},"attributes":[${attribute('log.iostream', stream)},{"key":"log.file.id","value":{"stringValue":"`,
    ),
);
const open = new ConstantBytes('{"timeUnixNano":"');
const offsetKey = new ConstantBytes('"}},{"key":"log.record.offset","value":{"intValue":"');
const ordinaryEnd = new ConstantBytes('"}}]}\n');

/** One OTLP log record a line, in the JSON encoding: 64-bit integers are decimal strings there. */
export const otlpRecords: RecordEncoder = {
  room: (record: RecordView) => fixedRoom + roomForText(record),

  encode(out: Buffer, at: number, record: RecordView): number {
    let to = open.write(out, at);
    to = writeUnixNanos(out, to, record.time, record.timeStart, record.timeEnd);
    to = (middles[record.level] as ConstantBytes).write(out, to);
    to = writeRecordText(out, to, record);
    to = (tails[record.stream] as ConstantBytes).write(out, to);
    if (record.source !== undefined) to = record.source.fileIdBytes.write(out, to);
    to = offsetKey.write(out, to);
    to = writeNumber(out, to, record.offset);
    if (record.lines === 1 && record.flags === 0) return ordinaryEnd.write(out, to);
    const lines = record.lines === 1 ? '' : `,${lineCount(record.lines)}`;
    const flags = record.flags === 0 ? '' : `,${attribute('log.record.flags', flagsOf(record.flags))}`;
    return to + out.write(`"}}${lines}${flags}]}\n`, to, 'latin1');
  },
};
