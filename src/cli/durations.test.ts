import assert from 'node:assert/strict';
import test from 'node:test';
import { shortBytes, shortDuration } from './durations.ts';

for (const [ms, text] of [
  [0, '0 s'],
  [999, '0 s'],
  [42_900, '42 s'],
  [185_000, '3 m 5 s'],
  [180_000, '3 m'],
  [7_805_000, '2 h 10 m'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 s'],
] as const) {
  test(`${ms} ms is ${text}`, () => assert.equal(shortDuration(ms), text));
}

for (const [bytes, text] of [
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [35_232_153, '33.6 MiB'],
  [5e12, '4656.6 GiB'],
] as const) {
  test(`${bytes} bytes are ${text}`, () => assert.equal(shortBytes(bytes), text));
}
