import assert from 'node:assert/strict';
import test from 'node:test';
import { BackOff, localBackOff } from './back-off.ts';

test('waits double from half a second to thirty seconds', () => {
  const backOff = new BackOff(localBackOff);
  assert.deepEqual(
    Array.from({ length: 9 }, () => backOff.next(10) / 1_000),
    [0.5, 1, 2, 4, 8, 16, 30, 30, 30],
  );
});

test('a run of a minute starts the count over, one of 59 seconds does not', () => {
  const backOff = new BackOff(localBackOff);
  backOff.next(0);
  assert.equal(backOff.next(59_999), 1_000);
  assert.equal(backOff.next(60_000), 500);
});
