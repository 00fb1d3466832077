import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import { silent } from '../cache/support/open-for-test.ts';
import { runProgram } from '../cleanup-job/run-program.ts';
import { RedisServer, wantRedisServer } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { follow } from './support/event-stream.ts';
import { startTestApi } from './support/start-test-api.ts';

/** A folder as the kubelet mounts a ConfigMap: the file is reached over `..data`, which a change swaps. */
function configMap(folder: string): { file: string; publish(text: string): void } {
  let version = 0;
  return {
    file: join(folder, 'config.yaml'),
    publish(text) {
      const name = `..v${++version}`;
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'config.yaml'), text);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      if (version === 1) symlinkSync('..data/config.yaml', join(folder, 'config.yaml'));
    },
  };
}

suite('configuration', () => {
  test('each value has its source; a swap applies, a bad one is refused and shown, and what needs a restart waits', async (t) => {
    const map = configMap(tempFolder(t));
    map.publish('limits: {maxTtlSeconds: 100}\n');
    const api = await startTestApi(t, {}, { configFile: map.file });
    const shown = async () => (await api.ask('/api/v1/config')).json;
    const setting = async (path: string) => (await shown()).settings.find((s: { path: string }) => s.path === path);
    const first = await shown();
    assert.equal(first.file, map.file);
    assert.equal(first.lastRejected, null);
    assert.deepEqual(
      [
        (await setting('limits.maxTtlSeconds')).source,
        (await setting('server.port')).source,
        (await setting('limits.maxKeyBytes')).source,
      ],
      ['file', 'environment', 'default'],
    );
    const stream = await follow(api.port);
    const put = async (ttl: number) => (await api.put({ key: 'k', value: 1, ttl })).status;
    assert.equal(await put(101), 400);

    for (const [round, max] of [200, 300, 400].entries()) {
      map.publish(`limits: {maxTtlSeconds: ${max}}\nstore: {redis: {keyPrefix: other}}\n`);
      await stream.next(
        'config.reloaded',
        (e) => e.data.hash !== first.hash && e.data.applied.includes('limits.maxTtlSeconds'),
      );
      await until('the new limit', async () => (await setting('limits.maxTtlSeconds')).value === max);
      assert.notEqual(await put(max), 400);
      assert.equal(await put(max + 1), 400, `round ${round}`);
    }
    const pending = await setting('store.redis.keyPrefix');
    assert.deepEqual([pending.value, pending.needsRestart], ['journey', true], 'the running value');
    assert.deepEqual((await shown()).pendingRestart, ['store.redis.keyPrefix']);

    map.publish('limits: {maxTtlSeconds: [}\n');
    await stream.next('config.rejected');
    const rejected = await shown();
    assert.match(rejected.lastRejected.reason, /line 1/);
    assert.equal((await setting('limits.maxTtlSeconds')).value, 400, 'the last good one stays');
    map.publish('limits: {maxTtlSecond: 5}\n');
    await until('the next refusal', async () =>
      /did you mean 'limits\.maxTtlSeconds'/.test((await shown()).lastRejected.reason),
    );
    unlinkSync(map.file);
    await until(
      'the missing file to be noticed',
      async () => /no such file/.test((await shown()).lastRejected.reason),
      20_000,
    );
    assert.equal(await put(400), 200);
    const metrics = (await api.ask('/metrics')).text;
    assert.match(metrics, /^journey_config_reloads_total\{result="applied"\} 3$/m);
    assert.match(metrics, /^journey_config_reloads_total\{result="rejected"\} 3$/m);
    stream.close();
  });

  test('log level and near cache follow a reload; credentials in an address are not shown', async (t) => {
    const map = configMap(tempFolder(t));
    map.publish('logLevel: info\n');
    const api = await startTestApi(
      t,
      {
        JOURNEY_LOG_LEVEL: undefined as unknown as string,
        JOURNEY_STORE_REDIS_URL: 'redis://me:hunter2@127.0.0.1:1/0',
      },
      { configFile: map.file },
    );
    await api.put({ key: 'k', value: 1 });
    assert.equal((await api.ask('/api/v1/cache/stats')).json.near.entries, 1);
    assert.doesNotMatch((await api.ask('/api/v1/config')).text, /hunter2/);
    map.publish('logLevel: error\ncache: {maxBytes: 0}\n');
    await until(
      'the near cache to be off',
      async () => (await api.ask('/api/v1/cache/stats')).json.near.maxBytes === 0,
    );
    assert.equal((await api.ask('/api/v1/cache/stats')).json.near.entries, 0);
    const lines = api.lines.length;
    await api.ask('/api/v1/info');
    assert.equal(api.lines.length, lines, 'a completion line at level error');
  });
});

