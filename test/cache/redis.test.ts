import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openStore, whenUp } from '../../src/cache/open-store.ts';
import { openRedisStore } from '../../src/cache/redis.ts';
import { bucketOf, buckets, redisKeys } from '../../src/cache/redis-keys.ts';
import { listRedis } from '../../src/cache/redis-list.ts';
import { storeCommandsForAcl } from '../../src/cache/redis-script.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { noTls, settingsOf, silent } from './support/open-for-test.ts';
import { isDown, isUp, patientRedisStore, put, redisConnection } from './support/redis-store.ts';
import { json, listAll } from './support/subject.ts';

const keys = redisKeys('journey');

function secretFile(t: TestContext, content: string): { readonly path: string; write(content: string): void } {
  const folder = mkdtempSync(join(tmpdir(), 'journey-secret-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'password');
  const write = (text: string): void => writeFileSync(path, text);
  write(content);
  return { path, write };
}

test('an entry lies in Redis as the key layout says, and a learner can read it', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = patientRedisStore(t, { url: server.url });
  await isUp(store);
  const key = 'a:b {x} 键';
  const bucket = bucketOf(key);
  const result = await store.put({ key, value: json({ a: 1 }), ttlMs: 60_000 });
  assert.ok(result.outcome === 'created');
  const { etag, updatedAt, expiresAt } = result.entry;
  const data = `journey:{${String(bucket).padStart(2, '0')}}:data:${key}`;
  assert.equal(keys.data(key), data);
  assert.deepEqual(
    { ...((await server.command('HGETALL', data)) as object) },
    { value: '{"a":1}', etag, updated: String(updatedAt) },
  );
  assert.equal(await server.command('PEXPIRETIME', data), expiresAt);
  assert.deepEqual(await server.command('ZRANGE', keys.index(bucket), '0', '-1', 'WITHSCORES'), [[key, 0]]);
  assert.deepEqual(await server.command('ZRANGE', keys.expiry(bucket), '0', '-1', 'WITHSCORES'), [[key, expiresAt]]);

  await store.put({ key, value: json(2), ttlMs: 'never' });
  assert.equal(await server.command('EXISTS', keys.expiry(bucket)), 0);
  assert.equal(await server.command('PTTL', data), -1);
  await store.put({ key, value: json(2), ttlMs: 1 });
  await until('expiry', async () => (await store.get(key)) === undefined);
  assert.deepEqual(await server.command('KEYS', '*').then((all) => (all as string[]).sort()), [
    keys.expiry(bucket),
    keys.index(bucket),
  ]);
  await store.put({ key, value: json(3), ttlMs: 'keep' });
  assert.equal(await server.command('EXISTS', keys.expiry(bucket)), 0, 'the expiry of the dead entry went with it');
  await store.delete(key);
  assert.equal(await server.command('DBSIZE'), 0);
});

test('buckets are stable, even and share a cluster slot with their indexes', () => {
  assert.deepEqual(
    ['', 'a', 'key-1', '键', '🚀'].map(bucketOf),
    [0, 3, 10, 12, 6],
    'another function would lose sight of stored data',
  );
  const counts = Array<number>(buckets.length).fill(0);
  for (let i = 0; i < 16_000; i++) counts[bucketOf(`key-${i}`)] = (counts[bucketOf(`key-${i}`)] ?? 0) + 1;
  assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1_200, String(counts));
  const tag = (key: string): string | undefined => /\{([^}]+)\}/.exec(key)?.[1];
  for (const key of ['{}', '}{', 'a{99}b', 'plain']) {
    const bucket = bucketOf(key);
    assert.deepEqual(new Set([keys.data(key), keys.index(bucket), keys.expiry(bucket)].map(tag)).size, 1, key);
  }
});

test('a server that has forgotten the scripts is taught again', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = patientRedisStore(t, { url: server.url });
  await isUp(store);
  await put(store, 'k');
  await server.command('SCRIPT', 'FLUSH');
  assert.equal((await put(store, 'k')).outcome, 'updated');
  await server.command('SCRIPT', 'FLUSH');
  assert.ok(await store.get('k'));
});

