import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import test from 'node:test';
import { FakeApiServer } from '../log-collector/support/fake-api-server.ts';
import { node } from '../log-collector/support/run-collector.ts';
import { spawnCollector } from '../log-collector/support/spawn-collector.ts';
import { bundledMain, compileCache } from '../support/bundles.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until as untilSoon } from '../support/until.ts';

const bin = resolve(import.meta.dirname, '../../bin/journey.mjs');
bundledMain('api');

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 40_000, everyMs: 20 });

/** Not at once, as `spawnSync` would: the API server that a collector asks may live in this process. */
async function explain(...args: string[]) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE: compileCache, LANG: 'C' };
  const child = spawn(process.execPath, [bin, 'logs', 'explain', ...args], { env, timeout: 60_000 });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

test('without a collector: the settings of the file, whether a file is read and by which rule, what redacts and joins', async (t) => {
  const dir = tempFolder(t);
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.write('java.lang.Error: token=abc');
  container.write('\tat a.B.c(B.java:1)');
  container.write('{"a":1}');
  const file = join(dir, 'config/log-collector/config.yaml');
  mkdirSync(dirname(file), { recursive: true });
  const set = (text: string) => writeFileSync(file, text);
  const first = await explain(container.live, '--dir', dir);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^with the default settings: /);
  assert.match(first.stdout, /\nit is read: no filter speaks against it\n.* are not joined\nthere is no rate limit\n/);
  assert.doesNotMatch(first.stdout, /stack trace,|redacted/);

  set(
    'records: {redact: ["x+", "token=(?<secret>\\\\S+)"], traces: {rules: ["shop/*/main=java"]}}\nreader: {rateLimitBytes: 5000}',
  );
  const said = await explain(container.live, '--dir', dir);
  assert.equal(said.stdout.split('\n')[0], `with the settings in ${file}; no collector runs here`);
  assert.match(said.stdout, /joined as java, by the rule shop\/\*\/main=java\n/);
  assert.match(said.stdout, /rate limit: 5000 bytes a second; whether it is active only a running collector knows/);
  assert.match(
    said.stdout,
    /byte 0: .* it ends a line; it begins a stack trace\n.*; it continues a stack trace\n.*it ends a line\n/,
  );
  assert.match(
    said.stdout,
    /records a sink would get: 2\n.*token=\[redacted\].*"lines":2.*\n {2}redacted by token=\(\?<secret>\\S\+\)\n/,
  );

  set('filter: {excludeNamespaces: [noise, shop]}');
  const zh = await explain(container.live, '--dir', dir, '--lang', 'zh');
  assert.match(zh.stdout, /不会读取：其 Namespace 在 filter\.excludeNamespaces: noise, shop 之列\n/);
  set('metadata: {source: api}\nfilter: {labelSelector: "app=web"}');
  assert.match(
    (await explain(container.live, '--dir', dir)).stdout,
    /depends on its Pod’s labels .*: filter\.labelSelector: app=web\n/,
  );
  set('records: {redact: ["("]}');
  const invalid = await explain(container.live, '--dir', dir);
  assert.equal(invalid.code, 78);
  assert.match(invalid.stderr, /records\.redact\[0\]/);
});

test('of a line alone is said what it may be in a stack trace', async (t) => {
  const dir = tempFolder(t);
  const line = '2026-11-25T06:00:00.5Z stderr F ';
  const said = await explain(`${line}\tat a.B.c(B.java:1)`, '--dir', dir);
  assert.match(said.stdout, /it ends a line; it continues a stack trace\n/);
  assert.doesNotMatch(said.stdout, /it is read/);
  assert.match((await explain(`${line}Oh no`, '--dir', dir, '--lang', 'zh')).stdout, /它可能是堆栈跟踪的首行/);
});

test('a running collector says what it follows, what annotations ask for, and whether the rate limit is at work', async (t) => {
  const bench = node(t);
  const api = await FakeApiServer.start(t);
  const annotations = { 'journey.example/join-traces': 'main=go' };
  api.put({ metadata: { uid: 'u-api', labels: { app: 'api' }, annotations } });
  api.put({ metadata: { uid: 'u-web', labels: { app: 'web' } } });
  const wanted = new FakeContainer({ ...bench, pod: 'api', uid: 'u-api' });
  const unwanted = new FakeContainer({ ...bench, pod: 'web', uid: 'u-web' });
  const child = spawnCollector(t, bench, {
    env: {
      JOURNEY_METADATA_SOURCE: 'api',
      JOURNEY_METADATA_API_URL: api.url,
      JOURNEY_METADATA_TOKEN_FILE: '',
      JOURNEY_FILTER_LABEL_SELECTOR: 'app=api',
      JOURNEY_FILTER_UNKNOWN_POD_MS: '60000',
      JOURNEY_READER_RATE_LIMIT_BYTES: '1000',
      JOURNEY_READER_TURN_BYTES: '65536',
      NODE_NAME: 'n1',
    },
  });
  const url = await child.url();
  await until('the watch', () => api.watches === 1);
  wanted.write('first');
  await until('a line', () => child.records().length === 1);
  const quiet = await explain(wanted.live, '--collector', url);
  assert.equal(quiet.code, 0, quiet.stderr);
  assert.match(quiet.stdout, /^with the settings of the collector at http/);
  assert.match(quiet.stdout, /\nit is read: the collector follows it\n.*joined as go, by its Pod’s annotation\n/);
  assert.match(quiet.stdout, /rate limit: 1000 bytes a second, not active now; 0 waits so far, 0 bytes dropped\n/);
  const other = await explain(unwanted.live, '--collector', url);
  assert.match(other.stdout, /it is not read: .* does not fit filter\.labelSelector: app=api, or is its own\n/);
  wanted.writeSequence(0, 2_000, ` ${'x'.repeat(100)}`);
  await until('it waits', async () => /rate_limited_total [1-9]/.test((await child.get('/metrics')).body));
  const { rateLimit, choice, settings, joining } = JSON.parse(
    (await explain(wanted.live, '--collector', url, '--json')).stdout,
  );
  assert.deepEqual([choice, settings, joining], [{ read: true, because: 'followed' }, { url }, { languages: 'go' }]);
  assert.equal(rateLimit.active, true);
  assert.ok(rateLimit.waits > 0);
  await child.end('SIGTERM');
  const away = await explain(wanted.live, '--collector', url);
  assert.equal(away.code, 69);
  assert.match(away.stderr, /The collector at http.* cannot be asked: .*port-forward/);
});
