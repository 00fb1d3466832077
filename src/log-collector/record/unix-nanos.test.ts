import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeUnixNanos, writeUnixNanosFixed64 } from './unix-nanos.ts';

/** In decimal, which the eight bytes have to agree with, whichever comes first. */
function nanosOf(text: string, bytesFirst = false): string {
  const time = Buffer.from(`..${text}..`);
  const bytes = () => {
    const out = Buffer.alloc(32, 0x2e);
    assert.equal(writeUnixNanosFixed64(out, 5, time, 2, time.length - 2), 13);
    assert.equal(out.readUInt8(13), 0x2e, 'nothing behind it is touched');
    return String(out.readBigUInt64LE(5));
  };
  const first = bytesFirst ? bytes() : undefined;
  const out = Buffer.alloc(32, 0x2e);
  const decimal = out.toString('latin1', 4, writeUnixNanos(out, 4, time, 2, time.length - 2));
  assert.equal(first ?? bytes(), decimal);
  return decimal;
}

for (const [time, nanos] of [
  ['2026-11-25T06:20:52.123456789Z', '1795587652123456789'],
  ['2026-11-25T06:20:52Z', '1795587652000000000'],
  ['2026-11-25T06:20:52.5Z', '1795587652500000000'],
  ['2026-11-25T06:20:52.1234567899Z', '1795587652123456789'],
  ['2026-11-25T14:20:52.123456789+08:00', '1795587652123456789'],
  ['2026-11-25T14:20:52.123456789+08:15', '1795586752123456789'],
  ['2026-11-25T06:20:52.1+99:00', '0'],
  ['1969-12-31T23:59:59.9Z', '0'],
  ['1970-01-01T00:00:04.294967296Z', '4294967296'],
  ['2262-04-11T23:47:14.999999999Z', '9223372034999999999'],
  ['2262-04-11T23:47:16Z', '0'],
] as const) {
  test(`${time} is ${nanos} ns after the epoch`, () => {
    assert.equal(nanosOf(time), nanos);
    assert.equal(nanosOf(time), nanos, 'also the second time, when its second is known');
  });
}

test('times in any order, of any zone and precision, come out as whole nanoseconds', () => {
  const zones = ['Z', '+00:00', '+08:00', '-03:30'] as const;
  const minutes = { Z: 0, '+00:00': 0, '+08:00': 480, '-03:30': -210 };
  // Few seconds by the clock on the wall, so that many times meet the one that is known, or differ in the zone alone.
  const walls = fc.integer({ min: 0, max: 40 }).map((n) => 1_795_587_640 + n);
  const times = fc.array(fc.tuple(walls, fc.constantFrom(...zones), fc.stringMatching(/^\d{0,9}$/)));
  fc.assert(
    fc.property(times, fc.boolean(), (all, bytesFirst) => {
      for (const [wall, zone, digits] of all) {
        const text = new Date(wall * 1_000).toISOString().slice(0, 19);
        const fraction = digits === '' ? '' : `.${digits}`;
        const nanos = nanosOf(`${text}${fraction}${zone}`, bytesFirst);
        assert.equal(nanos, `${wall - minutes[zone] * 60}${digits.padEnd(9, '0')}`);
      }
    }),
  );
});
