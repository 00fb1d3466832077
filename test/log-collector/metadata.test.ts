import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/log-collector/clock.ts';
import { connectMetadata, type Metadata } from '../../src/log-collector/metadata/connect-metadata.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until } from '../support/until.ts';
import { FakeApiServer } from './support/fake-api-server.ts';
import { type Bench, configOf, node, type Running, run } from './support/run-collector.ts';

interface Connected extends Running {
  readonly metadata: Metadata;
  readonly said: string[];
}

/** A collector that asks the fake API server, with settings by their environment variable. */
async function connected(
  t: TestContext,
  bench: Bench,
  api: string,
  env: Record<string, string> = {},
): Promise<Connected> {
  const settings = {
    JOURNEY_METADATA_SOURCE: 'api',
    JOURNEY_METADATA_API_URL: api,
    JOURNEY_METADATA_TOKEN_FILE: '',
    ...env,
  };
  const said: string[] = [];
  const logger = createLogger({
    service: 'log-collector',
    level: 'info',
    destination: { write: (line: string) => void said.push(JSON.parse(line).msg) },
  });
  const metadata = connectMetadata({
    config: configOf(bench, settings),
    env: { NODE_NAME: 'node-1' },
    clock: systemClock,
    logger,
  });
  const running = await run(t, bench, { env: settings, ...metadata.answers });
  const stop = new AbortController();
  const watching = metadata.watch(() => running.collector.lookSoon(), stop.signal);
  t.after(async () => {
    stop.abort();
    await watching;
  });
  return { ...running, metadata, said };
}

const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });

test('records leave at once with what the path says; labels and owner are added when they come, and follow changes', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  api.failWith = 503;
  const container = new FakeContainer({ ...bench, uid: 'u1' });
  container.write('first');
  const { sink, said, metadata } = await connected(t, bench, api.url);
  await until('the first record', () => sink.records.length === 1);
  assert.equal(Object.hasOwn(sink.records[0]?.kubernetes ?? {}, 'owner'), false);
  await until('the failure was said', () => said.some((text) => /no metadata/.test(text)));

  api.put({
    metadata: {
      uid: 'u1',
      labels: { app: 'api', 'pod-template-hash': '7c9f8', secretish: 'x' },
      ...owner('ReplicaSet', 'api-7c9f8'),
    },
  });
  api.put({ metadata: { uid: 'u2' } });
  api.failWith = undefined;
  await until('the list, in two pages', () => metadata.index.size === 2);
  container.write('second');
  await until('the second record', () => sink.records.length === 2);
  assert.deepEqual(sink.records[1]?.kubernetes, {
    node: 'node-1',
    namespace: 'shop',
    pod: 'api-0',
    uid: 'u1',
    container: 'main',
    restart: 0,
    owner: { kind: 'Deployment', name: 'api' },
    labels: { app: 'api' },
  });
  assert.equal(sink.records[1]?.file, sink.records[0]?.file);

  await until('the watch', () => api.watches === 1);
  api.put({ metadata: { uid: 'u1', labels: { app: 'renamed' } } });
  await until('the change', () => metadata.answers.infoOf({ uid: 'u1' } as never)?.labels['app'] === 'renamed');
  container.write('third');
  await until('the third record', () => sink.records.length === 3);
  assert.deepEqual(sink.records[2]?.kubernetes.labels, { app: 'renamed' });
  assert.equal(said.filter((text) => /no metadata/.test(text)).length, 1, 'said once');
  assert.ok(api.requests.every((url) => url.searchParams.get('fieldSelector') === 'spec.nodeName=node-1'));
});

test('a watch whose place in history is gone lists anew, and forgets nobody it has just missed', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  api.pageSize = 10;
  api.put({ metadata: { uid: 'u1', labels: { app: 'a' } } });
  const { metadata } = await connected(t, bench, api.url);
  const labels = (uid: string) => metadata.answers.infoOf({ uid } as never)?.labels;
  await until('the watch', () => api.watches === 1);
  api.interrupt(() => {
    api.put({ metadata: { uid: 'u1', labels: { app: 'b' } } });
    api.put({ metadata: { uid: 'u2', labels: { app: 'c' } } });
  });
  await until('the news', () => labels('u2') !== undefined);
  assert.deepEqual([labels('u1'), labels('u2')], [{ app: 'b' }, { app: 'c' }]);
  await until('the watch again', () => api.watches === 1);
});

