import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { askRaw } from './support/ask.ts';
import { sharedApi } from './support/shared-api.ts';
import { startTestApi } from './support/start-test-api.ts';

const theApi = sharedApi();

suite('methods', () => {
  test('every path answers HEAD like GET, OPTIONS with Allow, and anything else with 405 and Allow', async () => {
    await theApi().put({ key: 'there', value: 1 });
    const { paths } = (await theApi().ask('/openapi.json')).json;
    for (const [template, methods] of Object.entries<object>({
      ...paths,
      '/docs': { get: {} },
      '/openapi.json': { get: {} },
    })) {
      const path = template.replace('{key}', 'there');
      const own = Object.keys(methods).map((m) => m.toUpperCase());
      const allow = [...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort().join(', ');
      const options = await theApi().ask({ method: 'OPTIONS', path });
      assert.deepEqual([options.status, options.headers.allow, options.text], [204, allow, ''], path);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'].filter(
        (m) => !allow.includes(m),
      )) {
        const answer = await theApi().ask({ method, path });
        assert.deepEqual(
          [answer.status, answer.headers.allow, answer.json.code],
          [405, allow, 'method-not-allowed'],
          `${method} ${path}`,
        );
      }
      if (template === '/api/v1/cache/test') continue; // a second for each
      const head = await theApi().ask({ method: 'HEAD', path });
      assert.deepEqual([head.status, head.text], [200, ''], path);
      if (template === '/api/v1/events') continue; // GET has no end
      const get = await theApi().ask(path);
      assert.equal(head.headers['content-type'], get.headers['content-type'], path);
      assert.equal(head.headers['cache-control'], get.headers['cache-control'], path);
    }
  });

  test('OPTIONS * says what the server understands at all', async () => {
    const { status, headers } = await theApi().ask({ method: 'OPTIONS', path: '*' });
    assert.deepEqual([status, headers.allow], [204, 'DELETE, GET, HEAD, OPTIONS, POST']);
  });
});

suite('ids', () => {
  for (const [what, id, kept] of [
    ['a plain id', 'abc-123_X.y:z+/=@', true],
    ['a UUID', '3f2a1f66-5f1e-4b0a-9a53-6f0b8f0f6f11', true],
    ['128 characters', 'x'.repeat(128), true],
    ['129 characters', 'x'.repeat(129), false],
    ['a quote', 'a"b', false],
    ['a space', 'a b', false],
    ['markup', '<script>', false],
    ['nothing', '', false],
    ['two ids', ['a', 'b'], false],
  ] as const) {
    test(`an X-Request-Id of ${what} is ${kept ? 'kept' : 'replaced'}, and is in the log line`, async () => {
      const { headers } = await theApi().ask({ path: '/health', headers: { 'x-request-id': id as string } });
      const own = String(headers['x-request-id']);
      if (kept) assert.equal(own, id);
      else assert.match(own, /^[0-9a-f]{20}$/);
      const line = theApi().lines.findLast((l) => l['requestId'] === own);
      assert.equal(line?.['level'], 'debug', 'probes are logged at debug');
      assert.equal(line?.['route'], '/health');
    });
  }

  test('a trace is continued under our own span, and both are in the log line', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { headers } = await theApi().ask({ path: '/api/v1/info', headers: { traceparent } });
    const [, traceId, spanId] = String(headers['traceparent']).split('-');
    assert.equal(traceId, '4bf92f3577b34da6a3ce929d0e0e4736');
    assert.notEqual(spanId, '00f067aa0ba902b7');
    const line = theApi().lines.findLast((l) => l['traceId'] === traceId);
    assert.deepEqual([line?.['spanId'], line?.['level'], line?.['status']], [spanId, 'info', 200]);
  });

  test('a long key is cut in the log', async () => {
    const key = `secret-${'k'.repeat(200)}`;
    await theApi().put({ key, value: 1 });
    await theApi().ask(`/api/v1/data/${key}`);
    const shown = theApi()
      .lines.filter((l) => String(l['key']).startsWith('secret-'))
      .map((l) => String(l['key']).length);
    assert.deepEqual(shown, [33, 33]);
  });
});

