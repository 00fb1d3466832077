import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { bucketOf } from '../../src/cache/redis-keys.ts';
import { cleanupCommandsForAcl } from '../../src/cleanup-job/redis/acl.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type StartRedisOptions, wantRedisServer } from '../support/redis-server.ts';
import { keys, openRedisSubject, type RedisSubject } from './redis-subject.ts';
import { between, run, runWell } from './subject.ts';

function check(title: string, body: (subject: RedisSubject) => Promise<void>, options: StartRedisOptions = {}): void {
  test(title, async (t) => {
    if (!(await wantRedisServer(t))) return;
    await using subject = await openRedisSubject(options);
    await body(subject);
  });
}

const indexOf = (key: string): string => keys.index(bucketOf(key));
const expiryOf = (key: string): string => keys.expiry(bucketOf(key));

check('index entries of a key that Redis expired by itself are found and removed', async ({ client, store, ...s }) => {
  for (let i = 0; i < 50; i++) await s.put(`k${i}`, { ttlMs: 1 });
  await s.put('alive', { ttlMs: 60_000 });
  const deadline = Date.now() + 5_000;
  while ((await s.read('k49')) !== undefined) assert.ok(Date.now() < deadline);
  const { counts } = await runWell(store, { mode: 'expire' });
  assert.deepEqual([counts.expiredIndexEntries, counts.forgotten, counts.orphans], [50, 50, 0]);
  for (let i = 0; i < 50; i++) assert.equal(await s.traces(`k${i}`), false);
  assert.ok(await s.read('alive'));
  assert.notEqual(await client.zScore(expiryOf('alive'), 'alive'), null);
});

check('index entries without data are removed, with and without an expiry entry', async ({ client, store, ...s }) => {
  for (const key of ['a', 'b', 'c']) await s.put(key, key === 'b' ? { ttlMs: 60_000 } : {});
  await client.del([keys.data('a'), keys.data('b')]);
  const report = await runWell(store);
  assert.deepEqual([report.counts.orphans, report.counts.forgotten], [2, 0]);
  const { counts } = await runWell(store, { mode: 'unlink' });
  assert.deepEqual([counts.orphans, counts.forgotten, counts.unlinked], [2, 2, 0]);
  assert.deepEqual([await s.traces('a'), await s.traces('b'), await s.traces('c')], [false, false, true]);
});

check('live data that no index knows is put back into the index, not deleted', async ({ client, store, ...s }) => {
  await s.put('user:1');
  await s.put('user:2', { ttlMs: 60_000 });
  for (const key of ['user:1', 'user:2']) {
    await client.zRem(indexOf(key), key);
    await client.zRem(expiryOf(key), key);
  }
  assert.equal((await runWell(store)).counts.unindexed, 2);
  const { counts } = await runWell(store, { mode: 'unlink' });
  assert.deepEqual([counts.reindexed, counts.unlinked, counts.forgotten], [2, 0, 0]);
  assert.equal(await client.zScore(indexOf('user:1'), 'user:1'), 0);
  assert.equal(await client.zScore(indexOf('user:2'), 'user:2'), 0);
  assert.equal(await client.zScore(expiryOf('user:1'), 'user:1'), null);
  assert.equal(await client.zScore(expiryOf('user:2'), 'user:2'), (await s.read('user:2'))?.expiresAt);
  assert.equal((await runWell(store)).counts.matched, 0);
});

check('unlisted data that is deleted between look and act is not listed', async ({ client, store, ...s }) => {
  await s.put('user:1');
  await client.zRem(indexOf('user:1'), 'user:1');
  const meddled = between(store, () => s.delete('user:1'));
  const { counts } = await runWell(meddled, { mode: 'expire' });
  assert.deepEqual([counts.unindexed, counts.reindexed, counts.leftAlone, await s.traces('user:1')], [1, 0, 1, false]);
});

check(
  'an expiry index that disagrees with the key is set right, in every direction',
  async ({ client, store, ...s }) => {
    const soon = Date.now() + 60_000;
    for (const key of ['late', 'early', 'missing']) await s.put(key, { ttlMs: 60_000 });
    for (const key of ['never', 'never-due']) await s.put(key);
    await client.zAdd(expiryOf('late'), { score: soon + 99_000, value: 'late' });
    await client.zAdd(expiryOf('early'), { score: 1, value: 'early' });
    await client.zRem(expiryOf('missing'), 'missing');
    await client.zAdd(expiryOf('never'), { score: soon, value: 'never' });
    await client.zAdd(expiryOf('never-due'), { score: 1, value: 'never-due' });
    assert.equal((await runWell(store)).counts.wrongExpiry, 5);
    const { counts } = await runWell(store, { mode: 'unlink' });
    assert.deepEqual([counts.wrongExpiry, counts.reindexed, counts.unlinked, counts.forgotten], [5, 5, 0, 0]);
    for (const key of ['late', 'early', 'missing', 'never', 'never-due']) {
      const at = await s.read(key);
      assert.ok(at, key);
      assert.equal(await client.zScore(expiryOf(key), key), at.expiresAt ?? null, key);
    }
  },
);

