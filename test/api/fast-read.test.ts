import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Answer, type Ask, ask } from './support/ask.ts';
import { startTestApi, type TestApi } from './support/start-test-api.ts';

/** Two APIs with the same data: one answers plain reads below the framework, the other sends everything through it. */
async function startBoth(t: TestContext, more: Record<string, string> = {}): Promise<{ fast: TestApi; full: TestApi }> {
  const env = { JOURNEY_CACHE_NEAR_TTL_SECONDS: '3600', JOURNEY_CACHE_NEGATIVE_TTL_MS: '60000', ...more };
  const [fast, full] = await Promise.all([
    startTestApi(t, env, { fastReads: true }),
    startTestApi(t, env, { fastReads: false }),
  ]);
  for (const api of [fast, full]) {
    for (const key of ['a', 'a/b', '..', 'k!$&*', '键', 'x'.repeat(1_024)]) await api.put({ key, value: { of: key } });
    await api.put({ key: 'large', value: 'v'.repeat(20_000) });
    await api.put({ key: 'unicode', value: '键🦊\u0000' });
    await api.ask('/api/v1/data/absent');
  }
  return { fast, full };
}

/** Everything a client sees, apart from what differs between any two requests. */
function seen({ status, headers: named, rawHeaders, text }: Answer): object {
  const id = String(named['x-request-id']);
  const headers: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = String(rawHeaders[i + 1])
      .replace(/^(00-[0-9a-f]{32})-[0-9a-f]{16}/, '$1-span')
      .replace(/ttl=\d+/, 'ttl=n')
      .replace(id, 'id');
    headers.push(name, name === 'Date' ? 'now' : value);
  }
  return { status, headers, text: text.replace(id, 'id') };
}

/** The completion line of one request, apart from what differs between any two. */
function logged(api: TestApi, requestId: string): object {
  const line = api.lines.findLast((l) => l['requestId'] === requestId);
  const { time, ms, spanId, ...rest } = line ?? {};
  assert.equal(typeof ms, 'number');
  return rest;
}

async function counted(api: TestApi): Promise<string[]> {
  const wanted = /^journey_(http_request_duration_seconds_count.*data|cache_requests_total)/;
  const { text } = await api.ask('/metrics');
  return text
    .split('\n')
    .filter((line) => wanted.test(line))
    .sort();
}

async function assertSame(fast: TestApi, full: TestApi, request: Ask, id: string): Promise<Answer> {
  const headers = {
    'x-request-id': id,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    ...request.headers,
  };
  const [one, other] = await Promise.all([fast.ask({ ...request, headers }), full.ask({ ...request, headers })]);
  assert.deepEqual(seen(one), seen(other));
  const answeredId = String(one.headers['x-request-id']);
  if (answeredId === id) assert.deepEqual(logged(fast, id), logged(full, id));
  return one;
}

test('the fast path answers, logs and counts exactly as the framework does', async (t) => {
  const { fast, full } = await startBoth(t);
  const etag = String((await fast.ask('/api/v1/data/a')).headers.etag);
  await full.ask('/api/v1/data/a');
  const path = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('a', 'absent', '..', 'k!$&*', 'large', 'unicode', 'x'.repeat(1_024)) },
    fc.constantFrom(
      'a%2Fb',
      'a/b',
      '%E9%94%AE',
      'a?',
      'a?x=1',
      'a#x',
      'a/',
      '',
      '%61',
      '%',
      '%00',
      'x'.repeat(1_025),
      '__proto__',
      'a;b',
      'a:b',
    ),
  );
  const header = fc.oneof(
    { weight: 3, arbitrary: fc.constant<[string, string]>(['accept', '*/*']) },
    fc.constantFrom<[string, string]>(
      ['if-none-match', etag],
      ['if-none-match', '"other"'],
      ['if-none-match', '*'],
      ['If-None-Match', 'bad'],
      ['if-match', etag],
      ['If-Match', '"other"'],
      ['accept-language', 'zh-CN'],
      ['Accept-Language', 'en'],
      ['connection', 'close'],
      ['Connection', 'keep-alive'],
      ['range', 'bytes=0-1'],
      ['accept-encoding', 'gzip, br'],
      ['if-modified-since', new Date().toUTCString()],
      ['cache-control', 'no-cache'],
      ['X-Request-Id', 'from-the-caller'],
      ['x-request-id', 'not safe"'],
      ['content-type', 'application/json'],
      ['accept-version', '1.0.0'],
    ),
  );
  const request = fc.record({
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD'),
    path,
    headers: fc.array(header, { maxLength: 3 }),
  });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path: tail, headers }) => {
      const sent = { method, path: `/api/v1/data/${tail}`, headers: Object.fromEntries(headers) };
      await assertSame(fast, full, sent, `random-${n++}`);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual(await counted(fast), await counted(full));
});

test('a GET with a body, a second Host and a lowered key limit are the framework’s to judge', async (t) => {
  const { fast, full } = await startBoth(t);
  const withBody = { path: '/api/v1/data/a', body: 'x', headers: { 'content-length': '1' } };
  assert.equal((await assertSame(fast, full, withBody, 'with-body')).status, 200);
  const limited = await startTestApi(t, { JOURNEY_LIMITS_MAX_KEY_BYTES: '4' });
  await limited.put({ key: 'four', value: 1 });
  assert.equal((await limited.ask('/api/v1/data/four')).status, 200);
  assert.equal((await limited.ask('/api/v1/data/fiver')).status, 414);
});

test('while draining, both end the connection with the answer', async (t) => {
  const { fast, full } = await startBoth(t, { JOURNEY_SERVER_DRAIN_MS: '3000' });
  for (const api of [fast, full]) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const before = await ask(api.port, { path: '/api/v1/data/a', agent });
    assert.equal(before.headers.connection, 'keep-alive');
    void api.stop();
    for (const path of ['/api/v1/data/a', '/api/v1/data/absent']) {
      const during = await ask(api.port, { path, agent });
      assert.equal(during.headers.connection, 'close', path);
    }
  }
});
