import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { criRecord, type LinePiece, LineSplitter, maxRecordBytes } from './cri-lines.ts';
import { nanosecondClock, rfc3339Nano } from './rfc3339-nano.ts';

const split = (...chunks: readonly Buffer[]): LinePiece[] => {
  const splitter = new LineSplitter();
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
};
const shapes = (...chunks: readonly string[]) =>
  split(...chunks.map((c) => Buffer.from(c))).map((p) => `${p.full ? 'F' : 'P'}${p.content.length}`);

for (const [what, chunks, expected] of [
  ['two lines', ['ab\ncd\n'], ['F2', 'F2']],
  ['an empty line is a record', ['\n'], ['F0']],
  ['a line over three chunks', ['a', 'b', 'c\n'], ['F3']],
  ['last words without newline are partial', ['ab\ncd'], ['F2', 'P2']],
  ['exactly 16 KiB and a newline is one record', [`${'x'.repeat(16_384)}\n`], ['F16384']],
  ['one byte more is two', [`${'x'.repeat(16_385)}\n`], ['P16384', 'F1']],
  ['one byte more in chunks is two', ['x'.repeat(16_380), 'x'.repeat(5), '\n'], ['P16384', 'F1']],
  ['50 KiB in one piece', [`${'x'.repeat(50_000)}\n`], ['P16384', 'P16384', 'P16384', 'F848']],
  ['exactly 16 KiB, then the end', ['x'.repeat(16_384)], ['P16384']],
] as const) {
  test(`splitting: ${what}`, () => assert.deepEqual(shapes(...chunks), expected));
}

test('whatever the chunks, the pieces are the same and their content is the input', () => {
  const line = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constant('y'.repeat(maxRecordBytes)),
    fc.constant('z'.repeat(40_000)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 20_000 })), (lines, cuts) => {
      const input = Buffer.from(lines.join('\n'));
      const chunks: Buffer[] = [];
      for (let at = 0, i = 0; at < input.length; i++) {
        const size = cuts[i] ?? input.length;
        chunks.push(input.subarray(at, at + size));
        at += size;
      }
      const pieces = split(...chunks);
      assert.deepEqual(pieces, split(input));
      assert.ok(pieces.every((p) => p.content.length <= maxRecordBytes));
      const joined = pieces.map((p) => `${p.content}${p.full ? '\n' : ''}`).join('');
      assert.equal(joined, input.toString());
    }),
    { numRuns: 60 },
  );
});

test('a record is what containerd writes', () => {
  const record = criRecord('2016-10-06T00:00:29.669794202Z', 'stderr', { content: Buffer.from('héllo'), full: true });
  assert.equal(record.toString(), '2016-10-06T00:00:29.669794202Z stderr F héllo\n');
});

for (const [ns, text] of [
  [1_475_712_029_669_794_202n, '2016-10-06T00:00:29.669794202Z'],
  [1_475_712_029_500_000_000n, '2016-10-06T00:00:29.5Z'],
  [1_475_712_029_000_000_000n, '2016-10-06T00:00:29Z'],
  [1_475_712_029_000_000_010n, '2016-10-06T00:00:29.00000001Z'],
] as const) {
  test(`RFC 3339 with nanoseconds: ${text}`, () => assert.equal(rfc3339Nano(ns), text));
}

test('the nanosecond clock advances between milliseconds and follows a clock that was set', () => {
  let wall = 1_000;
  let mono = 5n;
  const now = nanosecondClock({ wallMs: () => wall, monotonicNs: () => mono });
  mono += 1_234n;
  assert.equal(now(), 1_000_001_234n);
  wall += 3_600_000;
  assert.equal(now(), 3_601_000_000_000n);
});
