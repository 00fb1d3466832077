import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { anyCodePoint } from '../../test/support/any-code-point.ts';
import { compareKeys, endOfPrefix } from './key-order.ts';

const text = fc.string({ unit: anyCodePoint });
const bytes = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

test('keys compare as their UTF-8 bytes do', () => {
  assert.ok('\u{ffff}' > '\u{10000}', 'JavaScript itself has it the other way round');
  assert.ok(compareKeys('\u{ffff}', '\u{10000}') < 0);
  fc.assert(
    fc.property(text, text, (a, b) => Math.sign(compareKeys(a, b)) === bytes(a, b)),
    { numRuns: 2_000 },
  );
});

test('the end of a prefix comes after every key with the prefix and before every greater one', () => {
  const edge = fc.constantFrom('', 'a', '\u{7f}', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10ffff}');
  const prefixes = fc.array(fc.oneof(edge, text), { maxLength: 3 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(prefixes, text, text, (prefix, rest, other) => {
      const end = endOfPrefix(prefix);
      if (end === undefined) return /^\u{10ffff}*$/u.test(prefix);
      const inRange = (key: string): boolean => bytes(key, prefix) >= 0 && bytes(key, end) < 0;
      return inRange(prefix + rest) && inRange(other) === other.startsWith(prefix) && end.isWellFormed();
    }),
    { numRuns: 2_000 },
  );
});

for (const [prefix, end] of [
  ['', undefined],
  ['a', 'b'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}\u{10ffff}', undefined],
  ['x\u{d7ff}', 'x\u{e000}'],
  ['\u{7f}', '\u{80}'],
] as const) {
  test(`the keys that begin with ${JSON.stringify(prefix)} end before ${JSON.stringify(end)}`, () => {
    assert.equal(endOfPrefix(prefix), end);
  });
}
