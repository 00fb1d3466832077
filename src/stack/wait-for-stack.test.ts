import assert from 'node:assert/strict';
import test from 'node:test';
import { createNarrator } from './wait-for-stack.ts';
import type { WorkloadProgress } from './workload-progress.ts';

const api = (ready: number, ...reasons: readonly string[]): WorkloadProgress[] => [
  { kind: 'Deployment', namespace: 'journey', name: 'api', wanted: 2, ready, done: ready === 2, reasons },
];

test('progress is told once, however often it is looked at', () => {
  const narrate = createNarrator('en');
  assert.deepEqual(narrate(api(0), 0), ['Deployment api: 0 of 2 ready']);
  assert.deepEqual(narrate(api(0), 1_000), []);
  assert.deepEqual(narrate(api(2), 2_000), ['Deployment api: 2 of 2 ready']);
});

test('a reason is told when it has lasted, with its workload, and once', () => {
  const narrate = createNarrator('en');
  narrate(api(0, 'no image'), 0);
  assert.deepEqual(narrate(api(0, 'no image'), 4_999), []);
  assert.deepEqual(narrate(api(0, 'no image'), 5_000), ['Deployment api: 0 of 2 ready', '  no image']);
  assert.deepEqual(narrate(api(0, 'no image'), 9_000), []);
});

test('a reason that passes by itself is never told, and one that comes back starts afresh', () => {
  const narrate = createNarrator('en');
  narrate(api(0, 'cache not synced'), 0);
  assert.deepEqual(narrate(api(0), 3_000), []);
  assert.deepEqual(narrate(api(0, 'cache not synced'), 6_000), []);
  assert.equal(narrate(api(0, 'cache not synced'), 11_000).length, 2);
});
