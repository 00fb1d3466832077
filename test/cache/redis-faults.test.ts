import assert from 'node:assert/strict';
import dns from 'node:dns';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NearCache } from '../../src/cache/near-cache.ts';
import { redisKeys } from '../../src/cache/redis-keys.ts';
import type { ErrorCode } from '../../src/errors/catalogue.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { bytesHeld } from '../support/bytes-held.ts';
import { freePort, RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { pourAndKill } from './conformance/clients.ts';
import { settingsOf } from './support/open-for-test.ts';
import { isDown, isUp, put, readsAgain, redisStore } from './support/redis-store.ts';
import { another, json, listAll, putAll } from './support/subject.ts';

const unavailable = (error: unknown): boolean => isJourneyError(error, 'store-unavailable');

test('without a server it opens at once, fails fast, and is up by itself when one comes', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const port = await freePort();
  const store = redisStore(t, { url: `redis://127.0.0.1:${port}` });
  const start = performance.now();
  await assert.rejects(store.get('k'), unavailable);
  await isDown(store, /ECONNREFUSED/);
  for (let i = 0; i < 100; i++) await assert.rejects(store.get('k'), unavailable);
  assert.ok(performance.now() - start < 2_000);
  await RedisServer.start(t, { port });
  await isUp(store);
  assert.equal((await put(store, 'k')).outcome, 'created');
});

// redis/node-redis#3346, #3104, #2632: open, but never ready again.
test('killed with SIGKILL and restarted ten times, it is ready again each time', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  await put(store, 'k', 'kept');
  for (let i = 0; i < 10; i++) {
    await server.kill9();
    await isDown(store, /./);
    await assert.rejects(store.get('k'), unavailable);
    await server.restart();
    assert.deepEqual((await until('a read', () => store.get('k'))).value, json('kept'));
  }
});

test('connections that die in the middle of the handshake are tried again until one lives', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const proxy = await TcpProxy.start(t, server.port);
  for (const weather of ['cut', 'refuse', 'hole'] as const) {
    proxy.weather = weather;
    const before = proxy.accepted;
    const store = redisStore(t, { url: `redis://127.0.0.1:${proxy.port}` });
    await until('four attempts', () => proxy.accepted >= before + 4);
    assert.equal(store.status().up, false, weather);
    proxy.weather = 'pass';
    await isUp(store);
    proxy.reset();
    await isDown(store, /./);
    await isUp(store);
    await store.close();
    await until('no connection to be left', () => proxy.open === 0);
  }
});

// OpenCTI-Platform/opencti#7970: half-open connections that hang for 15 minutes.
test('a peer that vanished behind a live connection is found and replaced, idle or busy', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const proxy = await TcpProxy.start(t, server.port);
  const store = redisStore(t, { url: `redis://127.0.0.1:${proxy.port}` });
  for (const load of ['busy', 'idle']) {
    await isUp(store);
    const before = proxy.accepted;
    proxy.weather = 'hole';
    if (load === 'busy') await assert.rejects(Promise.all(Array.from({ length: 5 }, () => store.get('k'))));
    await isDown(store, /no answer within 250 ms|no connection/);
    proxy.weather = 'pass';
    await isUp(store);
    assert.ok(proxy.accepted > before, load);
  }
});

test('a server that hangs costs a few requests one deadline, not every request one', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  await put(store, 'k');
  server.pause();
  const waits: number[] = [];
  const end = performance.now() + 3_000;
  while (performance.now() < end) {
    const start = performance.now();
    await assert.rejects(store.get('k'), unavailable);
    waits.push(performance.now() - start);
    await sleep(5);
  }
  const slow = waits.filter((ms) => ms > 100).length;
  assert.ok(waits.length > 100 && slow <= 4, `${slow} of ${waits.length} requests waited`);
  server.resume();
  await readsAgain(store, 'k');
});

test('one slow answer is one deadline missed, and the connection is kept', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const proxy = await TcpProxy.start(t, server.port);
  const store = redisStore(t, { url: `redis://127.0.0.1:${proxy.port}` });
  await isUp(store);
  await server.command('CLIENT', 'PAUSE', '400', 'ALL');
  await assert.rejects(store.get('k'), (e) => unavailable(e) && /no answer within 250 ms/.test(String(e)));
  await readsAgain(store, 'k');
  assert.equal(proxy.accepted, 1);
});

test('a write that was sent but not answered says that its outcome is unknown; one not sent says so and is not', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  server.pause();
  // More than the kernel's buffers take, so that some wait in ours until their deadline.
  const megabyte = 'x'.repeat(1 << 20);
  const first = Array.from({ length: 40 }, (_, i) => `first-${i}`);
  const results = await Promise.allSettled(first.map((key) => put(store, key, megabyte)));
  const failed = (code: ErrorCode) =>
    first.filter((_, i) => results[i]?.status === 'rejected' && isJourneyError(results[i].reason, code));
  const unknown = failed('store-outcome-unknown');
  const unsent = failed('store-unavailable');
  assert.ok(unknown.length > 0 && unsent.length > 0, `${unknown.length} unknown, ${unsent.length} not sent`);
  assert.equal(unknown.length + unsent.length, 40);
  const later = Array.from({ length: 200 }, (_, i) => `later-${i}`);
  for (const key of later) await assert.rejects(put(store, key), unavailable, key);
  server.resume();
  await readsAgain(store, 'first-0');
  for (const key of [...unsent, ...later]) assert.equal(await store.get(key), undefined, `${key} was carried out`);
});

