import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Store } from '../../src/cache/cache.ts';
import { whenUp } from '../../src/cache/open-store.ts';
import { openRedisStore } from '../../src/cache/redis.ts';
import { bucketOf } from '../../src/cache/redis-keys.ts';
import { openSqliteStore } from '../../src/cache/sqlite.ts';
import type { Counts } from '../../src/cleanup-job/tally.ts';
import { settingsOf, silent } from '../cache/support/open-for-test.ts';
import { wantRedisServer } from '../support/redis-server.ts';
import { keys, openRedisSubject, type RedisSubject } from './redis-subject.ts';
import { openSqliteSubject } from './sqlite-subject.ts';
import { run, runWell, type Subject } from './subject.ts';

const found = ['expiredIndexEntries', 'orphans', 'unindexed', 'wrongExpiry', 'noTtl', 'retention', 'matched'] as const;
const pick = (counts: Readonly<Counts>) => Object.fromEntries(found.map((name) => [name, counts[name]]));

/** One key's data and index entries, each on its own there or not, right or wrong. */
const scrap = fc.record({
  key: fc
    .tuple(
      fc.constantFrom('cache:', 'user:', 'log:', ''),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).map((s) => s.replaceAll('\0', '.')),
    )
    .map((p) => p.join('')),
  data: fc.constantFrom('none', 'never', 'soon', 'far'),
  indexed: fc.boolean(),
  expiry: fc.constantFrom('none', 'right', 'past', 'future'),
  age: fc.constantFrom(0, 10_000, 1_000_000),
});

async function layOut(s: RedisSubject, scraps: readonly (typeof scrap extends fc.Arbitrary<infer T> ? T : never)[]) {
  await s.client.flushAll();
  const now = Date.now();
  for (const { key, data, indexed, expiry, age } of scraps) {
    const bucket = bucketOf(key);
    const at = data === 'soon' ? now + 600_000 : data === 'far' ? now + 9_000_000 : undefined;
    if (data !== 'none') {
      await s.put(key, {
        updatedAt: now - age * 1_000,
        value: JSON.stringify(key),
        ...(at === undefined ? {} : { ttlMs: at - now }),
      });
      await s.client.zRem(keys.index(bucket), key);
      await s.client.zRem(keys.expiry(bucket), key);
    }
    if (indexed) await s.client.zAdd(keys.index(bucket), { score: 0, value: key });
    const score = { none: undefined, right: (await s.read(key))?.expiresAt, past: now - 5_000, future: now + 77_000 }[
      expiry
    ];
    if (score !== undefined) await s.client.zAdd(keys.expiry(bucket), { score, value: key });
  }
}

test('whatever is lying about: a report counts what an acting run does, a second run finds nothing, nothing live is lost', async (t) => {
  if (!(await wantRedisServer(t))) return;
  await using s = await openRedisSubject();
  const settings = { retention: [{ prefix: 'log:', maxAgeSeconds: 100_000 }], batchSize: 7, graceSeconds: 3_600 };
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(scrap, { selector: ({ key }) => key, minLength: 1, maxLength: 30 }),
      fc.constantFrom('expire' as const, 'unlink' as const),
      async (scraps, mode) => {
        await layOut(s, scraps);
        const before = await s.dump();
        const report = await runWell(s.store, { ...settings, mode: 'report' });
        assert.deepEqual(await s.dump(), before);
        const acted = await runWell(s.store, { ...settings, mode });
        assert.deepEqual(pick(report.counts), pick(acted.counts));
        const { forgotten, reindexed, softExpired, unlinked, leftAlone, matched } = acted.counts;
        assert.equal(leftAlone, 0);
        for (const { key, data, age, expiry, indexed } of scraps) {
          const doomed = data === 'never' ? key.startsWith('cache:') : false;
          const old = key.startsWith('log:') && age > 100_000 && (data === 'never' || data === 'far');
          const bucket = bucketOf(key);
          const entry = await s.read(key);
          if (data === 'none') {
            // Not yet due and in no index: it is found when it becomes due.
            if (indexed || expiry !== 'future') assert.equal(await s.traces(key), false, key);
            continue;
          }
          if (mode === 'unlink' && (doomed || old)) {
            assert.equal(await s.traces(key), false, key);
            continue;
          }
          assert.ok(entry, `${key} was lost`);
          assert.equal(await s.client.zScore(keys.index(bucket), key), 0, key);
          assert.equal(await s.client.zScore(keys.expiry(bucket), key), entry.expiresAt ?? null, key);
          if (doomed || old) assert.ok((entry.expiresAt ?? 0) <= Date.now() + 3_600_000, key);
        }
        assert.equal((await runWell(s.store, { ...settings, mode })).counts.matched, 0);
        assert.equal(forgotten + reindexed + softExpired + unlinked, matched);
      },
    ),
    // JOURNEY_TEST_RUNS for a long search by hand.
    { numRuns: Number(process.env['JOURNEY_TEST_RUNS'] ?? 20) },
  );
});