test('#32 a static Pod is found by the hash that its directory carries', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  const hash = '49cc7c1fd3702c40b2686ea7486091d6';
  api.put({
    metadata: {
      uid: 'mirror-uid',
      annotations: { 'kubernetes.io/config.mirror': hash },
      labels: { 'k8s-app': 'etcd' },
      ...owner('Node', 'n1'),
    },
  });
  const container = new FakeContainer({ ...bench, namespace: 'kube-system', pod: 'etcd-n1', uid: hash });
  const { sink, metadata } = await connected(t, bench, api.url);
  await until('the list', () => metadata.index.synced);
  container.write('ready');
  await until('its line', () => sink.records.length === 1);
  const { kubernetes } = sink.records[0] ?? {};
  assert.deepEqual([kubernetes?.owner, kubernetes?.labels], [{ kind: 'Node', name: 'n1' }, { 'k8s-app': 'etcd' }]);
});

test('#3 the last words of a finished Job that is kept come out once the API says that it has ended', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  const container = new FakeContainer({ ...bench, uid: 'job-uid' });
  const status = (terminated: boolean) => ({
    phase: 'Running',
    containerStatuses: [{ name: 'main', restartCount: 0, state: terminated ? { terminated: {} } : {} }],
  });
  api.put({ metadata: { uid: 'job-uid' }, status: status(false) });
  container.write('working');
  container.write('fatal: ', 'stderr', 'P');
  const { sink, metadata, counters } = await connected(t, bench, api.url);
  await until('the list', () => metadata.index.synced);
  await until('the whole line', () => sink.records.length === 1);
  const { scans } = counters;
  await until('more scans', () => counters.scans > scans + 3);
  assert.equal(sink.records.length, 1, 'nothing by a timer');
  await until('the watch', () => api.watches === 1);
  api.put({ metadata: { uid: 'job-uid' }, status: status(true) });
  await until('the last words', () => sink.records.length === 2);
  assert.deepEqual([sink.records[1]?.log, sink.records[1]?.flags], ['fatal: ', ['incomplete']]);
});

test('a selector leaves Pods alone before they are read, waits a moment for unknown ones, and follows changes', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  api.failWith = 403;
  api.put({ metadata: { uid: 'wanted', labels: { app: 'api' } } });
  api.put({ metadata: { uid: 'unwanted', labels: { app: 'noise' } } });
  api.put({ metadata: { uid: 'off', labels: { app: 'api' }, annotations: { logs: 'off' } } });
  const containers = Object.fromEntries(
    ['wanted', 'unwanted', 'off'].map((uid) => [uid, new FakeContainer({ ...bench, pod: uid, uid })]),
  );
  for (const [name, container] of Object.entries(containers)) container.write(name);
  const { sink, collector, counters } = await connected(t, bench, api.url, {
    JOURNEY_FILTER_LABEL_SELECTOR: 'app in (api, web)',
    JOURNEY_FILTER_ANNOTATION_SELECTOR: 'logs!=off',
    JOURNEY_FILTER_UNKNOWN_POD_MS: '60000',
  });
  const { scans } = counters;
  await until('some scans', () => counters.scans > scans + 3);
  assert.deepEqual(sink.texts(), [], 'nothing before the labels are known');
  api.failWith = undefined;
  await until('the wanted', () => sink.records.length === 1);
  await until('the others are let go', () => collector.chains.size === 1);
  containers['unwanted']?.write('more noise');
  containers['wanted']?.write('more');
  await until('more', () => sink.records.length === 2);
  assert.deepEqual(sink.texts(), ['wanted', 'more']);
  containers['unwanted']?.deletePod();

  await until('the watch', () => api.watches === 1);
  api.put({ metadata: { uid: 'off', labels: { app: 'api' } } });
  await until('what its files hold', () => sink.texts().includes('off'));
  api.put({ metadata: { uid: 'off', labels: { app: 'api' }, annotations: { logs: 'off' } } });
  await until('it is let go', () => collector.chains.size === 1);
  containers['off']?.write('off again');
  containers['wanted']?.write('last');
  await until('the last', () => sink.texts().includes('last'));
  assert.ok(!sink.texts().includes('off again'));
  assert.equal(
    Object.values(counters.lost).reduce((a, b) => a + b, 0),
    0,
    'what is not wanted is not lost',
  );
});

