import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CriHeader, parseCriHeader } from './cri-line.ts';

const good: readonly [line: string, time: string, stream: 0 | 1, partial: boolean, text: string][] = [
  ['2026-11-25T06:19:56.224394642Z stdout F hello', '2026-11-25T06:19:56.224394642Z', 0, false, 'hello'],
  ['2026-11-25T06:19:09Z stderr P a b', '2026-11-25T06:19:09Z', 1, true, 'a b'],
  ['2026-11-25T06:19:09.66979Z stdout F ', '2026-11-25T06:19:09.66979Z', 0, false, ''],
  ['2026-11-25T16:19:09.1+10:00 stdout F x', '2026-11-25T16:19:09.1+10:00', 0, false, 'x'],
  ['2026-11-25T01:19:09.123456789-05:00 stderr F x', '2026-11-25T01:19:09.123456789-05:00', 1, false, 'x'],
  ['2026-11-25T06:19:09Z stdout F', '2026-11-25T06:19:09Z', 0, false, ''],
  ['2026-11-25T06:19:09Z stdout P:tag:more text', '2026-11-25T06:19:09Z', 0, true, 'text'],
  ['2026-11-25T06:19:09Z stdout F  two blanks', '2026-11-25T06:19:09Z', 0, false, ' two blanks'],
];

for (const [line, time, stream, partial, text] of good) {
  test(`reads ${line}`, () => {
    const bytes = Buffer.from(`${line}\n`);
    const header = new CriHeader();
    assert.equal(parseCriHeader(header, bytes, 0, bytes.length), true);
    assert.deepEqual(
      [bytes.toString('utf8', 0, header.timeEnd), header.stream, header.partial],
      [time, stream, partial],
    );
    assert.equal(bytes.toString('utf8', header.textStart, bytes.length - 1), text);
  });
}

const bad = [
  '',
  'hello',
  'T+08:00 stdout T+08:00 stdout F + true',
  '2026-11-25T06:19:09Z',
  '2026-11-25T06:19:09Z stdout',
  '2026-11-25T06:19:09Z stdout X text',
  '2026-11-25T06:19:09Z stdin F text',
  '2026-11-25T06:19:09Z stdout Full',
  '2026-11-25T06:19:09 stdout F text',
  '2026-11-25T06:19:09.Z stdout F text',
  '2026-11-25T06:19:09+1000 stdout F text',
  '2026-1-25T06:19:09Z stdout F text',
  '2026-11-25 06:19:09Z stdout F text',
  '{"log":"x\\n","stream":"stdout","time":"2026-11-25T06:19:09Z"}',
];

for (const line of bad) {
  test(`refuses ${JSON.stringify(line)}`, () => {
    const bytes = Buffer.from(`${line}\n`);
    assert.equal(parseCriHeader(new CriHeader(), bytes, 0, bytes.length), false);
  });
}

test('never looks behind the limit', () => {
  const bytes = Buffer.from('2026-11-25T06:19:09.5Z stdout F text\n');
  for (let limit = 0; limit < 32; limit++) {
    assert.equal(parseCriHeader(new CriHeader(), bytes, 0, limit), limit >= 31, `limit ${limit}`);
  }
});
