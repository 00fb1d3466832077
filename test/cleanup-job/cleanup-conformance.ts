import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { takeLease } from '../../src/cleanup-job/lease.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { until } from '../support/until.ts';
import { between, run, runWell, type Subject } from './subject.ts';

const day = 86_400_000;

/** What the clean-up promises, on every store. */
export function conformance(
  name: string,
  open: () => Promise<Subject>,
  wanted: (t: TestContext) => Promise<boolean> = async () => true,
): void {
  const check = (title: string, body: (subject: Subject) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      if (!(await wanted(t))) return;
      await using subject = await open();
      await body(subject);
    });
  };

  const lay = async (s: Subject): Promise<void> => {
    await s.put('cache:forever');
    await s.put('cache:fresh', { ttlMs: day });
    await s.put('user:1');
    await s.put('log:old', { updatedAt: Date.now() - 3 * day });
    await s.put('log:new');
    await s.leaveRemains('cache:gone');
    await s.leaveRemains('user:gone');
  };
  const retention = [{ prefix: 'log:', maxAgeSeconds: (2 * day) / 1_000 }];

  check('a report counts and changes nothing', async (s) => {
    await lay(s);
    const before = await s.dump();
    const { outcome, counts } = await runWell(s.store, { retention });
    assert.deepEqual(await s.dump(), before);
    assert.equal(outcome, 'done');
    assert.deepEqual(
      [counts.expiredIndexEntries, counts.noTtl, counts.retention, counts.matched, counts.orphans],
      [2, 1, 1, 4, 0],
    );
    const done = [counts.forgotten, counts.reindexed, counts.softExpired, counts.unlinked, counts.bytesFreedEstimate];
    assert.deepEqual(done, [0, 0, 0, 0, 0]);
  });

  check('expire gives what should go a grace period and takes out remains', async (s) => {
    await lay(s);
    const start = Date.now();
    const { counts } = await runWell(s.store, { mode: 'expire', retention, graceSeconds: 100 });
    assert.deepEqual([counts.softExpired, counts.forgotten, counts.unlinked], [2, 2, 0]);
    for (const key of ['cache:forever', 'log:old']) {
      const at = (await s.read(key))?.expiresAt ?? 0;
      assert.ok(at >= start + 99_000 && at <= Date.now() + 101_000, `${key} expires at ${at}`);
    }
    assert.equal((await s.read('user:1'))?.expiresAt, undefined);
    assert.equal((await s.read('log:new'))?.expiresAt, undefined);
    assert.ok(((await s.read('cache:fresh'))?.expiresAt ?? 0) > start + day - 1_000);
    assert.equal(await s.traces('cache:gone'), false);
    assert.equal(await s.traces('user:gone'), false);
    const again = await runWell(s.store, { mode: 'expire', retention, graceSeconds: 100 });
    assert.deepEqual([again.counts.softExpired, again.counts.forgotten, again.counts.noTtl], [0, 0, 0]);
  });

  check('unlink deletes what should go and nothing else', async (s) => {
    await lay(s);
    const { counts } = await runWell(s.store, { mode: 'unlink', retention });
    assert.deepEqual([counts.unlinked, counts.forgotten, counts.softExpired], [2, 2, 0]);
    assert.ok(counts.bytesFreedEstimate > 0);
    for (const key of ['cache:forever', 'log:old', 'cache:gone', 'user:gone']) {
      assert.equal(await s.traces(key), false, key);
    }
    for (const key of ['cache:fresh', 'user:1', 'log:new']) assert.ok(await s.read(key), key);
    const again = await runWell(s.store, { mode: 'unlink', retention });
    assert.equal(again.counts.matched, 0);
  });

  check('what changed between look and act is left alone', async (s) => {
    const old = { updatedAt: Date.now() - 3 * day };
    for (const key of ['log:rewritten', 'log:given-ttl', 'log:deleted']) await s.put(key, old);
    for (const key of ['cache:rewritten', 'cache:given-ttl', 'cache:deleted', 'cache:untouched']) await s.put(key, old);
    const meddled = between(s.store, async () => {
      for (const prefix of ['log', 'cache']) {
        await s.put(`${prefix}:rewritten`, { value: '"new"' });
        await s.put(`${prefix}:given-ttl`, { ...old, ttlMs: day });
        await s.delete(`${prefix}:deleted`);
      }
    });
    const { counts } = await runWell(meddled, { mode: 'unlink', retention });
    assert.equal(counts.unlinked, 1);
    assert.equal(counts.leftAlone, 6);
    for (const prefix of ['log', 'cache']) {
      assert.ok(await s.read(`${prefix}:rewritten`));
      assert.ok(await s.read(`${prefix}:given-ttl`));
    }
    assert.equal(await s.read('cache:untouched'), undefined);
  });

  check('a soft delete leaves alone what got another expiry meanwhile', async (s) => {
    await s.put('cache:a');
    const meddled = between(s.store, () => s.put('cache:a', { ttlMs: 2 * day }));
    const { counts } = await runWell(meddled, { mode: 'expire' });
    assert.deepEqual([counts.softExpired, counts.leftAlone], [0, 1]);
    assert.ok(((await s.read('cache:a'))?.expiresAt ?? 0) > Date.now() + day);
  });

  check('an expired entry that came back between look and act keeps everything', async (s) => {
    await s.leaveRemains('user:phoenix');
    const meddled = between(s.store, () => s.put('user:phoenix'));
    const { counts } = await runWell(meddled, { mode: 'unlink' });
    assert.deepEqual([counts.forgotten, counts.leftAlone], [0, 1]);
    assert.ok(await s.read('user:phoenix'));
    assert.equal((await runWell(s.store)).counts.matched, 0);
  });

  check('of retention rules the longest prefix decides; nothing with a closer end is prolonged', async (s) => {
    const old = Date.now() - 3 * day;
    await s.put('log:audit:1', { updatedAt: old });
    await s.put('log:x', { updatedAt: old });
    await s.put('log:leaving', { updatedAt: old, ttlMs: 10_000 });
    const audit = { prefix: 'log:audit:', maxAgeSeconds: (30 * day) / 1_000 };
    const rules = [audit, ...retention];
    // In whatever order they are written.
    assert.equal((await runWell(s.store, { retention: [...retention, audit] })).counts.retention, 1);
    const { counts } = await runWell(s.store, { mode: 'expire', retention: rules, graceSeconds: 3_600 });
    assert.deepEqual([counts.retention, counts.softExpired], [1, 1]);
    assert.equal((await s.read('log:audit:1'))?.expiresAt, undefined);
    assert.ok(((await s.read('log:leaving'))?.expiresAt ?? 0) < Date.now() + 20_000);
  });

  check('prefixes and keys are taken literally', async (s) => {
    const strange = [
      'cache:*',
      'cache:[a]',
      'cache:日本 🚀',
      `cache:${'k'.repeat(1_000)}`,
      'cache:a\nb "c"',
      'cache:{07}:x',
    ];
    for (const key of [...strange, 'cachex', 'my-cache:a', 'Cache:a', '__proto__']) await s.put(key);
    const { counts } = await runWell(s.store, { mode: 'unlink' });
    assert.equal(counts.unlinked, strange.length);
    for (const key of strange) assert.equal(await s.traces(key), false, key);
    for (const key of ['cachex', 'my-cache:a', 'Cache:a', '__proto__']) assert.ok(await s.read(key), key);
    assert.equal((await runWell(s.store, { cachePrefixes: ['*'] })).counts.noTtl, 0);
  });

  check('maxDelete is kept to the entry, and the next run goes on', async (s) => {
    for (let i = 0; i < 25; i++) await s.put(`cache:${i}`);
    const first = await runWell(s.store, { mode: 'unlink', maxDelete: 7, batchSize: 5 });
    assert.deepEqual([first.outcome, first.counts.unlinked], ['partial', 7]);
    assert.match(first.reason ?? '', /maxDelete of 7/);
    const rest = await runWell(s.store, { mode: 'unlink' });
    assert.deepEqual([rest.outcome, rest.counts.unlinked], ['done', 18]);
  });

  check('maxScan stops a run; the following runs go on where it stopped until all is done', async (s) => {
    for (let i = 0; i < 300; i++) await s.put(`cache:${i}`);
    let outcome = 'partial';
    let unlinked = 0;
    let turns = 0;
    for (; outcome === 'partial' && turns < 100; turns++) {
      const result = await runWell(s.store, { mode: 'unlink', maxScan: 40, batchSize: 20 });
      outcome = result.outcome;
      unlinked += result.counts.unlinked;
    }
    assert.equal(outcome, 'done');
    assert.equal(unlinked, 300);
    assert.ok(turns > 5, `took ${turns} turns`);
    assert.equal(await s.store.loadCheckpoint(), undefined);
  });

  check('a checkpoint of other rules is not taken up', async (s) => {
    for (let i = 0; i < 50; i++) await s.put(`cache:${i}`);
    await runWell(s.store, { mode: 'expire', cachePrefixes: ['nothing:'], maxScan: 40, batchSize: 20 });
    assert.notEqual(await s.store.loadCheckpoint(), undefined);
    assert.equal((await runWell(s.store, { mode: 'expire' })).counts.softExpired, 50);
  });

  check('the time budget and a signal end a run in good order, with its position kept', async (s) => {
    for (let i = 0; i < 50; i++) await s.put(`cache:${i}`);
    const spent = await runWell(s.store, { mode: 'unlink', timeBudgetSeconds: 1e-6 });
    assert.deepEqual([spent.outcome, spent.counts.unlinked], ['partial', 0]);
    assert.match(spent.reason ?? '', /timeBudgetSeconds/);
    const stop = new AbortController();
    let batches = 0;
    const store = between(s.store, async () => {
      if (++batches === 2) stop.abort('SIGTERM was received');
    });
    const stopped = await run(store, { mode: 'unlink', batchSize: 10 }, stop.signal);
    assert.deepEqual([stopped.outcome, stopped.reason], ['partial', 'SIGTERM was received']);
    assert.ok(stopped.counts.unlinked > 0 && stopped.counts.unlinked < 50, `${stopped.counts.unlinked}`);
    const rest = await runWell(s.store, { mode: 'unlink' });
    assert.equal(rest.counts.unlinked, 50 - stopped.counts.unlinked);
  });

  check('one run at a time: the second says who holds the lock, and does nothing', async (s) => {
    await s.put('cache:a');
    const other = await s.another();
    try {
      assert.equal(await other.lock({ token: 't', holder: 'pod-7' }, 60_000), undefined);
      const refused = await run(s.store, { mode: 'unlink' });
      assert.equal(refused.outcome, 'failed');
      assert.ok(isJourneyError(refused.error, 'cleanup-locked'));
      assert.match(refused.error.message, /pod-7 holds the clean-up lock.*in (60|59) s/);
      assert.equal(refused.error.kind.exitCode, 75);
      assert.ok(await s.read('cache:a'));
      // Only the owner releases or renews it.
      const stranger = { token: 'x', holder: 'pod-7' };
      await s.store.unlock(stranger);
      assert.equal(await s.store.renewLock(stranger, 60_000), false);
      assert.equal((await run(s.store, { mode: 'unlink' })).outcome, 'failed');
      assert.equal((await run(s.store, { mode: 'report' })).outcome, 'done');
      await other.unlock({ token: 't', holder: 'pod-7' });
    } finally {
      await other.close();
    }
    assert.equal((await runWell(s.store, { mode: 'unlink' })).counts.unlinked, 1);
  });

  check('a lock whose owner died lapses, and the dead run cannot renew it', async (s) => {
    const dead = { token: 'dead', holder: 'pod-dead' };
    assert.equal(await s.store.lock(dead, 30), undefined);
    const deadline = Date.now() + 5_000;
    let result = await run(s.store, { mode: 'unlink' });
    while (result.outcome === 'failed' && Date.now() < deadline) result = await run(s.store, { mode: 'unlink' });
    assert.equal(result.outcome, 'done');
    assert.equal(await s.store.renewLock(dead, 30), false);
  });

  check('a lock is renewed as long as its run lives, and its loss is noticed', async (s) => {
    const other = await s.another();
    const owner = { token: 'mine', holder: 'pod-1' };
    const rival = { token: 'theirs', holder: 'pod-2' };
    const lease = await takeLease({ store: s.store, owner, ttlMs: 1_000 });
    try {
      const start = performance.now();
      // Well past the time it was taken for.
      await until('two and a half seconds are over', () => performance.now() - start > 2_500);
      assert.equal((await other.lock(rival, 1_000))?.holder, 'pod-1');
      assert.equal(lease.lost.aborted, false);
      await other.unlock(owner);
      assert.equal(await other.lock(rival, 60_000), undefined);
      await until('the loss is noticed', () => lease.lost.aborted);
      await lease.release();
      assert.equal((await s.store.lock(owner, 1_000))?.holder, 'pod-2', 'the release left the rival its lock');
    } finally {
      await lease.release();
      await other.close();
    }
  });

  check('the largest entries are named, and not deleted', async (s) => {
    for (const [key, length] of Object.entries({
      'user:a': 10,
      'user:b': 50_000,
      'user:c': 20_000,
      'user:d': 30_000,
    })) {
      await s.put(key, { value: JSON.stringify('x'.repeat(length)) });
    }
    const { bigKeys } = await runWell(s.store, { mode: 'unlink', bigKeys: 2 });
    assert.deepEqual(
      bigKeys.map(({ key }) => key.slice(-6)),
      ['user:b', 'user:d'],
    );
    assert.ok((bigKeys[0]?.bytes ?? 0) >= 50_000);
    assert.ok(await s.read('user:b'));
    assert.deepEqual((await runWell(s.store, { bigKeys: 0 })).bigKeys, []);
  });
}