test('a Pod that the API never names is read after the wait', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  new FakeContainer(bench).write('unknown');
  const env = { JOURNEY_FILTER_LABEL_SELECTOR: 'app=api', JOURNEY_FILTER_UNKNOWN_POD_MS: '300' };
  const { sink } = await connected(t, bench, api.url, env);
  await until('its line', () => sink.records.length === 1);
});

test('with namespaces chosen it asks for each of them, and sends the token as it is in the file at that time', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  const tokenFile = join(bench.state, 'token');
  writeFileSync(tokenFile, 'one\n');
  api.put({ metadata: { uid: 'u1', namespace: 'shop' } });
  await connected(t, bench, api.url, {
    JOURNEY_FILTER_INCLUDE_NAMESPACES: 'shop,infra',
    JOURNEY_METADATA_TOKEN_FILE: tokenFile,
  });
  await until('both watches', () => api.watches === 2);
  assert.deepEqual([...new Set(api.requests.map((url) => url.pathname))].toSorted(), [
    '/api/v1/namespaces/infra/pods',
    '/api/v1/namespaces/shop/pods',
  ]);
  writeFileSync(tokenFile, 'two\n');
  api.interrupt(() => undefined);
  await until('both watches again', () => api.watches === 2);
  assert.deepEqual([api.tokens[0], api.tokens.at(-1)], ['Bearer one', 'Bearer two']);
});

test('a list that is cut off is no list: nobody is taken for deleted, and it is asked for again', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  api.pageSize = 10;
  for (const uid of ['u1', 'u2']) api.put({ metadata: { uid, labels: { app: uid } } });
  const { metadata, said } = await connected(t, bench, api.url);
  await until('the watch', () => api.watches === 1);
  api.cutLists = 1;
  api.interrupt(() => undefined);
  await until('the failure was said', () => said.some((text) => /no metadata/.test(text)));
  assert.deepEqual(metadata.answers.infoOf({ uid: 'u2' } as never)?.labels, { app: 'u2' });
  await until('the watch again', () => api.watches === 1);
  assert.equal(metadata.index.size, 2);
});

test('of annotations that would fill the memory the short ones are kept, labels whole', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  const big = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`big-${i}`, 'x'.repeat(1_000)]));
  const labels = { app: 'api' };
  api.put({
    metadata: { uid: 'u1', labels, annotations: { huge: 'x'.repeat(200_000), ...big, 'example.com/logs': 'off' } },
  });
  const { metadata } = await connected(t, bench, api.url);
  await until('the list', () => metadata.index.synced);
  const info = metadata.answers.infoOf({ uid: 'u1' } as never);
  assert.deepEqual(info?.labels, labels);
  assert.equal(info?.annotations['example.com/logs'], 'off');
  assert.ok(JSON.stringify(info).length < 10_000);
});

for (const [name, env, says] of [
  ['without a node', {}, /NODE_NAME/],
  ['outside a Pod without an address', { NODE_NAME: 'n' }, /not a Pod/],
] as const) {
  test(`the API cannot be asked ${name}: said plainly`, (t) => {
    const config = configOf(node(t), { JOURNEY_METADATA_SOURCE: 'api' });
    const logger = createLogger({ service: 'log-collector', level: 'silent', destination: { write: () => undefined } });
    assert.throws(() => connectMetadata({ config, env, clock: systemClock, logger }), says);
  });
}

test('a selector that is none is named', (t) => {
  const config = configOf(node(t), {
    JOURNEY_METADATA_API_URL: 'http://127.0.0.1:1',
    JOURNEY_FILTER_LABEL_SELECTOR: 'a b',
  });
  const logger = createLogger({ service: 'log-collector', level: 'silent', destination: { write: () => undefined } });
  assert.throws(
    () => connectMetadata({ config, env: { NODE_NAME: 'n' }, clock: systemClock, logger }),
    /filter\.labelSelector: "a b" is no selector/,
  );
});
