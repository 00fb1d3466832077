import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCodePoint } from '../../../test/support/any-code-point.ts';
import { scanText, TextScan } from '../line/text-scan.ts';
import { jsonLines } from './json-lines.ts';
import { writeNumber } from './json-text.ts';
import { RecordView } from './record-view.ts';
import { sourceLabel } from './source-label.ts';

const instance = { namespace: 'shop', pod: 'api-0', uid: 'u"1', container: 'main', restart: 3 };
const label = sourceLabel('node-1', instance, '0123456789abcdef');

function encode(text: string, scanned: boolean, flags = 0): unknown {
  const record = new RecordView();
  record.text = Buffer.from(text);
  record.textEnd = record.text.length;
  record.time = Buffer.from('2026-11-25T06:19:56.224394642Z');
  record.timeEnd = record.time.length;
  record.stream = 1;
  record.level = 5;
  record.flags = flags;
  record.offset = 2 ** 40 + 7;
  record.source = label;
  if (scanned) {
    const scan = new TextScan();
    scan.attach(record.text);
    scanText(scan, record.text, 0, record.textEnd);
    assert.equal(scan.closed, false);
    record.specials = scan.specials;
    record.specialCount = scan.specialCount > scan.specials.length ? -1 : scan.specialCount;
  }
  const room = jsonLines.room(record);
  const out = Buffer.alloc(room + 8, 0xaa);
  const end = jsonLines.encode(out, 4, record);
  assert.ok(end - 4 <= room, `${end - 4} bytes written, ${room} announced`);
  assert.equal(out.indexOf(0x0a, 4), end - 1, 'one line');
  return JSON.parse(out.toString('utf8', 4, end));
}

test('any text comes back as it was, whether its escapes are known or not', () => {
  const text = fc.oneof(
    fc.string({ unit: anyCodePoint }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\u0000', '\u001f', 'a', '€', '\t') }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (raw, scanned) => {
      const value = raw.replaceAll('\n', ' ').toWellFormed();
      assert.deepEqual(encode(value, scanned), {
        time: '2026-11-25T06:19:56.224394642Z',
        stream: 'stderr',
        level: 'error',
        log: value,
        kubernetes: { node: 'node-1', ...instance },
        file: '0123456789abcdef',
        offset: 2 ** 40 + 7,
      });
    }),
    { numRuns: 500 },
  );
});

test('more escapes than the scan can note are found again', () => {
  const text = '"'.repeat(5_000);
  assert.equal((encode(text, true) as { log: string }).log, text);
});

test('flags are listed by name', () => {
  assert.deepEqual((encode('x', true, 1 | 8) as { flags: string[] }).flags, ['incomplete', 'malformed']);
});

test('numbers are written in full', () => {
  const out = Buffer.alloc(32);
  for (const n of [0, 9, 10, 2 ** 30, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
    assert.equal(out.toString('latin1', 0, writeNumber(out, 0, n)), String(n));
  }
});
