import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Accounting } from './accounting.ts';

function account(sent: number, arrivals: readonly (readonly [number, string])[]) {
  const accounting = new Accounting();
  for (const [sequence, key] of arrivals) accounting.add({ sequence, key });
  return accounting.close(sent);
}

test('a repeat hides no gap, and one under another key is a fault of its own', () => {
  assert.deepEqual(
    account(5, [
      [0, 'a'],
      [1, 'b'],
      [1, 'b'],
      [1, 'x'],
      [4, 'e'],
      [2, 'c'],
    ]),
    { sent: 5, stored: 4, missing: 1, twice: 1, unknownRepeats: 1, outOfOrder: 1 },
  );
});

test('everything once and in order', () => {
  assert.deepEqual(
    account(2, [
      [0, 'a'],
      [1, 'b'],
    ]),
    {
      sent: 2,
      stored: 2,
      missing: 0,
      twice: 0,
      unknownRepeats: 0,
      outOfOrder: 0,
    },
  );
});
