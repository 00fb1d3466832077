import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { RequestHistogram, requestBounds } from './request-histogram.ts';

test('a scrape reads exactly as it would from the library histogram', async () => {
  const observation = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PROPFIND'),
    route: fc.constantFrom('/a', '/b/{key}', 'unmatched'),
    status: fc.constantFrom(200, 404),
    seconds: fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constantFrom(...requestBounds)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const ours = new Registry();
      const theirs = new Registry();
      const histogram = new RequestHistogram(ours);
      const reference = new Histogram({
        name: histogram.name,
        help: histogram.help,
        labelNames: ['method', 'route', 'status'],
        buckets: [...requestBounds],
        registers: [theirs],
      });
      for (const { method, route, status, seconds } of observations) {
        histogram.series(method, route, status).observe(seconds);
        const label = method === 'PROPFIND' ? '_OTHER' : method;
        reference.observe({ method: label, route, status: String(status) }, seconds);
      }
      assert.equal(await ours.metrics(), await theirs.metrics());
    }),
    { numRuns: 100 },
  );
});