suite('time limits', () => {
  const limits = {
    JOURNEY_SERVER_REQUEST_TIMEOUT_MS: '600',
    JOURNEY_SERVER_HEADERS_TIMEOUT_MS: '500',
    JOURNEY_SERVER_CONNECTION_TIMEOUT_MS: '3000',
    JOURNEY_SERVER_KEEP_ALIVE_TIMEOUT_MS: '200',
  };

  for (const [what, bytes] of [
    [
      'a body that stops coming',
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"key"',
    ],
    [
      'a body in chunks that stops coming',
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{"\r\n',
    ],
    ['headers that stop coming', 'GET /health HTTP/1.1\r\nhost: x\r\n'],
  ] as const) {
    test(`${what} is answered with a 408 problem, once`, async (t) => {
      const api = await startTestApi(t, limits);
      const answer = await askRaw(api.port, bytes);
      assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.match(answer, /"code":"request-timeout"/);
      assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
      const lines = api.lines.filter((l) => l['msg'] === 'request completed');
      assert.deepEqual(
        lines.map((l) => [l['status'], l['code']]),
        [[408, 'request-timeout']],
      );
    });
  }

  test('an idle connection is closed after the keep-alive time, one that says nothing after the connection time', async (t) => {
    const api = await startTestApi(t, limits);
    const started = performance.now();
    const answer = await askRaw(api.port, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 200 OK/);
    const idleMs = performance.now() - started;
    assert.ok(idleMs > 150, `closed after ${idleMs} ms`);
    const silent = connect(api.port, '127.0.0.1');
    silent.resume();
    await once(silent, 'close', { signal: AbortSignal.timeout(10_000) });
  });

  for (const [how, leave, status] of [
    ['ends its half of the connection', (socket: Socket) => socket.end(), 400],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy(), 499],
  ] as const) {
    test(`a client that ${how} in the middle of its body is logged with ${status}, and nothing is stored`, async (t) => {
      const api = await startTestApi(t);
      const socket = connect(api.port, '127.0.0.1');
      socket.write(
        'POST /api/v1/data HTTP/1.1\r\nhost: x\r\nx-request-id: leaver\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"key"',
      );
      await once(socket, 'connect');
      // Answered later than the server has seen the head of the first.
      await api.ask('/health');
      leave(socket);
      const line = () => api.lines.find((l) => l['requestId'] === 'leaver' && l['msg'] === 'request completed');
      await untilTrue(() => line() !== undefined);
      assert.equal(line()?.['status'], status);
      assert.deepEqual((await api.ask('/api/v1/data')).json.entries, []);
    });
  }
});

test('ten thousand random paths, methods and keys make no new metric series', async () => {
  const series = async (): Promise<string[]> =>
    (await theApi().ask('/metrics')).text
      .split('\n')
      .filter((l) => l.startsWith('journey_'))
      .map((l) => l.replace(/ \S+$/, ''));
  const methods = ['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'MKCOL', 'LOCK', 'SEARCH'];
  const burst = async (from: number, to: number): Promise<void> => {
    const pipelined = Array.from({ length: to - from }, (_, i) => {
      const n = from + i;
      const path = n % 2 === 0 ? `/api/v1/data/random-${n}` : `/scan/${n}/wp-admin.php`;
      return `${methods[n % methods.length]} ${path} HTTP/1.1\r\nhost: x\r\n${i === to - from - 1 ? 'connection: close\r\n' : ''}\r\n`;
    });
    const answers = await askRaw(theApi().port, pipelined.join(''));
    assert.equal(answers.match(/HTTP\/1\.1 \d+/g)?.length, to - from);
  };
  await burst(0, 16);
  await series(); // the scrape itself is a request of a kind of its own
  const before = await series();
  for (let n = 16; n < 10_000; n += 208) await burst(n, Math.min(n + 208, 10_000));
  const after = await series();
  // First the number: the difference of two long lists takes minutes to print.
  assert.equal(after.length, before.length);
  assert.deepEqual(after, before);
  assert.ok(before.some((s) => s.includes('route="unmatched"')));
  assert.ok(before.some((s) => s.includes('method="_OTHER"')));
  assert.ok(!before.some((s) => /random|scan|PROPFIND/.test(s)));
});

async function untilTrue(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, 'it did not become true in 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
