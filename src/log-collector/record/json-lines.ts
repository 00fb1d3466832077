import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import { ConstantBytes, copyBytes } from './byte-copy.ts';
import type { RecordEncoder } from './encoder.ts';
import { roomForText, writeNumber, writeRecordText } from './json-text.ts';
import { flagNames, type RecordView } from './record-view.ts';

const open = new ConstantBytes('{"time":"');
const linesKey = new ConstantBytes(',"lines":');
const fieldsKey = new ConstantBytes(',"fields":');

/** What stands between a record's time and its text, for every stream and level. */
const middles: readonly ConstantBytes[] = streamNames.flatMap((stream) =>
  levelNames.map(
    (level) => new ConstantBytes(`","stream":"${stream}",${level === '' ? '' : `"level":"${level}",`}"log":"`),
  ),
);

const flagLists: readonly ConstantBytes[] = Array.from(
  { length: 1 << flagNames.length },
  (_, bits) =>
    new ConstantBytes(bits === 0 ? '' : `,"flags":${JSON.stringify(flagNames.filter((_name, i) => (bits >> i) & 1))}`),
);

/** Everything but time, text, fields and source: the longest middle, flag list and number, and the punctuation. */
const fixedRoom = 256;

/** A line of {@link jsonLines}, read back. */
export interface JsonRecord {
  readonly time: string;
  readonly stream: (typeof streamNames)[number];
  readonly level?: string;
  readonly log: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly kubernetes: {
    readonly node: string;
    readonly namespace: string;
    readonly pod: string;
    readonly uid: string;
    readonly container: string;
    readonly restart: number;
    readonly owner?: { readonly kind: string; readonly name: string };
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly file: string;
  readonly offset: number;
  /** Lines that were joined to it, if more than one. */
  readonly lines?: number;
  readonly flags?: readonly string[];
}

/**
 * One JSON object a line:
 * `{"time","stream","level"?,"log","fields"?,"kubernetes":{node,namespace,pod,uid,container,restart},"file","offset","lines"?,"flags"?}`.
 * `lines` says how many were joined.
 * (`kubernetes` without node, stream, file, offset) is the dedupe key.
 */
export const jsonLines: RecordEncoder = {
  room(record: RecordView): number {
    const label = record.source === undefined ? 0 : record.source.json.length;
    const fields = record.fieldsEnd - record.fieldsStart;
    return fixedRoom + (record.timeEnd - record.timeStart) + roomForText(record) + label + fields;
  },

  encode(out: Buffer, at: number, record: RecordView): number {
    let to = open.write(out, at);
    to = copyBytes(out, to, record.time, record.timeStart, record.timeEnd);
    to = (middles[record.stream * levelNames.length + record.level] as ConstantBytes).write(out, to);
    to = writeRecordText(out, to, record);
    out[to++] = 0x22;
    if (record.fieldsEnd > 0) {
      to = fieldsKey.write(out, to);
      to = copyBytes(out, to, record.fields, record.fieldsStart, record.fieldsEnd);
    }
    if (record.source !== undefined) to = record.source.json.write(out, to);
    to = writeNumber(out, to, record.offset);
    if (record.lines > 1) {
      to = linesKey.write(out, to);
      to = writeNumber(out, to, record.lines);
    }
    if (record.flags !== 0) {
      to = (flagLists[record.flags] as ConstantBytes).write(out, to);
    }
    out[to] = 0x7d;
    out[to + 1] = 0x0a;
    return to + 2;
  },
};