suite('events', () => {
  test('changes of data and of the clean-up arrive, and a client that comes back gets what it missed', async (t) => {
    const api = await startTestApi(t);
    const stream = await follow(api.port);
    assert.equal(stream.status, 200);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    await until('the retry hint', () => stream.text.startsWith('retry: '));
    await api.put({ key: 'one', value: 1 });
    const written = await stream.next('data.written');
    assert.deepEqual(written.data, { key: 'one' });
    await api.ask({ method: 'DELETE', path: '/api/v1/data/one' });
    assert.deepEqual((await stream.next('data.deleted')).data, { key: 'one' });
    assert.equal((await stream.next('cache')).data.near.requests.hit, 0);

    const other = await openStore({
      settings: { ...(await sqliteSettings(api.folder)) },
      clientName: 'test',
      logger: silent,
    });
    await other.recordCleanupRun({
      id: 'run-1',
      mode: 'unlink',
      startedAt: 1_000,
      durationMs: 5,
      outcome: 'done',
      reason: undefined,
      counts: { unlinked: 3 },
    });
    await other.close();
    const run = await stream.next('cleanup.run');
    assert.deepEqual([run.data.id, run.data.counts.unlinked], ['run-1', 3]);
    assert.deepEqual((await api.ask('/api/v1/cleanup/runs')).json.runs[0], {
      id: 'run-1',
      mode: 'unlink',
      startedAt: '1970-01-01T00:00:01.000Z',
      durationMs: 5,
      outcome: 'done',
      reason: null,
      counts: { unlinked: 3 },
    });
    stream.close();

    const again = await follow(api.port, { 'last-event-id': written.id });
    assert.equal((await again.next('data.deleted')).data.key, 'one');
    assert.ok(!again.events.some((e) => e.event === 'data.written'), 'what it had seen already');
    const stranger = await follow(api.port, { 'last-event-id': 'otherproc-1' });
    await until('the retry hint', () => stranger.text.startsWith('retry: '));
    assert.deepEqual(
      stranger.events.filter((e) => e.event.startsWith('data')),
      [],
    );
    again.close();
    stranger.close();
  });

  test('a flood of changes is rationed and the rest counted', async (t) => {
    const api = await startTestApi(t);
    const stream = await follow(api.port);
    await Promise.all(Array.from({ length: 200 }, (_, i) => api.put({ key: `flood-${i}`, value: 1 })));
    const skipped = await stream.next('data.skipped');
    assert.ok(skipped.data.changes > 0);
    assert.ok(stream.events.filter((e) => e.event === 'data.written').length < 200);
    stream.close();
  });

  test('more clients than limits.maxEventClients are refused, and all are let go when the replica leaves', async (t) => {
    const api = await startTestApi(t, { JOURNEY_LIMITS_MAX_EVENT_CLIENTS: '2', JOURNEY_SERVER_DRAIN_MS: '500' });
    const streams = [await follow(api.port), await follow(api.port)];
    const refused = await api.ask('/api/v1/events');
    assert.deepEqual([refused.status, refused.json.code], [503, 'too-many-clients']);
    assert.match(refused.json.detail, /maxEventClients is 2/);
    assert.match((await api.ask('/metrics')).text, /^journey_event_clients 2$/m);
    streams[0]?.close();
    await until('the place to be free', async () =>
      (await api.ask('/metrics')).text.includes('journey_event_clients 1\n'),
    );
    void api.stop();
    await until('the other stream to end', () => streams[1]?.ended);
    const late = await api.ask('/api/v1/events');
    assert.deepEqual([late.status, late.json.code], [503, 'shutting-down']);
  });

  test('a client that does not read is let go instead of being buffered for', async (t) => {
    const api = await startTestApi(t);
    const socket = connect(api.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('the client to be counted', async () =>
      (await api.ask('/metrics')).text.includes('journey_event_clients 1\n'),
    );
    // Reloads are not rationed; each carries a list of what changed.
    const hub = api.hub;
    await until('the client to be let go', () => {
      for (let i = 0; i < 1_000; i++) hub.publish('config.rejected', { reason: 'x'.repeat(1_000) });
      return hub.size === 0;
    });
    assert.ok(process.memoryUsage().arrayBuffers < 200 * 1_048_576);
    socket.destroy();
  });
});

test('the round trip goes through both tiers, waits for a real expiry and leaves nothing behind', async (t) => {
  const api = await startTestApi(t);
  const [one, other] = await Promise.all([api.ask('/api/v1/cache/test'), api.ask('/api/v1/cache/test')]);
  assert.equal(one.status, 200);
  assert.deepEqual(one.json, other.json, 'whoever asks meanwhile gets the running one');
  assert.deepEqual(
    one.json.steps.map((s: { name: string }) => s.name),
    ['write', 'read', 'read-store', 'create-once', 'expire', 'delete'],
  );
  const expire = one.json.steps.find((s: { name: string }) => s.name === 'expire');
  assert.ok(expire.ms > 900 && expire.ms < 3_000, `${expire.ms} ms`);
  assert.match(one.json.key, /^journey:test:/);
  assert.deepEqual((await api.ask('/api/v1/data')).json.entries, []);
});

test('hit rates count what was answered from where, and are null before anything was asked', async (t) => {
  const api = await startTestApi(t, { JOURNEY_CACHE_NEGATIVE_TTL_MS: '60000' });
  const before = (await api.ask('/api/v1/cache/stats')).json;
  assert.deepEqual(before.near.hitRate, { oneMinute: null, fiveMinutes: null, sinceStart: null });
  await api.put({ key: 'k', value: 1 });
  for (const key of ['k', 'k', 'absent', 'absent']) await api.ask(`/api/v1/data/${key}`);
  const { near, store } = (await api.ask('/api/v1/cache/stats')).json;
  assert.deepEqual([near.requests.hit, near.requests.miss, near.requests.negative], [2, 1, 1]);
  assert.deepEqual(near.hitRate, { oneMinute: 0.75, fiveMinutes: 0.75, sinceStart: 0.75 });
  assert.deepEqual([store.requests.hit, store.requests.miss, store.name, store.up], [0, 1, 'sqlite', true]);
  const metrics = (await api.ask('/metrics')).text;
  assert.match(metrics, /^journey_cache_requests_total\{tier="near",result="hit"\} 2$/m);
  assert.match(metrics, /^journey_cache_entries \d+$/m);
});

suite('metrics of the clean-up', () => {
  const name = 'journey_cleanup_last_run_';
  const seriesOf = (text: string): Record<string, number> =>
    Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line.startsWith(name))
        .map((line) => line.slice(name.length).split(' '))
        .map(([series, value]) => [series, Number(value)]),
    );

  test('a scrape has the figures of the newest run on record, each kind of entry among them, and none before one is', async (t) => {
    const api = await startTestApi(t);
    const scrape = async () => seriesOf((await api.ask('/metrics')).text);
    assert.deepEqual(await scrape(), {});
    await api.put({ key: 'cache:a', value: 'x'.repeat(500) });
    const env = { JOURNEY_STORE_SQLITE_FILE: join(api.folder, 'journey.sqlite') };
    const report = await runProgram([], env);
    const seen = await scrape();
    assert.deepEqual(
      ['entries{kind="noTtl"}', 'entries{kind="unlinked"}', 'outcome{mode="report",outcome="done"}'].map(
        (series) => seen[series],
      ),
      [1, 0, 1],
      report.stderr,
    );

    const { run } = await runProgram(['--mode', 'unlink'], env);
    assert.ok(run !== undefined);
    const { bytesFreedEstimate = 0, batches, p99BatchMs, backoffs, ...entries } = run.counts;
    assert.deepEqual([entries['unlinked'], bytesFreedEstimate > 500], [1, true]);
    assert.ok([batches, p99BatchMs, backoffs].every((count) => count !== undefined));
    assert.deepEqual(await scrape(), {
      timestamp_seconds: (run.startedAt + run.durationMs) / 1_000,
      duration_seconds: run.durationMs / 1_000,
      'outcome{mode="unlink",outcome="done"}': 1,
      'outcome{mode="unlink",outcome="partial"}': 0,
      'outcome{mode="unlink",outcome="failed"}': 0,
      ...Object.fromEntries(Object.entries(entries).map(([kind, count]) => [`entries{kind="${kind}"}`, count])),
      freed_bytes: bytesFreedEstimate,
    });
  });

  test('a Redis that is away leaves them out instead of repeating old ones, and the scrape answers', async (t) => {
    if (!(await wantRedisServer(t))) return;
    const server = await RedisServer.start(t);
    const env = { JOURNEY_STORE_KIND: 'redis', JOURNEY_STORE_REDIS_URL: server.url };
    const api = await startTestApi(t, env);
    const scrape = async () => (await api.ask('/metrics')).text;
    await runProgram(['--mode', 'expire'], env);
    assert.equal(seriesOf(await scrape())['outcome{mode="expire",outcome="done"}'], 1);
    await server.kill9();
    await until('the loss to show', async () => (await scrape()).includes('journey_store_up{store="redis"} 0'));
    assert.deepEqual(seriesOf(await scrape()), {});
  });
});

async function sqliteSettings(folder: string) {
  const { parseConfig } = await import('../../src/config/parse-config.ts');
  const { apiConfigSchema } = await import('../../src/api/config.ts');
  const env = { JOURNEY_STORE_SQLITE_FILE: join(folder, 'journey.sqlite') };
  return parseConfig(apiConfigSchema, { fileName: 'test', fileText: undefined, env }).value.store;
}