// open-mercato/open-mercato#2372: OOM became HTTP 500.
test('a full server answers store-full; reads, lists and deletes work, nothing is half written', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t, { args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] });
  const store = patientRedisStore(t, { url: server.url });
  await isUp(store);
  let stored = 0;
  await assert.rejects(
    async () => {
      for (; ; stored++) await put(store, `key-${stored}`, 'x'.repeat(50_000));
    },
    (e) => isJourneyError(e, 'store-full') && e.kind.status === 507,
  );
  assert.ok(stored > 5);
  assert.equal(store.status().up, true);
  assert.equal(await store.get(`key-${stored}`), undefined);
  assert.equal((await listAll(store)).length, stored);
  const totals = await Promise.all(buckets.map((bucket) => server.command('ZCARD', keys.index(bucket))));
  assert.equal(
    totals.map(Number).reduce((sum, n) => sum + n),
    stored,
    'the refused write left no index member',
  );
  for (let i = 0; i < 5; i++) assert.equal(await store.delete(`key-${i}`), 'deleted');
  await until('room again', async () => (await put(store, 'small')).outcome === 'created');
});

test('a replica answers reads, and store-read-only to writes', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const primary = await RedisServer.start(t);
  const first = patientRedisStore(t, { url: primary.url });
  await isUp(first);
  await put(first, 'k', 'here');
  const replica = await RedisServer.start(t, { args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  const store = patientRedisStore(t, { url: replica.url });
  await isUp(store);
  await until('replication', () => store.get('k'));
  await assert.rejects(put(store, 'k'), (e) => isJourneyError(e, 'store-read-only'));
  await assert.rejects(store.delete('k'), { code: 'store-read-only' });
  assert.deepEqual(await listAll(store), ['k']);
});

test('a key of ours that holds something else is reported and left alone', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = patientRedisStore(t, { url: server.url });
  await isUp(store);
  const foreign = (where: string) => (e: unknown) =>
    isJourneyError(e, 'store-foreign') && e.message.includes(where) && e.message.includes('store.redis.keyPrefix');
  const bucket = bucketOf('k');
  for (const [where, ...command] of [
    [keys.data('k'), 'SET', keys.data('k'), 'theirs'],
    [keys.data('k'), 'HSET', keys.data('k'), 'theirs', '1'],
    [keys.index(bucket), 'SADD', keys.index(bucket), 'theirs'],
    [keys.expiry(bucket), 'RPUSH', keys.expiry(bucket), 'theirs'],
  ] as [string, ...string[]][]) {
    await server.command('FLUSHALL');
    await server.command(...command);
    const before = await server.command('DUMP', where);
    await assert.rejects(put(store, 'k'), foreign(where));
    await assert.rejects(store.delete('k'), foreign(where));
    if (where === keys.data('k')) await assert.rejects(store.get('k'), foreign(where));
    if (where === keys.index(bucket)) await assert.rejects(store.list({ prefix: '', limit: 1 }), foreign(where));
    assert.deepEqual(await server.command('DUMP', where), before);
    assert.equal(await server.command('DBSIZE'), 1, 'nothing else was written');
  }
  // In the way of a listing it is passed over: one strange key must not hide all others.
  await server.command('FLUSHALL');
  await put(store, 'a');
  await server.command('SET', keys.data('b'), 'theirs');
  await server.command('ZADD', keys.index(bucketOf('b')), '0', 'b');
  assert.deepEqual(await listAll(store), ['a']);
});

test('an ACL user with nothing but the listed commands on our prefix can do everything', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const secret = secretFile(t, 'api-password\n');
  const allowed = storeCommandsForAcl.map((command) => `+${command}`);
  await server.command(
    'ACL',
    'SETUSER',
    'api',
    'on',
    '>api-password',
    'resetkeys',
    `~${keys.pattern}`,
    'nocommands',
    ...allowed,
  );
  const store = patientRedisStore(t, { url: server.url, user: 'api', passwordFile: secret.path });
  await isUp(store);
  await store.put({ key: 'k', value: json(1), ttlMs: 60_000 });
  await store.put({ key: 'k', value: json(1), ttlMs: 'never', precondition: { ifMatch: '*' } });
  await store.put({ key: 'k', value: json(1), ttlMs: 'keep' });
  assert.ok(await store.get('k'));
  assert.deepEqual(await listAll(store), ['k']);
  await store.delete('k');
  await store.ping();
  const counts = {};
  await store.recordCleanupRun({
    id: '1',
    mode: 'report',
    startedAt: 1,
    durationMs: 1,
    outcome: 'done',
    reason: undefined,
    counts,
  });
  assert.equal((await store.cleanupRuns(10)).length, 1);
  assert.match(String(await server.command('CLIENT', 'LIST')), /name=journey-test .*user=api /);

  await server.command('ACL', 'SETUSER', 'api', '-hset');
  const refused = (e: unknown): boolean => isJourneyError(e, 'store-credentials') && e.kind.exitCode === 77;
  await assert.rejects(put(store, 'k'), refused, 'a right that is missing inside a script');
  const elsewhere = patientRedisStore(t, {
    url: server.url,
    user: 'api',
    passwordFile: secret.path,
    keyPrefix: 'other',
  });
  await isUp(elsewhere);
  await assert.rejects(put(elsewhere, 'k'), refused, 'a key outside the prefix');
});

