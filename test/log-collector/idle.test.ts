import assert from 'node:assert/strict';
import type { watch } from 'node:fs';
import { test } from 'node:test';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until } from '../support/until.ts';
import { node, run } from './support/run-collector.ts';

/** A clock that can be put forward: idleness is a matter of ten seconds. */
function skippingClock() {
  let ahead = 0;
  return {
    wall: Date.now,
    monotonic: () => performance.now() + ahead,
    skip: (ms: number) => {
      ahead += ms;
    },
  };
}

test('an idle Pod is left alone, and heard at once when it writes, rotates or goes', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 1);
  const clock = skippingClock();
  const { sink, collector, counters } = await run(t, bench, { clock });
  const chain = () => [...collector.chains.values()][0];
  const rests = () => (chain()?.nextPoll ?? 0) > clock.monotonic() + 5_000;
  const settle = () =>
    until('it rests', () => {
      if (!rests()) clock.skip(4_000);
      return rests();
    });
  await until('the first line', () => sink.records.length === 1);
  await settle();
  container.writeSequence(1, 1);
  await until('the second line, by a notification', () => sink.records.length === 2, { timeoutMs: 2_000 });
  await settle();
  await container.rotate();
  container.writeSequence(2, 1);
  await until('the line in the new file', () => sink.records.length === 3, { timeoutMs: 2_000 });
  assert.equal(counters.rotations, 1);
  await settle();
  container.deletePod();
  await until('it is forgotten', () => collector.chains.size === 0, { timeoutMs: 3_000 });
});

test('without notifications nobody is left alone', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 1);
  const clock = skippingClock();
  const { sink, counters } = await run(t, bench, {
    clock,
    watch: (() => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    }) as unknown as typeof watch,
  });
  await until('the first line', () => sink.records.length === 1);
  for (let n = 0; n < 10; n++) {
    clock.skip(4_000);
    const { scans } = counters;
    await until('a scan', () => counters.scans > scans);
  }
  container.writeSequence(1, 1);
  await until('the second line', () => sink.records.length === 2, { timeoutMs: 2_000 });
});
