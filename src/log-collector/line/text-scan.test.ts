import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanText, TextScan } from './text-scan.ts';

/** The same by the simplest means. */
function expected(bytes: Buffer, from: number, limit: number) {
  let end = from;
  while (end < limit && bytes[end] !== 0x0a) end++;
  const text = [...bytes.subarray(from, end)];
  const specials = text.flatMap((b, i) => (b < 0x20 || b === 0x22 || b === 0x5c ? [from + i] : []));
  return { end, closed: end < limit, nonAscii: text.some((b) => b > 0x7f), specials };
}

test('four bytes at a time or one, at every alignment, finds the same', () => {
  const byte = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(0x0a, 0x22, 0x5c, 0x3d, 0x1f, 0x20, 0x21, 0x23, 0x00, 0x7f, 0x80, 0xff, 0xe2),
    },
  );
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 200 }),
      fc.nat(8),
      fc.nat(8),
      fc.boolean(),
      (array, skip, cut, attached) => {
        const bytes = Buffer.allocUnsafeSlow(array.length);
        bytes.set(array);
        const from = Math.min(skip, bytes.length);
        const limit = Math.max(from, bytes.length - cut);
        const scan = new TextScan();
        if (attached) scan.attach(bytes);
        scanText(scan, bytes, from, limit);
        const { end, closed, nonAscii } = scan;
        assert.deepEqual(
          { end, closed, nonAscii, specials: [...scan.specials.subarray(0, scan.specialCount)] },
          expected(bytes, from, limit),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

for (const attached of [true, false]) {
  test(`finds the first level key${attached ? ', four bytes at a time' : ''}`, () => {
    for (const lead of ['', ' ', 'ts=1 ', 'a="b c" ', `${'x'.repeat(61)} `]) {
      const bytes = Buffer.allocUnsafeSlow(lead.length + 24);
      bytes.write(`${lead}level=warn level=error   `.slice(0, bytes.length));
      const scan = new TextScan();
      if (attached) scan.attach(bytes);
      scanText(scan, bytes, 0, bytes.length);
      assert.equal(scan.levelAt, lead.length + 6, JSON.stringify(lead));
    }
  });
}
