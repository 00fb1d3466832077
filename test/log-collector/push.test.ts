import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Counters } from '../../src/log-collector/counters.ts';
import { deadLetterFile } from '../../src/log-collector/sinks/dead-letter.ts';
import { lokiPush, otlpPush, type PushFormat } from '../../src/log-collector/sinks/push-format.ts';
import { PushSink, retryAfter } from '../../src/log-collector/sinks/push-sink.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until } from '../support/until.ts';
import { assertExact } from './support/accounting.ts';
import { type Bench, node, run } from './support/run-collector.ts';

interface Request {
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: the body of a protocol, looked into by the tests below.
  readonly body: any;
  readonly bytes: number;
  readonly at: number;
}
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** A real HTTP server that answers as told and keeps what it took (2xx). */
async function server(t: TestContext, answer: (request: Request, n: number) => Answer) {
  const requests: Request[] = [];
  const taken: Request[] = [];
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = gunzipSync(Buffer.concat(chunks));
    const got = {
      headers: request.headers,
      body: JSON.parse(bytes.toString()),
      bytes: bytes.length,
      at: performance.now(),
    };
    const { status, headers, body = '' } = answer(got, requests.length);
    requests.push(got);
    if (status < 300) taken.push(got);
    response.writeHead(status, headers).end(body);
  }).listen(0, '127.0.0.1');
  await until('the server listens', () => http.listening);
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/push`, requests, taken };
}

function pushSink(bench: Bench, url: string, format: PushFormat, counters: Counters, failures: string[] = []) {
  return new PushSink({
    url,
    format,
    node: 'node-1',
    headers: { 'x-scope-orgid': 'team' },
    timeoutMs: 2_000,
    fetch,
    counters,
    failing: (reason) => void failures.push(reason),
    deadLetter: deadLetterFile(join(bench.state, 'dead-letter.jsonl'), () => {}),
    backoff: { firstMs: 5, maxMs: 20 },
  });
}

const lokiTexts = (requests: readonly Request[]): string[] =>
  requests.flatMap(({ body }) => body.streams.flatMap((s: { values: string[][] }) => s.values.map((v) => v[1] ?? '')));

test('Loki: labels name the container, metadata holds the key, times are nanoseconds as strings', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.raw('2026-11-25T06:00:00.123456789Z stdout F level=warn "quoted" €\n');
  container.raw('2026-11-25T16:00:00.5+10:00 stderr F second\n');
  const { url, taken } = await server(t, () => ({ status: 204 }));
  await run(t, bench, { sink: pushSink(bench, url, lokiPush, new Counters()) });
  await until('both records', () => lokiTexts(taken).length === 2);
  assert.equal(taken[0]?.headers['content-encoding'], 'gzip');
  assert.equal(taken[0]?.headers['x-scope-orgid'], 'team');
  const stream = taken[0]?.body.streams[0];
  assert.deepEqual(stream.stream, { node: 'node-1', namespace: 'shop', pod: 'api-0', container: 'main' });
  const [[time, text, metadata]] = stream.values;
  assert.deepEqual([time, text], ['1795586400123456789', 'level=warn "quoted" €']);
  assert.deepEqual([metadata.level, metadata.stream, metadata.offset], ['warn', 'stdout', '0']);
  assert.match(metadata.file, /^[0-9a-f]{16}$/);
  assert.equal(taken.flatMap((r) => r.body.streams[0].values).at(1)?.[0], '1795586400500000000');
});

test('OTLP: the resource is the container, 64-bit numbers are strings, partial success is counted', async (t) => {
  const bench = node(t);
  new FakeContainer(bench).raw('2026-11-25T06:00:00.123456789Z stderr F ERROR broken\n');
  const { url, taken } = await server(t, () => ({
    status: 200,
    body: '{"partialSuccess":{"rejectedLogRecords":"1"}}',
  }));
  const { counters } = await run(t, bench, { sink: pushSink(bench, url, otlpPush, new Counters()) });
  await until('the record', () => counters.sinkRejected === 1);
  const [{ resource, scopeLogs }] = taken[0]?.body.resourceLogs ?? [];
  const names = Object.fromEntries(resource.attributes.map((a: { key: string; value: unknown }) => [a.key, a.value]));
  assert.deepEqual(names['k8s.pod.name'], { stringValue: 'api-0' });
  assert.deepEqual(names['k8s.container.restart_count'], { intValue: '0' });
  const [record] = scopeLogs[0].logRecords;
  assert.equal(record.timeUnixNano, '1795586400123456789');
  assert.deepEqual(
    [record.severityNumber, record.severityText, record.body.stringValue],
    [17, 'error', 'ERROR broken'],
  );
  assert.deepEqual(record.attributes[0], { key: 'log.iostream', value: { stringValue: 'stderr' } });
  assert.deepEqual(record.attributes[2], { key: 'log.record.offset', value: { intValue: '0' } });
});

test('#26 a server that is busy, down or misconfigured is waited for; nothing is lost, nothing is sent twice', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 3_000);
  const statuses = [429, 503, 500, 401, 404, 502];
  const { url, requests, taken } = await server(t, (_request, n) => ({ status: statuses[n] ?? 204 }));
  const counters = new Counters();
  const failures: string[] = [];
  await run(t, bench, { sink: pushSink(bench, url, lokiPush, counters, failures) });
  await until('everything', () => lokiTexts(taken).length >= 3_000);
  assertExact(lokiTexts(taken), 3_000);
  assert.equal(counters.sinkRetries, statuses.length);
  assert.deepEqual(failures, ['the server answered 429: '], 'said once');
  assert.ok(requests.length > statuses.length);
});

test('Retry-After is honoured', async (t) => {
  const bench = node(t);
  new FakeContainer(bench).writeSequence(0, 1);
  const { url, requests, taken } = await server(t, (_request, n) =>
    n === 0 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 204 },
  );
  await run(t, bench, { sink: pushSink(bench, url, lokiPush, new Counters()) });
  await until('the record', () => taken.length === 1);
  assert.ok((requests[1]?.at ?? 0) - (requests[0]?.at ?? 0) >= 990, 'not before the second is over');
  assert.equal(retryAfter('3'), 3_000);
  assert.equal(retryAfter('Wed, 25 Nov 2026 06:00:10 GMT', Date.UTC(2026, 10, 25, 6, 0, 0)), 10_000);
  assert.deepEqual([retryAfter(null), retryAfter('soon'), retryAfter('999999')], [0, 0, 300_000]);
});

test('413: the request is split until it fits; a record that is too large alone goes to the dead letters', async (t) => {
  const bench = node(t);
  for (const pod of ['a', 'b']) {
    const container = new FakeContainer({ ...bench, pod });
    if (pod === 'a') container.writeSequence(0, 500);
    container.write(`huge ${'x'.repeat(10_000)}`);
    if (pod === 'a') container.writeSequence(500, 500);
  }
  const { url, taken } = await server(t, ({ bytes }) => ({ status: bytes > 8_000 ? 413 : 204 }));
  const { counters } = await run(t, bench, { sink: pushSink(bench, url, lokiPush, new Counters()) });
  await until('everything that fits', () => lokiTexts(taken).length >= 1_000);
  assertExact(lokiTexts(taken), 1_000);
  await until('the refusals', () => counters.sinkRejected === 2);
  assert.ok(counters.lost.rejected > 20_000);
  const letters = readFileSync(join(bench.state, 'dead-letter.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
  assert.deepEqual(letters.map((l) => [l.kubernetes.pod, l.record[1].slice(0, 5)]).sort(), [
    ['a', 'huge '],
    ['b', 'huge '],
  ]);
  assert.match(letters[0].reason, /^413/);
});

test('400: not tried again, kept as dead letters, counted, and what follows is delivered', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 10);
  const { url, requests, taken } = await server(t, (_r, n) => ({
    status: n === 0 ? 400 : 200,
    body: n === 0 ? 'bad' : '{}',
  }));
  const { counters } = await run(t, bench, { sink: pushSink(bench, url, otlpPush, new Counters()) });
  await until('the refusal', () => counters.sinkRejected === 10);
  container.writeSequence(10, 10);
  await until('the others', () => taken.length === 1);
  assert.equal(requests.length, 2);
  assert.equal(counters.sinkRetries, 0);
  const letters = readFileSync(join(bench.state, 'dead-letter.jsonl'), 'utf8').trim().split('\n');
  assert.equal(letters.length, 10);
});

test('what the API says goes along: a workload label for Loki, resource attributes for OTLP', () => {
  const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 0 };
  const info = { labels: { app: 'api' }, annotations: {}, owner: { kind: 'Deployment', name: 'api' } };
  const part = { instance, info, labels: { app: 'api' }, bytes: Buffer.from('["1","x",{}]\n') };
  const loki = JSON.parse(lokiPush.body([part], 'n1').toString());
  assert.equal(loki.streams[0].stream.workload, 'Deployment/api');
  const otlp = JSON.parse(otlpPush.body([part], 'n1').toString());
  const attributes: { key: string; value: unknown }[] = otlp.resourceLogs[0].resource.attributes;
  const named = Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
  assert.deepEqual(named['k8s.deployment.name'], { stringValue: 'api' });
  assert.deepEqual(named['k8s.pod.label.app'], { stringValue: 'api' });
});

test('OTLP: 500 may not be retried, 503 may', () => {
  assert.deepEqual(
    [500, 501, 429, 502, 503, 504].map((s) => otlpPush.mayRetry(s)),
    [false, false, true, true, true, true],
  );
});