check('raw keys of every type under a cache prefix: counted, softly expired, deleted; others untouched', async (s) => {
  const { client, store } = s;
  const lay = async (): Promise<void> => {
    await client.set('cache:string', 'x');
    await client.rPush('cache:list', 'x');
    await client.hSet('cache:hash', 'f', 'x');
    await client.zAdd('cache:zset', { score: 1, value: 'x' });
    await client.xAdd('cache:stream', '*', { f: 'x' });
    await client.set(Buffer.from('cache:\xff\xfe\x00', 'latin1'), 'not UTF-8');
    await client.set('cache:with-ttl', 'x', { expiration: { type: 'EX', value: 999 } });
    await client.set('cachex', 'x');
    await client.set('session:1', 'x');
  };
  await lay();
  const before = await s.dump();
  assert.equal((await runWell(store)).counts.noTtl, 6);
  assert.deepEqual(await s.dump(), before);
  const soft = await runWell(store, { mode: 'expire', graceSeconds: 100 });
  assert.equal(soft.counts.softExpired, 6);
  assert.ok((await client.ttl('cache:list')) > 90);
  assert.ok((await client.ttl(Buffer.from('cache:\xff\xfe\x00', 'latin1'))) > 90);
  assert.ok((await client.ttl('cache:with-ttl')) > 900);
  await lay();
  // Plain SET dropped the grace period of two of them again: the leak this rule is about.
  const hard = await runWell(store, { mode: 'unlink' });
  assert.deepEqual([hard.counts.noTtl, hard.counts.unlinked], [2, 2]);
  assert.deepEqual(await client.exists(['cache:string', 'cache:list', 'cache:with-ttl', 'cachex', 'session:1']), 4);
});

check('a raw key in use is not deleted: its EXPIRE may be on its way', async ({ client, store }) => {
  await client.set('cache:new', 'x');
  const { counts } = await runWell(store, { mode: 'unlink', minIdleSeconds: 60 });
  assert.deepEqual([counts.noTtl, counts.unlinked, counts.leftAlone], [1, 0, 1]);
  assert.equal(await client.exists('cache:new'), 1);
});

check('under an LFU policy, where idle times are not known, no raw key is deleted', async ({ client, store }) => {
  await client.configSet('maxmemory-policy', 'allkeys-lfu');
  await client.set('cache:new', 'x');
  const { counts } = await runWell(store, { mode: 'unlink', minIdleSeconds: 1 });
  assert.deepEqual([counts.unlinked, counts.leftAlone], [0, 1]);
  assert.equal((await runWell(store, { mode: 'expire' })).counts.softExpired, 1);
});

check('a raw key that got a TTL or is gone between look and act is left alone', async ({ client, store }) => {
  for (const key of ['cache:ttl', 'cache:gone', 'cache:same']) await client.set(key, 'x');
  const meddled = between(store, async () => {
    await client.expire('cache:ttl', 500);
    await client.del('cache:gone');
  });
  const { counts } = await runWell(meddled, { mode: 'unlink' });
  assert.deepEqual([counts.unlinked, counts.leftAlone], [1, 2]);
  assert.equal(await client.exists('cache:ttl'), 1);
});

check('our own indexes, lock and records are never taken for data, whatever the prefixes', async (s) => {
  await s.put('user:1');
  await s.client.lPush(keys.cleanupRuns, '{}');
  await s.client.set('journey:{99}:data:x', 'a bucket there is not');
  await s.client.set('journeys', 'not ours');
  const { counts } = await runWell(s.store, { mode: 'unlink', cachePrefixes: ['journey', 'j'] });
  assert.deepEqual([counts.unlinked, await s.client.exists('journeys')], [1, 0]);
  assert.ok(await s.read('user:1'));
  assert.equal(await s.client.exists([keys.cleanupRuns, indexOf('user:1'), 'journey:{99}:data:x']), 3);
});

check('data in a bucket where the store does not look is reported and left alone', async ({ client, store }) => {
  const wrong = (bucketOf('cache:x') + 1) % 16;
  const key = `${keys.dataPrefix(wrong)}cache:x`;
  await client.hSet(key, { value: '1', etag: '"x"', updated: '1' });
  const { counts } = await runWell(store, { mode: 'unlink', retention: [{ prefix: '', maxAgeSeconds: 1 }] });
  assert.deepEqual([counts.misplaced, counts.matched, await client.exists(key)], [1, 0, 1]);
});

check('a string under the name of an entry has no age and is not taken for an old one', async ({ client, store }) => {
  await client.set(keys.data('user:odd'), 'not a hash');
  const { counts } = await runWell(store, { mode: 'unlink', retention: [{ prefix: '', maxAgeSeconds: 1 }] });
  assert.deepEqual([counts.retention, counts.unindexed, await client.exists(keys.data('user:odd'))], [0, 1, 1]);
});

