import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { account, assertExact } from './support/accounting.ts';
import { FakeApiServer } from './support/fake-api-server.ts';
import { node } from './support/run-collector.ts';
import { spawnCollector } from './support/spawn-collector.ts';

/** Processes are started here, on machines that may be busy. */
const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 40_000, everyMs: 20 });
const texts = (records: readonly { readonly log: string }[]) => records.map((record) => record.log);

suite('the program', { concurrency: 4 }, () => {
  test('records on stdout, own log on stderr, health and metrics over HTTP, SIGTERM ends it with 0', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 1_000);
    const first = spawnCollector(t, bench);
    await until('the records', () => first.records().length === 1_000);
    assert.equal((await first.get('/livez')).status, 200);
    const ready = await first.get('/readyz');
    assert.deepEqual([ready.status, JSON.parse(ready.body).status], [200, 'ok']);
    const metrics = await first.get('/metrics');
    assert.match(metrics.body, /^journey_collector_records_total 1000$/m);
    assert.match(metrics.body, /^journey_collector_lost_bytes_total\{reason="rotated_away"\} 0$/m);
    assert.match(metrics.body, /^journey_collector_lag_bytes 0$/m);
    assert.doesNotMatch(metrics.body, /api-0|uid-1/, 'no Pod, no path in a label');
    const { streams } = JSON.parse((await first.get('/streams')).body);
    const size = readFileSync(container.live).length;
    assert.deepEqual(
      [streams.length, streams[0].pod, streams[0].files[0].offset, streams[0].lagBytes],
      [1, 'api-0', size, 0],
    );
    const nothing = await first.get('/nothing');
    assert.equal(nothing.status, 404);
    const { detail } = JSON.parse(nothing.body) as { detail: string };
    const named = detail.match(/\/\w+/g) ?? [];
    assert.equal(named.shift(), '/nothing');
    assert.ok(named.length > 0);
    for (const path of named) assert.equal((await first.get(path)).status, 200, path);
    container.writeSequence(1_000, 10);
    await until('the later records', () => first.records().length === 1_010);
    assert.equal(await first.end('SIGTERM'), 0);
    assert.match(first.stderr(), /"msg":"stopped"/);

    container.writeSequence(1_010, 10);
    const second = spawnCollector(t, bench);
    await until('the rest', () => second.records().length >= 10);
    assert.equal(await second.end('SIGINT'), 0);
    assertExact([...texts(first.records()), ...texts(second.records())], 1_020);
  });

  test('asked to stop with its first words it stops in order', async (t) => {
    const bench = node(t);
    const preload = `const { write } = process.stderr;
      process.stderr.write = (text, ...rest) => {
        if (/is running/.test(text)) process.kill(process.pid, 'SIGTERM');
        return write.call(process.stderr, text, ...rest);
      };`;
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`];
    const collector = spawnCollector(t, bench, { execArgv });
    assert.equal(await collector.exited, 0, collector.stderr());
    assert.match(collector.stderr(), /"msg":"stopped"/);
  });

  test('a consumer that does not read stops the reading, not the health endpoints, and loses nothing', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const sent = 60_000;
    container.writeSequence(0, sent, ` ${'x'.repeat(200)}`);
    const env = { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576', JOURNEY_SHUTDOWN_FLUSH_MS: '200' };
    const execArgv = ['--max-semi-space-size=1', '--max-old-space-size=64'];
    const stalled = spawnCollector(t, bench, { env, execArgv, unread: true });
    const lag = async () =>
      Number(/^journey_collector_lag_bytes (\d+)$/m.exec((await stalled.get('/metrics')).body)?.[1]);
    await until('it reads', async () => (await lag()) > 0);
    const before = await lag();
    assert.equal((await stalled.get('/livez')).status, 200);
    assert.equal((await stalled.get('/readyz')).status, 200, 'an outage of the sink must not make it unready');
    assert.ok(before > sent * 200, 'most of it is still in the file');
    assert.equal(await lag(), before, 'reading has stopped');
    const page = (await stalled.get('/metrics')).body;
    assert.match(page, /^journey_collector_seconds_to_loss (\+Inf|\d)/m);
    const stated = Number(/^journey_collector_memory_max_bytes (\d+)$/m.exec(page)?.[1]);
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${stalled.child.pid}/status`, 'latin1'))?.[1]);
    assert.ok(peak * 1_024 <= stated && stated < 192 * 1_048_576, `${peak} KiB used, ${stated} bytes stated`);
    assert.equal(await stalled.end('SIGTERM'), 0);
    const next = spawnCollector(t, bench);
    await until('everything', () => next.records().length >= sent);
    assertExact(texts(next.records()), sent);
  });

  test('a consumer that goes away ends it with 74; started again it goes on', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 100);
    const first = spawnCollector(t, bench);
    await until('the first records', () => first.records().length === 100);
    first.child.stdout?.destroy();
    container.writeSequence(100, 100);
    assert.equal(await first.exited, 74);
    assert.match(first.stderr(), /stdout sink failed for good/);
    const second = spawnCollector(t, bench);
    await until('the others', () => second.records().length >= 100);
    assertExact([...texts(first.records()), ...texts(second.records())], 200);
  });

  const refusals: readonly {
    name: string;
    env: (folder: string) => Record<string, string>;
    code: number;
    says: RegExp;
  }[] = [
    {
      name: 'a wrong setting',
      env: () => ({ JOURNEY_READER_POLL_MS: 'soon' }),
      code: 78,
      says: /JOURNEY_READER_POLL_MS is "soon"/,
    },
    {
      name: 'a config file that is missing',
      env: (folder) => ({ JOURNEY_CONFIG_FILE: join(folder, 'none.yaml') }),
      code: 78,
      says: /none\.yaml: there is no such file/,
    },
    {
      name: 'stdout inside a Pod without POD_UID',
      env: () => ({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }),
      code: 78,
      says: /Set POD_UID from metadata\.uid/,
    },
    {
      name: 'the same, said in Chinese',
      env: () => ({ KUBERNETES_SERVICE_HOST: '10.0.0.1', JOURNEY_LANG: 'zh' }),
      code: 78,
      says: /请通过 downward API 将 metadata\.uid 设为 POD_UID/,
    },
    {
      name: 'a label selector without metadata',
      env: () => ({ JOURNEY_FILTER_LABEL_SELECTOR: 'app=api' }),
      code: 78,
      says: /metadata\.source: api/,
    },
    {
      name: 'a state folder that cannot be made',
      env: (folder) => {
        writeFileSync(join(folder, 'file'), '');
        return { JOURNEY_STATE_DIRECTORY: join(folder, 'file', 'state') };
      },
      code: 73,
      says: /state\.directory/,
    },
    {
      name: 'a sink file in a folder that cannot be made',
      env: (folder) => {
        writeFileSync(join(folder, 'blocked'), '');
        return { JOURNEY_SINK_KIND: 'file', JOURNEY_SINK_FILE_PATH: join(folder, 'blocked', 'out.jsonl') };
      },
      code: 73,
      says: /sink\.file\.path/,
    },
  ];

  for (const { name, env, code, says } of refusals) {
    test(`refuses to start: ${name}`, async (t) => {
      const bench = node(t);
      const child = spawnCollector(t, bench, { env: env(dirname(bench.root)) });
      assert.equal(await child.exited, code);
      assert.match(child.stderr(), says);
      assert.equal(child.stderr().trim().split('\n').length, 1, 'one plain line');
    });
  }

  test('with POD_UID it starts inside a Pod, and leaves its own log alone', async (t) => {
    const bench = node(t);
    new FakeContainer({ ...bench, pod: 'me', uid: 'my-uid' }).write('mine');
    new FakeContainer({ ...bench, pod: 'you', uid: 'your-uid' }).write('yours');
    const child = spawnCollector(t, bench, {
      env: { KUBERNETES_SERVICE_HOST: '10.0.0.1', POD_UID: 'my-uid', NODE_NAME: 'n7' },
    });
    await until('a record', () => child.records().length > 0);
    await child.end('SIGTERM');
    assert.deepEqual(
      child.records().map((r) => [r.log, r.kubernetes.node]),
      [['yours', 'n7']],
    );
  });

  test('labels come from the API server that it is told of, and a watch does not hold up its end', async (t) => {
    const bench = node(t);
    const api = await FakeApiServer.start(t);
    api.put({ metadata: { uid: 'uid-1', labels: { app: 'api' } } });
    const container = new FakeContainer(bench);
    const child = spawnCollector(t, bench, {
      env: {
        JOURNEY_METADATA_SOURCE: 'api',
        JOURNEY_METADATA_API_URL: api.url,
        JOURNEY_METADATA_TOKEN_FILE: '',
        NODE_NAME: 'n1',
      },
    });
    await until('the watch', () => api.watches === 1);
    container.write('x');
    await until('its line', () => child.records().length === 1);
    assert.deepEqual(child.records()[0]?.kubernetes.labels, { app: 'api' });
    assert.equal(await child.end('SIGTERM'), 0);
  });

  test('only the namespaces asked for are collected', async (t) => {
    const bench = node(t);
    for (const namespace of ['shop', 'noise', 'other']) new FakeContainer({ ...bench, namespace }).write(namespace);
    const env = { JOURNEY_FILTER_INCLUDE_NAMESPACES: 'shop,noise', JOURNEY_FILTER_EXCLUDE_NAMESPACES: 'noise' };
    const child = spawnCollector(t, bench, { env });
    await until('a record', () => child.records().length > 0);
    const { streams } = JSON.parse((await child.get('/streams')).body);
    assert.deepEqual(
      streams.map((s: { namespace: string }) => s.namespace),
      ['shop'],
    );
    await child.end('SIGTERM');
    assert.deepEqual(texts(child.records()), ['shop']);
  });

  test('a second instance on the same state folder is refused and names the first', async (t) => {
    const bench = node(t);
    const first = spawnCollector(t, bench);
    await first.url();
    const second = spawnCollector(t, bench);
    assert.equal(await second.exited, 69);
    assert.match(second.stderr(), new RegExp(`pid ${first.child.pid}`));
    await first.end('SIGKILL');
    const third = spawnCollector(t, bench);
    await third.url();
  });

  test('a taken port is refused with the setting that moves it', async (t) => {
    const bench = node(t);
    const holder = createServer().listen(0, '127.0.0.1');
    t.after(() => holder.close());
    await until('the port', () => holder.address());
    const { port } = holder.address() as { port: number };
    const child = spawnCollector(t, bench, { env: { JOURNEY_HTTP_PORT: String(port) } });
    assert.equal(await child.exited, 69);
    assert.match(child.stderr(), /http\.port/);
  });

  for (const damage of ['the newest generation', 'both generations'] as const) {
    test(`a damaged checkpoint (${damage}) is said, never a crash`, async (t) => {
      const bench = node(t);
      const container = new FakeContainer(bench);
      container.writeSequence(0, 100);
      const first = spawnCollector(t, bench);
      await until('the records', () => first.records().length === 100);
      await first.end('SIGTERM');
      const slots = readdirSync(bench.state)
        .filter((name) => name.endsWith('.json'))
        .map((name) => join(bench.state, name));
      assert.equal(slots.length, 2);
      const generation = (file: string) =>
        JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '').generation as number;
      const newest = slots.toSorted((a, b) => generation(b) - generation(a))[0];
      for (const file of damage === 'both generations' ? slots : [newest]) {
        const text = readFileSync(file as string, 'utf8');
        writeFileSync(file as string, text.replace(/"offset|\[0,/, '[1,').slice(0, -10));
      }
      for (const name of readdirSync(bench.state))
        if (name.startsWith('journal.')) writeFileSync(join(bench.state, name), 'torn');
      container.writeSequence(100, 10);
      const second = spawnCollector(t, bench);
      await until('the later records', () => texts(second.records()).at(-1) === 'seq=109');
      assert.match(second.stderr(), /"level":"error".*checkpoint is damaged/);
      assert.equal(account([...texts(first.records()), ...texts(second.records())], 110).missing.length, 0);
      if (damage === 'both generations') {
        assert.match(second.stderr(), /every file is read from its start/);
        assert.equal(second.records().length, 110);
      }
    });
  }

  test('settings are reloaded without a restart; a bad file keeps the old ones', async (t) => {
    const bench = node(t);
    const folder = join(dirname(bench.root), 'config');
    mkdirSync(folder);
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'records: {fields: none}\n');
    const container = new FakeContainer(bench);
    const child = spawnCollector(t, bench, { env: { JOURNEY_CONFIG_FILE: file } });
    container.write('{"n":1}');
    await until('the first record', () => child.records().length === 1);
    assert.equal(child.records()[0]?.fields, undefined);
    writeFileSync(file, 'records: {fields: json}\n');
    await until('the reload', () => /configuration reloaded/.test(child.stderr()));
    container.write('{"n":2}');
    await until('the second record', () => child.records().length === 2);
    assert.deepEqual(child.records()[1]?.fields, { n: 2 });
    writeFileSync(file, 'records: {feilds: none}\n');
    await until('the refusal', () => /configuration not reloaded/.test(child.stderr()));
    container.write('{"n":3}');
    await until('the third record', () => child.records().length === 3);
    assert.deepEqual(child.records()[2]?.fields, { n: 3 });
  });
});
