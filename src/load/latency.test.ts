import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Latency } from './latency.ts';

/** The value at the nearest rank, rounded half up: how HdrHistogram_c defines a percentile. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.floor(sorted.length * share + 0.5) - 1)] ?? Number.NaN;
}

test('percentiles are right to three figures, whatever the distribution', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 59_000_000 }), { minLength: 1, maxLength: 300 }), (microseconds) => {
      const latency = new Latency();
      for (const value of microseconds) latency.record(value / 1_000);
      const summary = latency.summary();
      assert.equal(summary.count, microseconds.length);
      for (const [name, share] of [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
      ] as const) {
        const wanted = exact(microseconds, share) / 1_000;
        assert.ok(
          Math.abs(summary[name] - wanted) <= wanted * 0.002 + 0.002,
          `${name}: ${summary[name]} for ${wanted}`,
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('nothing recorded is all zeros, not the histogram’s empty marks', () => {
  assert.deepEqual(new Latency().summary(), { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
});

test('times beyond a minute and of nothing are kept at the ends', () => {
  const latency = new Latency();
  latency.record(0);
  latency.record(120_000);
  const { count, min, max } = latency.summary();
  assert.equal(count, 2);
  assert.equal(min, 0.001);
  assert.ok(Math.abs(max - 60_000) < 60);
});