check('a full Redis can still be cleaned', async (s) => {
  for (let i = 0; i < 50; i++) await s.put(`cache:${i}`);
  await s.leaveRemains('user:gone');
  await s.client.zRem(indexOf('cache:0'), 'cache:0');
  await s.put('user:unlisted');
  await s.client.zRem(indexOf('user:unlisted'), 'user:unlisted');
  await s.client.configSet({ 'maxmemory-policy': 'noeviction', maxmemory: '1000' });
  await assert.rejects(s.client.set('x', 'y'), /OOM/);
  const partial = await runWell(s.store, { mode: 'unlink', maxScan: 70, batchSize: 10 });
  assert.equal(partial.outcome, 'partial');
  const rest = await runWell(s.store, { mode: 'unlink' });
  assert.equal(partial.counts.unlinked + rest.counts.unlinked, 50);
  assert.equal(partial.counts.reindexed + rest.counts.reindexed, 1);
});

check('cursors go through as 64-bit strings', async (s) => {
  await s.put('user:1');
  const options = { limit: 10, now: Date.now(), versions: false, measure: false, rawPrefixes: [] };
  // 2^64 − 1 as a JavaScript number would be sent as 18446744073709552000, which Redis refuses.
  const page = await s.store.page('keys', '18446744073709551615', options);
  assert.equal(typeof (page.next ?? ''), 'string');
});

check('a position from before a restart of the server is not taken up', async (s) => {
  for (let i = 0; i < 200; i++) await s.put(`cache:${i}`);
  await runWell(s.store, { mode: 'expire', maxScan: 250, batchSize: 20 });
  const saved = await s.store.loadCheckpoint();
  assert.ok(saved);
  await s.store.saveCheckpoint(saved.replace(/"basis":"[^"]*"/, '"basis":"another-process"'), 60_000);
  const { counts } = await runWell(s.store, { mode: 'expire' });
  assert.equal(counts.batches >= 16 + 16 + 1, true, 'it began with the first pass');
  await s.store.saveCheckpoint('{"damaged', 60_000);
  assert.equal((await runWell(s.store, { mode: 'expire' })).outcome, 'done');
});

check(
  'a slow store gets pauses, a brisk one none',
  async (s) => {
    for (let i = 0; i < 120; i++) await s.put(`user:${i}`);
    const slow = new Proxy(s.store, {
      get(target, name) {
        if (name === 'ping') return async () => 40;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (name !== 'page') return member.bind(target);
        return async (...args: unknown[]) => {
          await s.client.sendCommand(['DEBUG', 'SLEEP', '0.02']);
          return member.apply(target, args);
        };
      },
    });
    assert.ok((await runWell(slow, { batchSize: 5, maxPingMs: 30 })).counts.backoffs > 0);
    assert.equal((await runWell(slow, { batchSize: 5, maxPingMs: 50 })).counts.backoffs, 0);
  },
  { args: ['--enable-debug-command', 'local'] },
);

check(
  'as a user with exactly the documented permissions everything works; with one less, it says whose fault it is',
  async (s) => {
    const folder = mkdtempSync(join(tmpdir(), 'journey-acl-'));
    try {
      const passwordFile = join(folder, 'password');
      writeFileSync(passwordFile, 'secret\n');
      const rules = [
        'on',
        '>secret',
        '~journey:*',
        '~cache:*',
        ...cleanupCommandsForAcl.map((command) => `+${command}`),
      ];
      await s.client.sendCommand(['ACL', 'SETUSER', 'cleanup', 'reset', ...rules]);
      const lay = async (): Promise<void> => {
        await s.put('cache:a');
        await s.put('log:old', { updatedAt: 1 });
        await s.leaveRemains('user:gone');
        await s.put('user:unlisted');
        await s.client.zRem(indexOf('user:unlisted'), 'user:unlisted');
        await s.client.set('cache:raw', 'x');
        await s.client.set('foreign', 'x');
      };
      const store = await s.another({ user: 'cleanup', passwordFile });
      for (const mode of ['report', 'expire', 'unlink'] as const) {
        await lay();
        const { counts } = await runWell(store, {
          mode,
          retention: [{ prefix: 'log:', maxAgeSeconds: 1 }],
          minIdleSeconds: 0,
        });
        assert.equal(counts.matched, 5, mode);
      }
      await lay();
      await s.client.sendCommand(['ACL', 'SETUSER', 'cleanup', '-unlink']);
      const refused = await run(store, { mode: 'unlink' });
      assert.ok(isJourneyError(refused.error, 'store-credentials'), String(refused.error));
      assert.equal(refused.error.kind.exitCode, 77);
      assert.equal((await run(store, { mode: 'report' })).outcome, 'done', 'a report needs no such permission');
      await store.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

check('a report works for a user who may not write at all', async (s) => {
  const folder = mkdtempSync(join(tmpdir(), 'journey-acl-'));
  try {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'secret');
    await s.client.sendCommand(['ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@all', '-@write']);
    await s.put('cache:a');
    await s.leaveRemains('user:gone');
    const store = await s.another({ user: 'reader', passwordFile });
    assert.equal((await runWell(store)).counts.matched, 2);
    assert.ok(isJourneyError((await run(store, { mode: 'expire' })).error, 'store-credentials'));
    await store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
