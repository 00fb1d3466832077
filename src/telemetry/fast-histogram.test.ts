import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { FastHistogram } from './fast-histogram.ts';

const bounds = [0.005, 0.01, 0.1, 1, 10];

test('a scrape reads exactly as it would from the library histogram', async () => {
  const observation = fc.record({
    route: fc.constantFrom('/a', '/b/{key}', 'unmatched'),
    status: fc.constantFrom('200', '404'),
    value: fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...bounds)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const ours = new Registry();
      const theirs = new Registry();
      const names = { name: 'x_seconds', help: 'Of something.', labelNames: ['route', 'status'] };
      const histogram = new FastHistogram({ ...names, bounds, registry: ours });
      const reference = new Histogram({ ...names, buckets: bounds, registers: [theirs] });
      for (const { route, status, value } of observations) {
        histogram.series(route, status).observe(value);
        reference.observe({ route, status }, value);
      }
      assert.equal(await ours.metrics(), await theirs.metrics());
    }),
    { numRuns: 100 },
  );
});
