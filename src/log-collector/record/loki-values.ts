import { streamNames } from '../line/cri-line.ts';
import { levelNames } from '../line/level.ts';
import { ConstantBytes } from './byte-copy.ts';
import type { RecordEncoder } from './encoder.ts';
import { roomForText, writeNumber, writeRecordText } from './json-text.ts';
import { flagsOf, type RecordView } from './record-view.ts';
import { writeUnixNanos } from './unix-nanos.ts';

const fixedRoom = 512;
const tails: readonly ConstantBytes[] = streamNames.flatMap((stream) =>
  levelNames.map(
    (level) => new ConstantBytes(`",{${level === '' ? '' : `"level":"${level}",`}"stream":"${stream}","file":"`),
  ),
);
const open = new ConstantBytes('["');
const textFollows = new ConstantBytes('","');
const offsetKey = new ConstantBytes('","offset":"');
const ordinaryEnd = new ConstantBytes('"}]\n');

/**
 * One entry of a Loki push a line: `["<ns>","<text>",{level?, stream, file, offset, lines?, flags?}]`. The last part is
 * structured metadata: it holds the dedupe key without making a Loki stream of every value.
 */
export const lokiValues: RecordEncoder = {
  room: (record: RecordView) => fixedRoom + roomForText(record),

  encode(out: Buffer, at: number, record: RecordView): number {
    let to = open.write(out, at);
    to = writeUnixNanos(out, to, record.time, record.timeStart, record.timeEnd);
    to = textFollows.write(out, to);
    to = writeRecordText(out, to, record);
    to = (tails[record.stream * levelNames.length + record.level] as ConstantBytes).write(out, to);
    if (record.source !== undefined) to = record.source.fileIdBytes.write(out, to);
    to = offsetKey.write(out, to);
    to = writeNumber(out, to, record.offset);
    if (record.lines === 1 && record.flags === 0) return ordinaryEnd.write(out, to);
    const lines = record.lines === 1 ? '' : `,"lines":"${record.lines}"`;
    const flags = record.flags === 0 ? '' : `,"flags":"${flagsOf(record.flags)}"`;
    return to + out.write(`"${lines}${flags}}]\n`, to, 'latin1');
  },
};