// redis/node-redis#1039, #932: the offline queue eats the memory and plays late writes.
test('while the server is away writes are neither queued nor carried out later, and memory stays flat', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  await server.kill9();
  await isDown(store, /./);
  const value = 'x'.repeat(10_000);
  for (let i = 0; i < 500; i++) await put(store, `warm-${i}`, value).catch(() => {});
  const before = bytesHeld();
  for (let i = 0; i < 5_000; i++) await assert.rejects(put(store, `late-${i}`, value), unavailable);
  const grown = bytesHeld() - before;
  assert.ok(grown < 10_000_000, `50 MB of writes refused, memory grew by ${grown}`);
  await server.restart();
  await isUp(store);
  assert.deepEqual(await listAll(store), []);
});

test('a server with appendfsync always, killed with SIGKILL under load, loses nothing it acknowledged', async (t) => {
  if (!(await wantRedisServer(t))) return;
  // With everysec this does not hold: while an fsync is slow the server answers before it has written to the AOF at all,
  // for up to two seconds (flushAppendOnlyFile in aof.c); this very test has lost a write that way on a busy disk.
  const server = await RedisServer.start(t, { args: ['--appendfsync', 'always'] });
  const settings = settingsOf('redis', { url: server.url });
  const acknowledged = await pourAndKill(t, settings, 500, () => server.kill9());
  await server.restart();
  const store = await another(t, settings);
  for (let i = 0; i <= acknowledged; i++) assert.ok(await store.get(`poured-${i}`), `poured-${i} is lost`);
});

// redis/node-redis#2667: ready, while the server answers LOADING.
test('a server that is still loading its data is not up, and says why', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const slowLoad = ['--key-load-delay', '500', '--loading-process-events-interval-bytes', '1024'];
  const server = await RedisServer.start(t, { args: slowLoad });
  const filling = redisStore(t, { url: server.url, commandTimeoutMs: 10_000 });
  await isUp(filling);
  await putAll(
    filling,
    Array.from({ length: 3_000 }, (_, i) => `key-${i}`),
  );
  // The delay applies to the RDB part of an AOF, so everything is moved there.
  await server.command('BGREWRITEAOF');
  const info = async (): Promise<string> => String(await server.command('INFO', 'persistence'));
  await until('the rewrite', async () =>
    /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/.test(await info()),
  );
  await until('the new base file', async () => /aof_base_size:[1-9]/.test(await info()));
  await server.restart({ ready: false });
  const store = redisStore(t, { url: server.url });
  await isDown(store, /LOADING/);
  await assert.rejects(store.get('key-1'), (e) => unavailable(e) && /LOADING/.test(String(e)));
  await isUp(store);
  assert.ok(await store.get('key-1'));
  assert.equal(filling.status().up || (await isUp(filling)), true);
});

test('coming back after a loss invalidates everything: others may have written meanwhile', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const proxy = await TcpProxy.start(t, server.port);
  const store = redisStore(t, { url: `redis://127.0.0.1:${proxy.port}` });
  await isUp(store);
  const told: unknown[] = [];
  const changes: boolean[] = [];
  store.onInvalidation((keys) => told.push(keys));
  store.onStatus(({ up }) => changes.push(up));
  proxy.reset();
  await until('down and up', () => changes.length === 2);
  assert.deepEqual([changes, told], [[false, true], ['all']]);
});

test('through the near cache an outage shows as stale answers, and is over when the server is back', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  // Nothing is fresh for long, so that every read asks the store first.
  const settings = { maxBytes: 1_000_000, nearTtlSeconds: 0, negativeTtlMs: 0, staleIfErrorSeconds: 60 };
  const cache = new NearCache({ store, settings, derive: (entry) => entry.value.toString(), derivedBytes: () => 0 });
  t.after(() => cache.close());
  await cache.put({ key: 'k', value: json('kept'), ttlMs: 'never' });
  assert.equal((await cache.get('k')).result, 'miss');
  await server.kill9();
  const stale = await until('a stale answer', async () => {
    const lookup = await cache.get('k');
    return lookup.result === 'stale' && lookup;
  });
  assert.deepEqual([stale.derived, stale.tier], ['"kept"', 'near']);
  assert.ok(stale.freshForMs <= 0, 'out of date for some time');
  await assert.rejects(cache.get('never read'), unavailable);
  await server.restart();
  await until('an answer from the store', async () => (await cache.get('k')).result === 'miss');
  assert.equal((await cache.get('never read')).entry, undefined);
});

// danny-avila/LibreChat#11086: 51 minutes on the address of a Pod that was gone.
test('the name is looked up anew at every connection', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const old = await RedisServer.start(t);
  let address = '127.0.0.1';
  const { lookup } = dns;
  t.mock.method(dns, 'lookup', (host: string, options: dns.LookupAllOptions, done: (...args: unknown[]) => void) => {
    if (host !== 'redis.journey.test') return lookup(host, options, done as never);
    if (options.all) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  });
  const store = redisStore(t, { url: `redis://redis.journey.test:${old.port}` });
  await isUp(store);
  await put(store, 'k', 'old');
  const moved = await RedisServer.start(t, { port: old.port, host: '127.0.0.2' });
  address = '127.0.0.2';
  await old.kill9();
  await until('an answer from the new address', async () => (await store.get('k')) === undefined);
  await put(store, 'k', 'new');
  assert.equal(await moved.command('HGET', redisKeys('journey').data('k'), 'value'), '"new"');
});

test('closing waits for what is in flight and leaves nothing behind', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const server = await RedisServer.start(t);
  const store = redisStore(t, { url: server.url });
  await isUp(store);
  const writes = Array.from({ length: 50 }, (_, i) => put(store, `k${i}`));
  await store.close();
  assert.ok((await Promise.all(writes)).every((result) => result.outcome === 'created'));
  await until(
    'no connection but the one that asks',
    async () => !String(await server.command('CLIENT', 'LIST')).includes('journey-test'),
  );
});
