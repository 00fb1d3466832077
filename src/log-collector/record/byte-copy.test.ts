import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConstantBytes, copyBytes, copyFrom } from './byte-copy.ts';

test('any piece, from and to any place up to the very ends, four bytes at a time or not', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 700 });
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(), fc.nat(9), fc.nat(5), fc.boolean(), (raw, a, b, at, slack, attached) => {
      const source = Buffer.from(raw);
      if (attached) copyFrom(source);
      const [from = 0, end = 0] = [a % (source.length + 1), b % (source.length + 1)].sort((x, y) => x - y);
      const out = Buffer.alloc(at + end - from + slack, 0xaa);
      assert.equal(copyBytes(out, at, source, from, end), at + end - from);
      assert.deepEqual(out.subarray(0, at), Buffer.alloc(at, 0xaa), 'nothing before it is touched');
      assert.deepEqual(out.subarray(at, at + end - from), source.subarray(from, end));
    }),
    { numRuns: 2_000 },
  );
});

test('a constant is written whole, also where not one byte is left behind it', () => {
  for (let length = 0; length < 20; length++) {
    const text = 'abcdefghijklmnopqrst'.slice(0, length);
    for (const slack of [0, 1, 2, 3, 4]) {
      const out = Buffer.alloc(3 + length + slack, 0x2e);
      assert.equal(new ConstantBytes(text).write(out, 3), 3 + length);
      assert.equal(out.toString('latin1', 0, 3 + length), `...${text}`);
    }
  }
});
