import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { CheckpointStore } from '../../src/log-collector/checkpoint/checkpoint-store.ts';
import { ConfigMapVolume } from '../config/config-map-volume.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until as untilSoon } from '../support/until.ts';
import { account, assertExact } from './support/accounting.ts';
import { FakeApiServer } from './support/fake-api-server.ts';
import { type Bench, node } from './support/run-collector.ts';
import { type Spawned, spawnCollector } from './support/spawn-collector.ts';

/** Processes are started here, on machines that may be busy. */
const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 40_000, everyMs: 20 });

interface Live extends Spawned {
  readonly bench: Bench;
  /** Publishes other settings as the kubelet does, and waits until the program has said what became of them. */
  publish(settings: object): Promise<{ readonly applied?: string[]; readonly needRestart?: string[] }>;
  texts(of?: string): string[];
}

/** The real program, its configuration a ConfigMap. */
function live(
  t: TestContext,
  settings: object,
  env: Record<string, string> = {},
  bench = node(t),
  unread = false,
): Live {
  const volume = new ConfigMapVolume(tempFolder(t), stringify(settings));
  const child = spawnCollector(t, bench, { env: { JOURNEY_CONFIG_FILE: volume.file, ...env }, unread });
  const said = () =>
    child
      .stderr()
      .split('\n')
      .filter((line) => /"msg":"configuration (not )?reloaded/.test(line));
  return {
    ...child,
    bench,
    async publish(next) {
      await child.url();
      const before = said().length;
      volume.publish(stringify(next));
      return JSON.parse(await until('the reload', () => said()[before]));
    },
    texts: (of) =>
      child
        .records()
        .filter(({ kubernetes: { namespace, pod } }) => of === undefined || of === namespace || of === pod)
        .map(({ log }) => log),
  };
}

async function metric(child: Spawned, name: string): Promise<number> {
  const { body } = await child.get('/metrics');
  const line = body.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

suite('a ConfigMap that changes reaches running readers', { concurrency: 4 }, () => {
  test('redaction: the next line is clean, and a rule that is none changes nothing, said in log, metric and /config', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const child = live(t, {}, {}, bench);
    container.write('token=one');
    await until('the first line', () => child.texts().length === 1);
    assert.deepEqual((await child.publish({ records: { redact: ['token=(?<secret>\\S+)'] } })).applied, [
      'records.redact',
    ]);
    container.write('token=two');
    await until('the second line', () => child.texts().length === 2);
    await child.publish({ records: { redact: ['token=\\S+', '('] }, logLevel: 'debug' });
    container.write('token=three');
    await until('the third line', () => child.texts().length === 3);
    assert.deepEqual(child.texts(), ['token=one', 'token=[redacted]', 'token=[redacted]']);
    assert.match(child.stderr(), /configuration not reloaded.*|records\.redact\[1\]/);
    assert.match(child.stderr(), /records\.redact\[1\]: Invalid regular expression/);
    assert.equal(await metric(child, 'journey_config_reloads_total{result="applied"}'), 1);
    assert.equal(await metric(child, 'journey_config_reloads_total{result="rejected"}'), 1);
    assert.ok((await metric(child, 'journey_config_loaded_timestamp_seconds')) > 1_700_000_000);
    const shown = JSON.parse((await child.get('/config')).body);
    assert.match(shown.lastRejected.reason, /records\.redact\[1\]/);
    const value = (path: string) => shown.settings.find((each: { path: string }) => each.path === path).value;
    assert.deepEqual([value('records.redact'), value('logLevel')], [['token=(?<secret>\\S+)'], 'info']);
  });

  test('what only a restart changes is named, and waits; what needs it is refused until then', async (t) => {
    const child = live(t, {});
    const change = await child.publish({ sink: { kind: 'file' }, reader: { turnBytes: 4_096 }, logLevel: 'debug' });
    assert.deepEqual([change.applied, change.needRestart], [['logLevel'], ['reader.turnBytes', 'sink.kind']]);
    const shown = JSON.parse((await child.get('/config')).body);
    assert.deepEqual(shown.pendingRestart, ['reader.turnBytes', 'sink.kind']);
    await child.publish({ metadata: { source: 'api' }, filter: { labelSelector: 'app=api' } });
    assert.match(child.stderr(), /configuration not reloaded/);
    assert.match(child.stderr(), /filter\.labelSelector: labels and annotations are known only .*after a restart/);
  });

  test('a namespace is left out and comes back, under a flood with rotations: every line once', async (t) => {
    const bench = node(t);
    const containers = ['shop', 'noise'].map((namespace) => new FakeContainer({ ...bench, namespace }));
    const child = live(t, {}, {}, bench);
    let written = 0;
    const flood = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (const container of containers) container.writeSequence(written, 500, ` ${'x'.repeat(100)}`);
        written += 500;
        if (round % 3 === 2) for (const container of containers) await container.rotate();
      }
    };
    const out = { filter: { excludeNamespaces: ['noise'] } };
    const streams = async () => JSON.parse((await child.get('/streams')).body).streams as { namespace: string }[];
    await flood(2);
    await child.publish(out);
    await until('it is let go', async () => (await streams()).every(({ namespace }) => namespace === 'shop'));
    const before = child.texts('noise').length;
    await flood(3);
    await until('the other namespace', () => child.texts('shop').length === written);
    assert.equal(child.texts('noise').length, before, 'nothing more of what is left out');
    await child.publish({});
    await until('what was written meanwhile', () => child.texts('noise').length >= written);
    for (let again = 0; again < 6; again++) {
      await flood(1);
      await child.publish(again % 2 === 0 ? out : {});
    }
    await flood(1);
    await until('all of it', () => child.texts('noise').length >= written && child.texts('shop').length >= written);
    assertExact(child.texts('shop'), written);
    assertExact(child.texts('noise'), written);
    assert.match((await child.get('/metrics')).body, /lost_bytes_total\{reason="rotated_away"\} 0/);
  });

  test('its place is kept while it is left out, also over a restart; what went meanwhile is no loss', async (t) => {
    const bench = node(t);
    const container = new FakeContainer({ ...bench, maxFiles: 3 });
    const out = { filter: { includeNamespaces: ['other'] } };
    container.writeSequence(0, 100);
    const first = live(t, {}, {}, bench);
    await until('the first lines', () => first.texts().length === 100);
    await first.publish(out);
    await until('it is let go', async () => JSON.parse((await first.get('/streams')).body).streams.length === 0);
    assert.equal(await first.end('SIGTERM'), 0);
    container.writeSequence(100, 50);
    const second = live(t, out, {}, bench);
    await second.url();
    assert.equal(await second.end('SIGTERM'), 0);
    const third = live(t, out, {}, bench);
    await third.publish({});
    await until('what came later', () => third.texts().length >= 50);
    assertExact([...first.texts(), ...third.texts()], 150);
    await third.publish(out);
    await until('it is let go', async () => JSON.parse((await third.get('/streams')).body).streams.length === 0);
    container.writeSequence(150, 50);
    for (let n = 0; n < 4; n++) await container.rotate();
    container.writeSequence(200, 10);
    await third.publish({});
    await until('what is still there', () => third.texts().length === 60);
    assert.deepEqual(account(third.texts(), 210).twice, []);
    assert.equal(await metric(third, 'journey_collector_lost_bytes_total{reason="rotated_away"}'), 0);
  });

  test('with logs.startAt: end a Pod that comes back unread begins at its end, one that is new at its start', async (t) => {
    const bench = node(t);
    const old = new FakeContainer({ ...bench, namespace: 'noise', pod: 'old', uid: 'u-old' });
    old.write('before');
    await old.rotate();
    await old.rotate();
    const known = new FakeContainer({ ...bench, pod: 'known' });
    known.write('before');
    const child = live(t, { filter: { excludeNamespaces: ['noise'] } }, { JOURNEY_LOGS_START_AT: 'end' }, bench);
    await child.url();
    known.write('after');
    await until('a line', () => child.texts('known').length === 1);
    await child.publish({});
    await until('it is read', async () => JSON.parse((await child.get('/streams')).body).streams.length === 2);
    old.write('after');
    new FakeContainer({ ...bench, namespace: 'noise', pod: 'new', uid: 'u-new' }).write('first');
    await until('both', () => child.texts().length === 3);
    assert.deepEqual([child.texts('old'), child.texts('new'), child.texts('known')], [['after'], ['first'], ['after']]);
  });

  test('logs.startAt: end is remembered over a restart before the next line', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const env = { JOURNEY_LOGS_START_AT: 'end' };
    container.write('before');
    await container.rotate();
    container.write('before');
    const first = live(t, {}, env, bench);
    await first.url();
    assert.equal(await first.end('SIGTERM'), 0);
    container.write('after');
    const second = live(t, {}, env, bench);
    await until('the line', () => second.texts().length > 0);
    assert.equal(await second.end('SIGTERM'), 0);
    assert.deepEqual([first.texts(), second.texts()], [[], ['after']]);
  });

  test('what a container had begun is given out when it is left alone: pieces and a joined trace', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const traces = { rules: ['*/*/*=java'], waitMs: 60_000 };
    const child = live(t, { records: { traces } }, {}, bench);
    container.write('java.lang.IllegalStateException: no');
    container.write('\tat a.B.c(B.java:1)');
    container.write('half a ', 'stderr', 'P');
    await until('it is read', async () => (await metric(child, 'journey_collector_partial_open')) === 1);
    assert.deepEqual(child.texts(), []);
    await child.publish({ records: { traces }, filter: { excludeNamespaces: ['shop'] } });
    await until('what it had begun', () => child.texts().length === 2);
    assert.deepEqual(
      child.records().map(({ log, lines, flags }) => [log, lines, flags]),
      [
        ['java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)', 2, undefined],
        ['half a ', undefined, ['incomplete']],
      ].toSorted((a, b) => child.texts().indexOf(a[0] as string) - child.texts().indexOf(b[0] as string)),
    );
    container.write('line', 'stderr');
    await child.publish({ records: { traces: { ...traces, waitMs: 10 } } });
    await until('the rest', () => child.texts().length === 3);
    assert.equal(child.texts()[2], 'line');
  });

  test('who is left out while the sink stands still waits for it without keeping the processor busy', async (t) => {
    const bench = node(t);
    const containers = ['shop', 'noise'].map((namespace) => new FakeContainer({ ...bench, namespace }));
    // More than a pipe holds, and less than a batch: all is read, and the batch stands still.
    for (const container of containers) container.writeSequence(0, 250, ` ${'x'.repeat(200)}`);
    const child = live(t, {}, { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576' }, bench, true);
    await until('all is read', async () => (await metric(child, 'journey_collector_records_total')) === 500);
    await until('it is on its way', async () => (await metric(child, 'journey_collector_inflight_bytes')) > 0);
    await child.publish({ filter: { excludeNamespaces: ['noise', 'shop'] } });
    const now = async () => ({
      cpu: await metric(child, 'process_cpu_seconds_total'),
      scans: await metric(child, 'journey_collector_scans_total'),
    });
    const begun = performance.now();
    const before = await now();
    await until('some scans', async () => (await now()).scans > before.scans + 40);
    const { cpu } = await now();
    const part = (cpu - before.cpu) / ((performance.now() - begun) / 1_000);
    assert.ok(part < 0.3, `${part} of a core`);
  });

  test('rules for stack traces: begun, changed and ended between two lines', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const child = live(t, {}, {}, bench);
    const trace = () => {
      container.write('java.lang.Error: no');
      container.write('\tat a.B.c(B.java:1)');
    };
    trace();
    await until('two lines', () => child.texts().length === 2);
    await child.publish({ records: { traces: { rules: ['shop/*/*'], waitMs: 200 } } });
    trace();
    await until('one record', () => child.texts().length === 3);
    await child.publish({ records: { traces: { rules: ['shop/*/*'], waitMs: 60_000 } } });
    trace();
    await until('lines that wait', async () => (await metric(child, 'journey_collector_lag_bytes')) === 0);
    await child.publish({});
    trace();
    await until('all', () => child.texts().length === 6);
    assert.deepEqual(
      child.records().map(({ lines }) => lines ?? 1),
      [1, 1, 2, 2, 1, 1],
    );
  });

  test('the rate limit: who waits for it goes on at once when it is lifted, and owes nothing under the next', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10_000, ` ${'x'.repeat(100)}`);
    const child = live(t, { reader: { rateLimitBytes: 100 } }, { JOURNEY_READER_TURN_BYTES: '65536' }, bench);
    await until('it waits', async () => (await metric(child, 'journey_collector_rate_limited_total')) > 0);
    const waiting = child.texts().length;
    assert.ok(waiting < 10_000);
    await child.publish({});
    await until('all of it', () => child.texts().length === 10_000);
    await child.publish({ reader: { rateLimitBytes: 10_000 } });
    container.writeSequence(10_000, 100);
    await until('the next', () => child.texts().length === 10_100);
    assertExact(child.texts(), 10_100);
  });

  test('labels, selectors and the namespaces that the API is asked about', async (t) => {
    const bench = node(t);
    const api = await FakeApiServer.start(t);
    const pods = ['api', 'web'].map((app) => {
      api.put({ metadata: { uid: `u-${app}`, labels: { app, tier: 'front' } } });
      return new FakeContainer({ ...bench, pod: app, uid: `u-${app}` });
    });
    const env = {
      JOURNEY_METADATA_SOURCE: 'api',
      JOURNEY_METADATA_API_URL: api.url,
      JOURNEY_METADATA_TOKEN_FILE: '',
      JOURNEY_FILTER_UNKNOWN_POD_MS: '60000',
      NODE_NAME: 'n1',
    };
    const child = live(t, {}, env, bench);
    await until('the watch', () => api.watches === 1);
    const write = (text: string) => {
      for (const pod of pods) pod.write(text);
    };
    write('1');
    await until('both', () => child.texts().length === 2);
    assert.deepEqual(child.records()[0]?.kubernetes.labels, { app: child.records()[0]?.kubernetes.pod });
    await child.publish({ metadata: { labels: ['tier'] }, filter: { labelSelector: 'app=api' } });
    await until('one is let go', async () => JSON.parse((await child.get('/streams')).body).streams.length === 1);
    write('2');
    await until('the other', () => child.texts('api').length === 2);
    assert.deepEqual(child.records()[2]?.kubernetes.labels, { tier: 'front' });
    await child.publish({ filter: { labelSelector: 'app in (api, web', includeNamespaces: ['shop'] } });
    assert.match(child.stderr(), /filter\.labelSelector: .*app in \(api, web.* is no selector/);
    await child.publish({ filter: { annotationSelector: 'logs!=off', includeNamespaces: ['shop'] } });
    await until('what was left out', () => child.texts('web').length === 2);
    await until('its namespace is asked for', () => api.requests.at(-1)?.pathname === '/api/v1/namespaces/shop/pods');
    write('3');
    await until('both', () => child.texts().length === 6);
    assert.deepEqual(
      [child.texts('api'), child.texts('web')],
      [
        ['1', '2', '3'],
        ['1', '2', '3'],
      ],
    );
    assert.equal(await child.end('SIGTERM'), 0);
  });

  test('a Pod that is deleted while it is left out is forgotten', async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('x');
    const child = live(t, {}, {}, bench);
    await until('its line', () => child.texts().length === 1);
    await child.publish({ filter: { excludeNamespaces: ['shop'] } });
    await until('it is let go', async () => JSON.parse((await child.get('/streams')).body).streams.length === 0);
    const known = async () => Object.keys((await new CheckpointStore(bench.state).load()).data.chains);
    await until('its place in the checkpoint', async () => (await known()).length === 1);
    container.deletePod();
    await until('no more of it', async () => (await known()).length === 0);
    assert.equal(await metric(child, 'journey_collector_lost_bytes_total{reason="rotated_away"}'), 0);
  });
});
