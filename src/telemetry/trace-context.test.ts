import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomHex } from './random-hex.ts';
import { continueTrace, formatTraceparent } from './trace-context.ts';

const hex = new RandomHex();
const random = (digits: number): string => hex.next(digits);
const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

for (const [what, header] of [
  ['the present version', `00-${trace}-${parent}-01`],
  ['no sampling', `00-${trace}-${parent}-00`],
  ['a future version', `cc-${trace}-${parent}-01`],
  ['a future version with more fields', `cc-${trace}-${parent}-01-what-the-future-will-be`],
] as const) {
  test(`a traceparent with ${what} is continued under our own span`, () => {
    const context = continueTrace(header, random);
    assert.equal(context.traceId, trace);
    assert.notEqual(context.spanId, parent);
    assert.match(formatTraceparent(context), new RegExp(`^00-${trace}-[0-9a-f]{16}-0[01]$`));
    assert.equal(context.flags, header.slice(53, 55));
  });
}

for (const [what, header] of [
  ['absent', undefined],
  ['empty', ''],
  ['upper case', `00-${trace.toUpperCase()}-${parent}-01`],
  ['an all-zero trace', `00-${'0'.repeat(32)}-${parent}-01`],
  ['an all-zero parent', `00-${trace}-${'0'.repeat(16)}-01`],
  ['the forbidden version', `ff-${trace}-${parent}-01`],
  ['longer than version 00 allows', `00-${trace}-${parent}-01-x`],
  ['too short', `00-${trace}-${parent}`],
  ['two headers joined', `00-${trace}-${parent}-01, 00-${trace}-${parent}-01`],
] as const) {
  test(`a traceparent that is ${what} begins a new trace`, () => {
    const context = continueTrace(header, random);
    assert.match(context.traceId, /^[0-9a-f]{32}$/);
    assert.notEqual(context.traceId, trace);
  });
}

test('identifiers do not repeat, also across refills of the pool', () => {
  const seen = new Set(Array.from({ length: 5_000 }, () => hex.next(32)));
  assert.equal(seen.size, 5_000);
  for (const id of seen) assert.match(id, /^[0-9a-f]{32}$/);
});
