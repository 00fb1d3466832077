import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import type { RecordEncoder } from './encoder.ts';
import { copyBytes, maxEscapeGrowth, writeMarkedText, writeNumber, writeText } from './json-text.ts';
import { flagNames, type RecordView } from './record-view.ts';

const open = Buffer.from('{"time":"');
const fieldsKey = Buffer.from(',"fields":');
const end = Buffer.from('}\n');

/** What stands between a record's time and its text, for every stream and level. */
const middles: readonly Buffer[] = streamNames.flatMap((stream) =>
  levelNames.map((level) => Buffer.from(`","stream":"${stream}",${level === '' ? '' : `"level":"${level}",`}"log":"`)),
);

const flagLists: readonly Buffer[] = Array.from({ length: 1 << flagNames.length }, (_, bits) =>
  Buffer.from(bits === 0 ? '' : `,"flags":${JSON.stringify(flagNames.filter((_name, i) => (bits >> i) & 1))}`),
);

/** Everything but time, text, fields and source: the longest middle, flag list and number, and the punctuation. */
const fixedRoom = 256;

/**
 * One JSON object a line:
 * `{"time","stream","level"?,"log","fields"?,"kubernetes":{node,namespace,pod,uid,container,restart},"file","offset","flags"?}`.
 * (`kubernetes` without node, stream, file, offset) is the dedupe key.
 */
export const jsonLines: RecordEncoder = {
  room(record: RecordView): number {
    const length = record.textEnd - record.textStart;
    const growth = record.specialCount === -1 ? length * maxEscapeGrowth : length + record.specialCount * 5;
    const label = record.source === undefined ? 0 : record.source.json.length;
    return fixedRoom + (record.timeEnd - record.timeStart) + growth + label + (record.fieldsEnd - record.fieldsStart);
  },

  encode(out: Buffer, at: number, record: RecordView): number {
    let to = copyBytes(out, at, open, 0, open.length);
    to = copyBytes(out, to, record.time, record.timeStart, record.timeEnd);
    const middle = middles[record.stream * levelNames.length + record.level] as Buffer;
    to = copyBytes(out, to, middle, 0, middle.length);
    to =
      record.specialCount === -1
        ? writeText(out, to, record.text, record.textStart, record.textEnd)
        : writeMarkedText(out, to, record.text, record.textStart, record.textEnd, record.specials, record.specialCount);
    out[to++] = 0x22;
    if (record.fieldsEnd > 0) {
      to = copyBytes(out, to, fieldsKey, 0, fieldsKey.length);
      to = copyBytes(out, to, record.fields, record.fieldsStart, record.fieldsEnd);
    }
    if (record.source !== undefined) to = copyBytes(out, to, record.source.json, 0, record.source.json.length);
    to = writeNumber(out, to, record.offset);
    if (record.flags !== 0) {
      const flags = flagLists[record.flags] as Buffer;
      to = copyBytes(out, to, flags, 0, flags.length);
    }
    return copyBytes(out, to, end, 0, end.length);
  },
};