// redis-rb/redis-client#274, redis/node-redis#1028, #2857: a failed AUTH left a connected client behind.
test('a wrong, missing or unreadable password says so, and the right one is picked up without a restart', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t, { password: 'right' });
  const secret = secretFile(t, 'wrong');
  const refused = (e: unknown): boolean => isJourneyError(e, 'store-credentials') && e.kind.exitCode === 77;

  const nothing = patientRedisStore(t, { url: server.url });
  await isDown(nothing, /NOAUTH/);
  await assert.rejects(nothing.get('k'), refused);
  const lost = patientRedisStore(t, { url: server.url, passwordFile: '/nonexistent/password' });
  await isDown(lost, /password file cannot be read/);
  await assert.rejects(lost.ping(), refused);

  const store = patientRedisStore(t, { url: server.url, passwordFile: secret.path });
  await isDown(store, /WRONGPASS/);
  await assert.rejects(put(store, 'k'), refused);
  secret.write('right\n');
  await isUp(store);
  await put(store, 'k');

  await server.command('CONFIG', 'SET', 'requirepass', 'rotated');
  server.password = 'rotated';
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await isDown(store, /WRONGPASS/);
  secret.write('rotated\r\n');
  await isUp(store);
  assert.ok(await store.get('k'));
});

test('settings that can never work are refused at once', () => {
  const settings = { user: '', passwordFile: '', commandTimeoutMs: 1, connectTimeoutMs: 1, keyPrefix: 'journey' };
  const rest = { ...settings, ...noTls, clientName: 'x', logger: silent };
  assert.throws(() => openRedisStore({ ...rest, url: 'tcp://10.0.0.1:6379' }), { code: 'config-invalid' });
  assert.throws(
    () => openRedisStore({ ...rest, url: 'redis://redis', user: 'api' }),
    (e) => isJourneyError(e, 'config-invalid') && e.message.includes('passwordFile'),
  );
  const names = (expected: RegExp) => (e: unknown) => isJourneyError(e, 'config-invalid') && expected.test(e.message);
  const certFile = 'client.pem';
  assert.throws(() => openRedisStore({ ...rest, url: 'rediss://redis', certFile }), names(/^store\.redis\.keyFile/));
  assert.throws(() => openRedisStore({ ...rest, url: 'redis://redis', caFile: 'ca.pem' }), names(/write rediss:/));
});

test('whenUp answers by its deadline, and at once when aborted', async (t) => {
  const settings = settingsOf('redis', { url: 'redis://127.0.0.1:1' });
  const store = await openStore({ settings, clientName: 'journey-test', logger: silent });
  t.after(() => store.close());
  assert.equal(await whenUp(store, 30), false);
  const leaving = new AbortController();
  const waiting = whenUp(store, 60_000, leaving.signal);
  leaving.abort();
  assert.equal(await waiting, false);
  assert.equal(await whenUp(store, 60_000, AbortSignal.abort()), false);
});

test('pages stay right and in time when very many index members have outlived their entries', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const connection = redisConnection(t, { url: server.url });
  await until('the connection', () => connection.status().up);
  for (const bucket of buckets) {
    const members = Array.from({ length: 200_000 }, (_, i) => `dead-${i}`).filter((key) => bucketOf(key) === bucket);
    await connection.command(['ZADD', keys.index(bucket), ...members.flatMap((key) => ['0', key])], { writes: true });
  }
  const store = patientRedisStore(t, { url: server.url, commandTimeoutMs: 10_000 });
  await isUp(store);
  const alive = ['a', 'dead-1-alive', 'dead-9999-alive', 'z'];
  for (const key of alive) await put(store, key);
  assert.deepEqual(await listAll(store, { limit: 2 }), alive);

  // With no time at all each page ends after one round, and still no entry is lost or shown twice.
  const seen: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await listRedis(
      connection,
      keys,
      { prefix: '', limit: 3, ...(after === undefined ? {} : { after }) },
      0,
    );
    seen.push(...page.entries.map((entry) => entry.key));
    after = page.next;
    pages++;
  } while (after !== undefined);
  assert.deepEqual(seen, alive);
  assert.ok(pages > 5, `${pages} pages`);
});
