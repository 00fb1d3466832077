import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Counters } from '../../src/log-collector/counters.ts';
import type { OtlpRecord } from '../../src/log-collector/record/read-otlp.ts';
import { deadLetterFile } from '../../src/log-collector/sinks/dead-letter.ts';
import { lokiPush } from '../../src/log-collector/sinks/loki-push.ts';
import { otlpPush } from '../../src/log-collector/sinks/otlp-push.ts';
import type { PushFormat } from '../../src/log-collector/sinks/push-format.ts';
import { PushSink, retryAfter } from '../../src/log-collector/sinks/push-sink.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { decodeOtlp, encodeOtlp } from '../support/otlp.ts';
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
type Answer = {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer | Readable;
};

const protobuf = 'application/x-protobuf';
/** A server answers in the encoding it was asked in, an error as a `google.rpc.Status`. */
const otlpAnswer = (status: number, message = '', headers = {}): Answer => ({
  status,
  headers: { 'content-type': protobuf, ...headers },
  body: encodeOtlp('Status', { code: 3, message, details: [{ typeUrl: 'x/y', value: Buffer.from('z') }] }),
});
const otlpTaken = (partialSuccess?: object): Answer => ({
  status: 200,
  headers: { 'content-type': protobuf },
  body: encodeOtlp('ExportLogsServiceResponse', partialSuccess === undefined ? {} : { partialSuccess }),
});

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
      body:
        request.headers['content-type'] === protobuf
          ? decodeOtlp('ExportLogsServiceRequest', bytes)
          : JSON.parse(bytes.toString()),
      bytes: bytes.length,
      at: performance.now(),
    };
    const { status, headers, body = '' } = answer(got, requests.length);
    requests.push(got);
    if (status < 300) taken.push(got);
    response.writeHead(status, headers);
    if (body instanceof Readable) body.pipe(response).once('close', () => body.destroy());
    else response.end(body);
  }).listen(0, '127.0.0.1');
  await until('the server listens', () => http.listening);
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/push`, requests, taken };
}

function pushSink(
  bench: Bench,
  url: string,
  format: PushFormat,
  counters: Counters,
  failures: string[] = [],
  objections: [reason: string, refused: number][] = [],
) {
  return new PushSink({
    url,
    format,
    node: 'node-1',
    headers: { 'x-scope-orgid': 'team' },
    timeoutMs: 2_000,
    fetch,
    counters,
    failing: (reason) => void failures.push(reason),
    objected: (...objection) => void objections.push(objection),
    deadLetter: deadLetterFile(join(bench.state, 'dead-letter.jsonl'), () => {}),
    backoff: { firstMs: 5, maxMs: 20 },
  });
}

const lokiTexts = (requests: readonly Request[]): string[] =>
  requests.flatMap(({ body }) => body.streams.flatMap((s: { values: string[][] }) => s.values.map((v) => v[1] ?? '')));

const otlpRecordsOf = (requests: readonly Request[]) =>
  requests.flatMap(({ body }) =>
    body.resourceLogs.flatMap((r: { scopeLogs: { logRecords: OtlpRecord[] }[] }) =>
      r.scopeLogs.flatMap(({ logRecords }) => logRecords),
    ),
  ) as OtlpRecord[];
const otlpTexts = (requests: readonly Request[]) => otlpRecordsOf(requests).map(({ body }) => body.stringValue);

function lettersOf(bench: Bench) {
  return readFileSync(join(bench.state, 'dead-letter.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

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

test('OTLP: protobuf in which the resource is the container, the scope is us and the record has its attributes', async (t) => {
  const bench = node(t);
  new FakeContainer(bench).raw('2026-11-25T06:00:00.123456789Z stderr F ERROR broken\n');
  const { url, taken } = await server(t, () => otlpTaken());
  const objections: [string, number][] = [];
  const counters = new Counters();
  await run(t, bench, { sink: pushSink(bench, url, otlpPush, counters, [], objections) });
  await until('the record', () => taken.length === 1);
  assert.equal(taken[0]?.headers['content-type'], 'application/x-protobuf');
  assert.equal(taken[0]?.headers['content-encoding'], 'gzip');
  const [{ resource, scopeLogs }] = taken[0]?.body.resourceLogs ?? [];
  assert.deepEqual(
    resource.attributes.map(({ key, value }: { key: string; value: object }) => [key, value]),
    [
      ['k8s.node.name', { stringValue: 'node-1' }],
      ['k8s.namespace.name', { stringValue: 'shop' }],
      ['k8s.pod.name', { stringValue: 'api-0' }],
      ['k8s.pod.uid', { stringValue: resource.attributes[3].value.stringValue }],
      ['k8s.container.name', { stringValue: 'main' }],
      ['k8s.container.restart_count', { intValue: '0' }],
    ],
  );
  assert.deepEqual(scopeLogs[0].scope, { name: 'journey.log-collector' });
  const [{ attributes, ...record }] = scopeLogs[0].logRecords;
  assert.deepEqual(record, {
    timeUnixNano: '1795586400123456789',
    severityNumber: 17,
    severityText: 'error',
    body: { stringValue: 'ERROR broken' },
  });
  assert.deepEqual(attributes[0], { key: 'log.iostream', value: { stringValue: 'stderr' } });
  assert.match(attributes[1].value.stringValue, /^[0-9a-f]{16}$/);
  assert.deepEqual(attributes[2], { key: 'log.record.offset', value: { intValue: '0' } });
  assert.deepEqual(objections, []);
  assert.equal(counters.sinkRejected, 0);
});

test('OTLP: odd bytes of two containers arrive as they are, or with U+FFFD and a mark', async (t) => {
  const bench = node(t);
  const odd = [
    ...['', '\0', 'a\0b\t"\\', '😀 é €', '\u007f\ufeff', '{"level":"warn","msg":"x"}', `long ${'é'.repeat(40_000)}`],
    ...[127, 128, 16_383, 16_384].map((length) => 'x'.repeat(length)),
  ];
  for (const pod of ['a', 'b']) {
    const container = new FakeContainer({ ...bench, pod });
    for (const text of odd) container.raw(`2026-11-25T06:00:00.000000001Z stdout F ${text}\n`);
    const invalid = [[0xff], [0xed, 0xa0, 0x80], [0xc3], [0xf0, 0x9f, 0x98]].map((bytes) => Buffer.from(bytes));
    for (const bytes of invalid)
      container.raw(Buffer.concat([Buffer.from('2026-11-25T06:00:00.5Z stdout F bad '), bytes, Buffer.from('|\n')]));
  }
  const { url, taken } = await server(t, () => otlpTaken());
  await run(t, bench, { sink: pushSink(bench, url, otlpPush, new Counters()) });
  await until('all records', () => otlpTexts(taken).length === 2 * (odd.length + 4));
  const all = otlpTexts(taken);
  for (const text of odd)
    assert.equal(all.filter((each) => each === text).length, 2, JSON.stringify(text.slice(0, 40)));
  // The Encoding Standard's maximal parts: one mark for the cut emoji, one for each byte of the surrogate.
  for (const [mark, count] of [
    ['bad \ufffd|', 6],
    ['bad \ufffd\ufffd\ufffd|', 2],
  ] as const)
    assert.equal(all.filter((each) => each === mark).length, count, mark);
  const flagged = otlpRecordsOf(taken).filter(({ attributes }) =>
    attributes.some(({ key }) => key === 'log.record.flags'),
  );
  assert.equal(flagged.length, 8);
  assert.deepEqual(flagged[0]?.attributes.at(-1)?.value, { stringValue: 'invalid_utf8' });
});

test('OTLP: what a request that was taken has lost is counted and said; a mere warning is said once', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 5);
  const answers = [
    otlpTaken({ rejectedLogRecords: 2, errorMessage: 'too old' }),
    otlpTaken({ errorMessage: 'use /v2' }),
    otlpTaken({ errorMessage: 'use /v2' }),
    // Not the answer to protobuf that the specification wants, and bytes that are none: taken is taken.
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{"partialSuccess":{}}' },
    { status: 200, headers: { 'content-type': protobuf }, body: Buffer.from([0x0a, 99]) },
    // More than were sent.
    otlpTaken({ rejectedLogRecords: -1 }),
  ];
  const { url, taken } = await server(t, (_request, n) => answers[n] ?? otlpTaken());
  const objections: [string, number][] = [];
  const { counters } = await run(t, bench, { sink: pushSink(bench, url, otlpPush, new Counters(), [], objections) });
  for (let n = 1; n <= 5; n++) {
    await until(`request ${n}`, () => taken.length === n);
    container.writeSequence(5 * n, 5);
  }
  await until('the answer to the last', () => counters.sinkRejected === 7);
  assertExact(otlpTexts(taken), 30);
  assert.deepEqual(objections, [
    ['too old', 2],
    ['use /v2', 0],
    ['', 5],
  ]);
  assert.equal(counters.sinkRetries, 0, 'what was taken in part must not be sent again');
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

test('an answer without an end is not read to one, and what was taken is not sent again', async (t) => {
  const bench = node(t);
  new FakeContainer(bench).writeSequence(0, 1);
  let sent = 0;
  const endless = new Readable({
    read() {
      sent += 65_536;
      this.push(Buffer.alloc(65_536, 'x'));
    },
  });
  const { url, requests } = await server(t, () => ({ status: 200, body: endless }));
  const { counters, collector } = await run(t, bench, { sink: pushSink(bench, url, lokiPush, new Counters()) });
  await until('the record is taken', () => counters.sinkBatches === 1 && collector.pendingBytes === 0);
  await until('the connection is given up', () => endless.destroyed);
  assert.ok(sent < 32 * 1_048_576, `${sent} bytes were taken`);
  assert.equal(requests.length, 1);
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

test('OTLP: a busy server is waited for as long as it says, and what it says is told once', async (t) => {
  const bench = node(t);
  new FakeContainer(bench).writeSequence(0, 3);
  const answers = [otlpAnswer(429, 'slow down', { 'retry-after': '1' }), otlpAnswer(503, 'still busy')];
  const { url, requests, taken } = await server(t, (_request, n) => answers[n] ?? otlpTaken());
  const failures: string[] = [];
  const counters = new Counters();
  await run(t, bench, { sink: pushSink(bench, url, otlpPush, counters, failures) });
  await until('the records', () => taken.length === 1);
  assertExact(otlpTexts(taken), 3);
  assert.ok((requests[1]?.at ?? 0) - (requests[0]?.at ?? 0) >= 990, 'not before the second is over');
  assert.deepEqual(failures, ['the server answered 429: slow down']);
  assert.equal(counters.sinkRetries, 2);
});

for (const [name, format, texts, textOf] of [
  ['Loki', lokiPush, lokiTexts, (record: string[]) => record[1]],
  ['OTLP', otlpPush, otlpTexts, (record: OtlpRecord) => record.body.stringValue],
] as const) {
  test(`413: the request to ${name} is split until it fits; a record that is too large alone goes to the dead letters`, async (t) => {
    const bench = node(t);
    for (const pod of ['a', 'b']) {
      const container = new FakeContainer({ ...bench, pod });
      if (pod === 'a') container.writeSequence(0, 500);
      container.write(`huge ${'x'.repeat(10_000)}`);
      if (pod === 'a') container.writeSequence(500, 500);
    }
    const { url, taken } = await server(t, ({ bytes }) => {
      if (bytes <= 8_000) return name === 'OTLP' ? otlpTaken() : { status: 204 };
      return name === 'OTLP' ? otlpAnswer(413, 'too large') : { status: 413, body: 'too large' };
    });
    const { counters } = await run(t, bench, { sink: pushSink(bench, url, format, new Counters()) });
    await until('everything that fits', () => texts(taken).length >= 1_000);
    assertExact(texts(taken), 1_000);
    await until('the refusals', () => counters.sinkRejected === 2);
    assert.ok(counters.lost.rejected > 20_000);
    const letters = lettersOf(bench);
    assert.deepEqual(letters.map((l) => [l.kubernetes.pod, textOf(l.record)?.slice(0, 5)]).sort(), [
      ['a', 'huge '],
      ['b', 'huge '],
    ]);
    assert.equal(letters[0].reason, '413 too large');
  });
}

for (const [from, refusal, reason] of [
  ['the server', otlpAnswer(400, 'no such tenant'), '400 no such tenant'],
  ['a proxy', { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>Bad</h1>' }, '400 <h1>Bad</h1>'],
  ['a server whose words are none', { ...otlpAnswer(400), body: 'no protobuf' }, '400 '],
] as const) {
  test(`400 from ${from}: not tried again, kept as dead letters, counted, and what follows is delivered`, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.writeSequence(0, 10);
    const { url, requests, taken } = await server(t, (_r, n) => (n === 0 ? refusal : otlpTaken()));
    const { counters } = await run(t, bench, { sink: pushSink(bench, url, otlpPush, new Counters()) });
    await until('the refusal', () => counters.sinkRejected === 10);
    container.writeSequence(10, 10);
    await until('the others', () => taken.length === 1);
    assert.equal(requests.length, 2);
    assert.equal(counters.sinkRetries, 0);
    const letters = lettersOf(bench);
    assert.deepEqual(
      letters.map((letter) => letter.record),
      otlpRecordsOf(requests).slice(0, 10),
      'what was sent, in the JSON of OTLP',
    );
    assert.equal(letters[0].reason, reason);
  });
}

test('what the API says goes along: a workload label for Loki, resource attributes for OTLP', () => {
  const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 0 };
  const info = { labels: { app: 'api' }, annotations: {}, owner: { kind: 'Deployment', name: 'api' } };
  const part = { instance, info, labels: { app: 'api' } };
  const loki = JSON.parse(lokiPush.body([{ ...part, bytes: Buffer.from('["1","x",{}]\n') }], 'n1').toString());
  assert.equal(loki.streams[0].stream.workload, 'Deployment/api');
  const bytes = encodeOtlp('ScopeLogs', { logRecords: [{ body: { stringValue: 'x' } }] });
  const otlp = decodeOtlp('ExportLogsServiceRequest', otlpPush.body([{ ...part, bytes }], 'n1'));
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
