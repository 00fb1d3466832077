import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonRecord } from '../../log-collector/record/json-lines.ts';
import { MergeByTime, sortKey } from './merge-by-time.ts';

let now = 0;
const merge = (max = 1_000) => new MergeByTime({ patienceMs: 500, max, now: () => now });

function record(time: string, log: string, uid = 'a'): JsonRecord {
  const kubernetes = { node: uid, namespace: 'n', pod: 'p', uid, container: 'c', restart: 0 };
  return { time, stream: 'stdout', log, kubernetes, file: '0', offset: 0 };
}

const logs = (records: readonly JsonRecord[]) => records.map(({ log }) => log).join('');

test('times sort by what they mean: zones, missing and long fractions, the last nanosecond', () => {
  const inOrder = [
    '2026-11-25T05:59:59.999999999Z',
    '2026-11-25T06:00:00Z',
    '2026-11-25T06:00:00.000000001Z',
    '2026-11-25T16:00:00.00001+10:00',
    '2026-11-25T06:00:00.1Z',
    '2026-11-25T01:00:00.12-05:00',
  ];
  const keys = inOrder.map(sortKey);
  assert.deepEqual(keys.toSorted(), keys);
  assert.equal(new Set(keys).size, keys.length);
});

test('a record waits for an earlier one of another node, and no longer than its patience', () => {
  const merged = merge();
  now = 0;
  merged.add(record('2026-11-25T06:00:01Z', '2', 'a'));
  now = 400;
  merged.add(record('2026-11-25T06:00:00Z', '1', 'b'));
  merged.add(record('2026-11-25T06:00:02Z', '3', 'b'));
  assert.equal(logs(merged.take()), '');
  now = 500;
  assert.equal(logs(merged.take()), '12', '1 goes with 2, 3 waits');
  assert.equal(logs(merged.take(true)), '3');
});

test('one stream keeps its order whatever its clock says', () => {
  const merged = merge();
  for (const [time, log] of [
    ['06:00:05', '1'],
    ['06:00:03', '2'],
    ['06:00:04', '3'],
  ]) {
    merged.add(record(`2026-11-25T${time}Z`, log ?? ''));
  }
  assert.equal(logs(merged.take(true)), '123');
});

test('more than the most that may wait are not kept', () => {
  const merged = merge(2);
  now = 0;
  for (const n of [3, 1, 2, 4]) merged.add(record(`2026-11-25T06:00:0${n}Z`, String(n), String(n)));
  assert.equal(logs(merged.take()), '12');
  assert.equal(merged.size, 2);
});

test('nothing is lost or repeated, and each stream is in order, however records come', () => {
  const arrivals = fc.array(fc.record({ node: fc.nat(3), second: fc.nat(59), wait: fc.nat(800) }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (sequence) => {
      const merged = merge(10);
      now = 0;
      const out: JsonRecord[] = [];
      for (const [n, { node, second, wait }] of sequence.entries()) {
        now += wait;
        merged.add(record(`2026-11-25T06:00:${String(second).padStart(2, '0')}Z`, String(n), String(node)));
        out.push(...merged.take());
      }
      out.push(...merged.take(true));
      assert.equal(out.length, sequence.length);
      for (let node = 0; node <= 3; node++) {
        const own = out.filter(({ kubernetes }) => kubernetes.uid === String(node)).map(({ log }) => Number(log));
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
        );
      }
      assert.equal(new Set(out).size, sequence.length);
    }),
  );
});
