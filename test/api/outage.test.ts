import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { startTestApi, type TestApi } from './support/start-test-api.ts';

async function startOnRedis(
  t: TestContext,
  env: Record<string, string> = {},
): Promise<{ redis: RedisServer; api: TestApi }> {
  const redis = await RedisServer.start(t);
  const api = await startTestApi(t, { JOURNEY_STORE_KIND: 'redis', JOURNEY_STORE_REDIS_URL: redis.url, ...env });
  await until('the store to be up', async () => (await api.ask('/readyz')).json.store.status === 'up');
  return { redis, api };
}

test('while Redis is away: alive, ready and degraded, stale reads marked, the rest 503, and all well after it is back', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const { redis, api } = await startOnRedis(t, { JOURNEY_CACHE_NEAR_TTL_SECONDS: '0.2' });
  await api.put({ key: 'known', value: 1 });
  assert.equal((await api.ask('/api/v1/data/known')).status, 200);
  await redis.kill9();
  const stale = await until('a stale answer', async () => {
    const answer = await api.ask('/api/v1/data/known');
    return String(answer.headers['cache-status']).includes('detail=') && answer;
  });
  assert.equal(stale.status, 200);
  assert.equal(stale.text, '{"key":"known","value":1}');
  assert.match(String(stale.headers['cache-status']), /^journey-near; hit; ttl=-\d+; detail="store unavailable"$/);
  const line = api.lines.findLast((l) => l['key'] === 'known' && l['msg'] === 'request completed');
  assert.deepEqual([line?.['tier'], line?.['cache']], ['near', 'stale']);

  assert.equal((await api.ask('/livez')).status, 200);
  const ready = await api.ask('/readyz');
  assert.deepEqual([ready.status, ready.json.status, ready.json.store.status], [200, 'degraded', 'down']);
  assert.ok(ready.json.store.reason.length > 0);
  for (const request of [
    '/api/v1/data/unknown',
    '/api/v1/data',
    '/api/v1/cleanup/runs',
    '/api/v1/cache/test',
    { method: 'DELETE', path: '/api/v1/data/known' },
  ]) {
    const answer = await api.ask(request);
    assert.deepEqual([answer.status, answer.json.code], [503, 'store-unavailable'], JSON.stringify(request));
    assert.equal(answer.headers['retry-after'], '1');
    assert.doesNotMatch(answer.text, /\.ts:|node_modules/);
  }
  const refused = await api.put({ key: 'lost', value: 1 });
  assert.deepEqual([refused.status, refused.json.code], [503, 'store-unavailable']);
  const metrics = (await api.ask('/metrics')).text;
  assert.match(metrics, /^journey_store_up\{store="redis"\} 0$/m);
  assert.match(metrics, /^journey_cache_requests_total\{tier="near",result="stale"\} [1-9]/m);
  assert.match(metrics, /^journey_store_command_duration_seconds_count\{command="get",outcome="error"\} [1-9]/m);
  assert.equal((await api.ask('/api/v1/cache/stats')).json.store.up, false);

  await redis.restart();
  await until('the store to be up', async () => (await api.ask('/readyz')).json.status === 'ready');
  assert.equal((await api.ask('/api/v1/data/lost')).status, 404, 'a refused write is not carried out later');
  assert.equal((await api.put({ key: 'known', value: 2 })).status, 200);
  assert.equal((await api.ask('/api/v1/cache/test')).json.ok, true);
  assert.match((await api.ask('/metrics')).text, /^journey_store_up\{store="redis"\} 1$/m);
  assert.ok(api.lines.some((l) => l['msg'] === 'store down') && api.lines.some((l) => l['msg'] === 'store up'));
});

test('a Redis that hangs costs a request the command deadline, not more', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const { redis, api } = await startOnRedis(t);
  redis.pause();
  const started = performance.now();
  const answer = await api.ask('/api/v1/data/unknown');
  assert.equal(answer.status, 503);
  assert.ok(performance.now() - started < 5_000, `${performance.now() - started} ms`);
  assert.equal((await api.ask('/livez')).status, 200);
  redis.resume();
});

test('with readiness.requireStore a lost store makes the replica unready, and never dead', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const { redis, api } = await startOnRedis(t, { JOURNEY_READINESS_REQUIRE_STORE: 'true' });
  assert.equal((await api.ask('/readyz')).status, 200);
  await redis.kill9();
  const unready = await until('readiness to fail', async () => {
    const answer = await api.ask('/ready');
    return answer.status === 503 && answer;
  });
  assert.equal(unready.json.status, 'not-ready');
  assert.equal((await api.ask('/health')).status, 200);
});

test('the API starts and serves without Redis, and uses it once it is there', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const redis = await RedisServer.start(t);
  await redis.kill9();
  const api = await startTestApi(t, { JOURNEY_STORE_KIND: 'redis', JOURNEY_STORE_REDIS_URL: redis.url });
  assert.equal((await api.ask('/readyz')).json.status, 'degraded');
  assert.equal((await api.put({ key: 'k', value: 1 })).status, 503);
  await redis.restart();
  await until('the store to be up', async () => (await api.ask('/readyz')).json.status === 'ready');
  assert.equal((await api.put({ key: 'k', value: 1 })).status, 201);
});

test('a full Redis answers writes with 507 and goes on answering reads', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const { redis, api } = await startOnRedis(t);
  await api.put({ key: 'kept', value: 'v' });
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const full = await api.put({ key: 'more', value: 'v' });
  assert.deepEqual([full.status, full.json.code], [507, 'store-full']);
  assert.equal((await api.ask('/api/v1/data/kept')).status, 200);
});

test('the password of Redis is in no answer and no log line', async (t) => {
  if (!(await wantRedisServer(t))) return;
  const password = 'swordfish-d41d8cd9';
  const redis = await RedisServer.start(t, { password });
  const { writeFile } = await import('node:fs/promises');
  const passwordFile = `${redis.folder}/password`;
  await writeFile(passwordFile, password);
  const api = await startTestApi(t, {
    JOURNEY_STORE_KIND: 'redis',
    JOURNEY_STORE_REDIS_URL: redis.url,
    JOURNEY_STORE_REDIS_PASSWORD_FILE: passwordFile,
  });
  await until('the store to be up', async () => (await api.ask('/readyz')).json.store.status === 'up');
  await api.put({ key: 'k', value: 1 });
  const answers = [];
  for (const path of [
    '/api/v1/config',
    '/api/v1/info',
    '/metrics',
    '/readyz',
    '/api/v1/cache/stats',
    '/openapi.json',
  ]) {
    answers.push((await api.ask(path)).text);
  }
  assert.doesNotMatch(answers.join('\n') + JSON.stringify(api.lines), new RegExp(password));
});