/**
 * Writers through the real store, without pause, while the clean-up deletes in a loop. Each writer owns its keys, so it
 * knows at every moment what must be there: anything with a TTL or outside the cache prefix that it has just written.
 */
async function storm(subject: Subject, store: Store): Promise<void> {
  const stop = new AbortController();
  let writes = 0;
  const lost: string[] = [];
  const writer = async (id: number): Promise<void> => {
    for (let i = 0; !stop.signal.aborted; i++) {
      const key = `${i % 2 === 0 ? 'cache' : 'user'}:${id}:${i % 40}`;
      const mine = Buffer.from(JSON.stringify(i));
      // First as the clean-up wants to delete it (no TTL under a cache prefix), then as it must not.
      await store.put({ key, value: Buffer.from('"bait"'), ttlMs: 'never' });
      if (i % 5 === 0) continue;
      await store.put({ key, value: mine, ttlMs: i % 3 === 0 && key.startsWith('user:') ? 'never' : 60_000 });
      const entry = await store.get(key);
      if (entry?.value.equals(mine) !== true) lost.push(key);
      writes++;
      // Gone in a moment, and soon back to stay.
      await store.put({ key: `brief:${id}:${i % 20}`, value: mine, ttlMs: i % 40 < 20 ? 1 : 60_000 });
      if (i % 11 === 0) await store.delete(key);
    }
  };
  const writers = [1, 2, 3, 4].map(writer);
  let unlinked = 0;
  let forgotten = 0;
  const deadline = Date.now() + 20_000;
  try {
    for (let runs = 0; (runs < 40 || unlinked === 0 || forgotten === 0) && Date.now() < deadline; runs++) {
      const { counts, outcome, error } = await run(subject.store, {
        mode: runs % 3 === 0 ? 'expire' : 'unlink',
        batchSize: 20,
      });
      if (outcome === 'failed') throw error;
      unlinked += counts.unlinked + counts.softExpired;
      forgotten += counts.forgotten;
    }
  } finally {
    stop.abort();
    await Promise.all(writers);
  }
  assert.deepEqual(lost, []);
  assert.ok(
    writes > 100 && unlinked > 0 && forgotten > 0,
    `${writes} writes, ${unlinked} unlinked, ${forgotten} forgotten`,
  );
  // Nothing to repair afterwards: every entry is listed as it is, every listed entry is there or due.
  const { counts } = await runWell(subject.store, { mode: 'report' });
  assert.equal(counts.orphans + counts.unindexed + counts.wrongExpiry, 0);
}

test('Redis: writers at full speed never lose what they wrote to a clean-up that runs beside them', async (t) => {
  if (!(await wantRedisServer(t))) return;
  await using subject = await openRedisSubject();
  const settings = settingsOf('redis', { url: subject.server.url }).redis;
  const store = openRedisStore({ ...settings, clientName: 'storm', logger: silent });
  try {
    assert.ok(await whenUp(store, 5_000));
    await storm(subject, store);
  } finally {
    await store.close();
  }
});

test('SQLite: writers at full speed never lose what they wrote to a clean-up that runs beside them', async () => {
  await using subject = await openSqliteSubject();
  const store = openSqliteStore({ file: subject.file, busyTimeoutMs: 10_000, logger: silent });
  try {
    await storm(subject, store);
  } finally {
    await store.close();
  }
});
