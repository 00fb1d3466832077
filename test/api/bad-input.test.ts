import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Answer, type Ask, askRaw } from './support/ask.ts';
import { sharedApi } from './support/shared-api.ts';

const maxValue = 2_000;
const maxBody = 2_300;
const theApi = sharedApi({
  JOURNEY_LIMITS_MAX_VALUE_BYTES: String(maxValue),
  JOURNEY_LIMITS_MAX_BODY_BYTES: String(maxBody),
});

/** Every failure is a problem document that is complete, in English unless asked otherwise, and quotes its request. */
function assertProblem(answer: Answer, status: number, code: string, detail: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const problem = answer.json;
  assert.equal(problem.code, code);
  assert.equal(problem.status, status);
  assert.equal(problem.type, `/problems/${code}`);
  assert.equal(problem.instance, `urn:journey:request:${answer.headers['x-request-id']}`);
  assert.match(problem.detail, detail);
  assert.ok(problem.title.length > 0);
  assert.doesNotMatch(answer.text, /\{\w+\}|undefined|node_modules|\.ts:/, 'a placeholder or a stack is shown');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
}

const key1024 = 'k'.repeat(1_024);
const value = (bytes: number): string => `"${'v'.repeat(bytes - 2)}"`;

suite('bodies', () => {
  for (const [what, body, status, code, detail] of [
    ['is empty', '', 400, 'malformed-json', /is empty/],
    ['is white space', ' \n', 400, 'malformed-json', /is empty/],
    ['is cut short', '{"key":"k","value":', 400, 'malformed-json', /Unexpected end/],
    ['has a comment', '{"key":"k",/*x*/"value":1}', 400, 'malformed-json', /position 11/],
    ['has NaN', '{"key":"k","value":NaN}', 400, 'malformed-json', /NaN/],
    ['is a list', '[1]', 400, 'invalid-request', /body: must be object/],
    ['is null', 'null', 400, 'invalid-request', /body: must be object/],
    ['is invalid UTF-8', Buffer.from('{"key":"k","value":"\xff"}', 'latin1'), 400, 'malformed-json', /not valid UTF-8/],
    [
      'is UTF-16',
      Buffer.from('{"key":"k","value":1}', 'utf16le'),
      400,
      'malformed-json',
      /Expected property name|Unexpected/,
    ],
    ['lacks the key', '{"value":1}', 400, 'invalid-request', /required properties key/],
    ['lacks the value', '{"key":"k"}', 400, 'invalid-request', /required properties value/],
    ['has an unknown member', '{"key":"k","value":1,"tll":5}', 400, 'invalid-request', /\(tll\)/],
    ['has __proto__ beside them', '{"key":"k","value":1,"__proto__":{"a":1}}', 400, 'invalid-request', /\(__proto__\)/],
    ['has the key twice', '{"key":"a","key":"b","value":1}', 400, 'invalid-request', /"key" more than once/],
    [
      'has the value twice, once escaped',
      '{"key":"a","value":1,"v\\u0061lue":2}',
      400,
      'invalid-request',
      /"value" more than once/,
    ],
    ['has a number for a key', '{"key":10,"value":1}', 400, 'invalid-request', /body \/key: must be string/],
    ['has an empty key', '{"key":"","value":1}', 400, 'key-invalid', /is empty/],
    ['has half a surrogate pair in the key', '{"key":"\\ud83d","value":1}', 400, 'key-invalid', /surrogate/],
    ['has a control character in the key', '{"key":"a\\u0000b","value":1}', 400, 'key-invalid', /control character/],
    ['has DEL in the key', '{"key":"a\\u007f","value":1}', 400, 'key-invalid', /control character/],
    [
      'has a key one byte over',
      JSON.stringify({ key: `${key1024}k`, value: 1 }),
      414,
      'key-too-long',
      /1025 bytes.*1024/,
    ],
    [
      'has a key one byte over in Chinese',
      JSON.stringify({ key: `${'键'.repeat(341)}kk`, value: 1 }),
      414,
      'key-too-long',
      /1025/,
    ],
    [
      'has a value one byte over',
      `{"key":"k","value":${value(maxValue + 1)}}`,
      413,
      'value-too-large',
      /2001 bytes.*2000/,
    ],
    ['is one byte over', `{"key":"k","value":1}`.padEnd(maxBody + 1), 413, 'body-too-large', /2300/],
    ['is far over', `{"key":"k","value":${value(1_000_000)}}`, 413, 'body-too-large', /2300/],
    ...[
      '0',
      '-1',
      '0.5',
      '1e400',
      '9007199254740992',
      '1e15',
      '"10"',
      '"10 seconds"',
      'true',
      '[]',
      '{}',
      '315360001',
    ].map(
      (ttl) => [`has ttl ${ttl}`, `{"key":"k","value":1,"ttl":${ttl}}`, 400, 'ttl-invalid', /1 to 315360000/] as const,
    ),
  ] as const) {
    test(`a body that ${what} is refused with ${status} ${code}`, async () => {
      assertProblem(await theApi().put(body), status, code, detail);
    });
  }

  test('a body one byte over that comes in chunks without a length is refused, too', async () => {
    const body = '{"key":"k","value":1}'.padEnd(maxBody + 1);
    const chunked = (text: string): string =>
      (text.match(/.{1,1000}/gs) ?? []).map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('');
    const answer = await askRaw(
      theApi().port,
      `POST /api/v1/data HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunked(body)}0\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"code":"body-too-large"/);
  });

  test('nothing refused was stored', async () => {
    assert.deepEqual((await theApi().ask('/api/v1/data')).json, { entries: [], nextCursor: null });
  });

  for (const [what, body, key] of [
    ['of exactly the limit', '{"key":"limit-body","value":1}'.padEnd(maxBody), 'limit-body'],
    ['with a value of exactly the limit', `{"key":"limit-value","value":${value(maxValue)}}`, 'limit-value'],
    ['with a key of exactly the limit', JSON.stringify({ key: key1024, value: 1 }), key1024],
    ['with a byte order mark', '\ufeff{"key":"bom","value":1}', 'bom'],
    ['with a whole ttl written 1e1', '{"key":"ttl-exponent","value":1,"ttl":1e1}', 'ttl-exponent'],
  ] as const) {
    test(`a body ${what} is accepted`, async () => {
      assert.equal((await theApi().put(body)).status, 201);
      assert.equal((await theApi().ask(`/api/v1/data/${key}`)).status, 200);
    });
  }
});

suite('requests', () => {
  const json = { 'content-type': 'application/json' };
  for (const [what, request, status, code, detail] of [
    ['a path that does not exist', '/api/v2/data', 404, 'route-not-found', /GET \/api\/v2\/data/],
    ['the root of the API', '/api/v1', 404, 'route-not-found', /openapi/],
    ['a path that is no UTF-8', '/%C0', 400, 'bad-url', /percent-encoded/],
    ['a path with a bare percent', '/api/v1/data/%what%', 400, 'bad-url', /percent-encoded/],
    ['a key cut inside an escape', '/api/v1/data/%E4%BD', 400, 'bad-url', /percent-encoded/],
    ['a trailing slash without a key', '/api/v1/data/', 400, 'key-invalid', /is empty/],
    ['a slash inside the key', '/api/v1/data/a/b', 404, 'route-not-found', /openapi/],
    ['a key with NUL', '/api/v1/data/%00', 400, 'key-invalid', /control/],
    ['a key one byte over', `/api/v1/data/${key1024}k`, 414, 'key-too-long', /1025/],
    ['a key far over', `/api/v1/data/${'k'.repeat(9_000)}`, 414, 'key-too-long', /9000/],
    ['a key that is not there', '/api/v1/data/absent', 404, 'key-not-found', /"absent"/],
    ['deleting what is not there', { method: 'DELETE', path: '/api/v1/data/absent' }, 404, 'key-not-found', /"absent"/],
    ['a limit of 0', '/api/v1/data?limit=0', 400, 'invalid-request', /limit: must be >= 1/],
    ['a limit over the most', '/api/v1/data?limit=1001', 400, 'invalid-request', /<= 1000 \(limits\.maxPageSize\)/],
    ['a limit that is a word', '/api/v1/data?limit=ten', 400, 'invalid-request', /limit: must be integer/],
    ['a fractional limit', '/api/v1/data?limit=1.5', 400, 'invalid-request', /limit: must be integer/],
    ['a limit given twice', '/api/v1/data?limit=1&limit=2', 400, 'invalid-request', /limit/],
    ['a misspelt parameter', '/api/v1/data?limt=1', 400, 'invalid-request', /\(limt\)/],
    ['a cursor made up', '/api/v1/data?cursor=abc', 400, 'cursor-invalid', /nextCursor/],
    ['an empty cursor', '/api/v1/data?cursor=', 400, 'cursor-invalid', /nextCursor/],
    ['a cursor cut short', '/api/v1/data?cursor=AWs%3D', 400, 'cursor-invalid', /nextCursor/],
    ['a prefix with a control character', '/api/v1/data?prefix=%0A', 400, 'key-invalid', /control/],
    [
      'If-Match without quotes',
      { path: '/api/v1/data/k', headers: { 'if-match': 'abc' } },
      400,
      'invalid-request',
      /If-Match: must be/,
    ],
    [
      'If-None-Match half quoted',
      { path: '/api/v1/data/k', headers: { 'if-none-match': '"a", "b' } },
      400,
      'invalid-request',
      /If-None-Match/,
    ],
    ['an empty If-Match', { path: '/api/v1/data/k', headers: { 'if-match': ',' } }, 400, 'invalid-request', /If-Match/],
    [
      'a form',
      {
        method: 'POST',
        path: '/api/v1/data',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'key=k',
      },
      415,
      'unsupported-media-type',
      /not application\/x-www-form-urlencoded/,
    ],
    [
      'a body of no type',
      { method: 'POST', path: '/api/v1/data', body: '{}' },
      415,
      'unsupported-media-type',
      /no content type/,
    ],
    ['no body', { method: 'POST', path: '/api/v1/data' }, 400, 'invalid-request', /body: must be object/],
    [
      'a method the path has not',
      { method: 'PUT', path: '/api/v1/data', headers: json, body: '{}' },
      405,
      'method-not-allowed',
      /GET, HEAD, OPTIONS, POST, not PUT/,
    ],
    ['a method of WebDAV', { method: 'PROPFIND', path: '/health' }, 405, 'method-not-allowed', /not PROPFIND/],
    [
      'a form sent where nothing is',
      { method: 'POST', path: '/nope', headers: { 'content-type': 'text/plain' }, body: 'x' },
      404,
      'route-not-found',
      /POST \/nope/,
    ],
    [
      'too long a name',
      `/api/v1/hello?name=${'x'.repeat(257)}`,
      400,
      'invalid-request',
      /name: must not have more than 256/,
    ],
    [
      'an expectation we do not know',
      { path: '/health', headers: { expect: 'the-unexpected' } },
      417,
      'expectation-failed',
      /the-unexpected/,
    ],
  ] as const satisfies readonly (readonly [string, string | Ask, number, string, RegExp])[]) {
    test(`${what} is refused with ${status} ${code}`, async () => {
      assertProblem(await theApi().ask(request), status, code, detail);
    });
  }

  test('a problem speaks Chinese to those who prefer it', async () => {
    const answer = await theApi().ask({
      path: '/api/v1/data/%00',
      headers: { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' },
    });
    assert.equal(answer.headers['content-language'], 'zh-CN');
    assert.equal(answer.headers['vary'], 'accept-language');
    assert.deepEqual(
      [answer.json.title, answer.json.detail],
      ['键不合法', '键含有控制字符（U+0000 至 U+001F 或 U+007F）。'],
    );
    const schema = await theApi().ask({ path: '/api/v1/data?limit=0', headers: { 'accept-language': 'zh' } });
    assert.deepEqual(schema.json.errors, [{ pointer: '/limit', detail: '必须 >= 1' }]);
  });
});

suite('what is hardly HTTP', () => {
  for (const [what, bytes, status, code] of [
    ['garbage', 'hello\r\n\r\n', 400, 'bad-http'],
    ['a method that does not exist', 'BREW /pot HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'bad-http'],
    ['a TLS greeting', Buffer.from('16030100c8010000c403', 'hex'), 400, 'bad-http'],
    ['a path in raw UTF-8', 'GET /api/v1/data/键 HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'bad-url'],
    ['no Host header', 'GET /health HTTP/1.1\r\n\r\n', 400, 'bad-http'],
    ['two Host headers', 'GET /health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', 400, 'bad-http'],
    [
      'two lengths',
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
      400,
      'bad-http',
    ],
    [
      'a length and chunks',
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad-http',
    ],
    [
      'a broken chunk',
      'POST /api/v1/data HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
      'bad-http',
    ],
    [
      'huge headers',
      `GET /health HTTP/1.1\r\nhost: x\r\nx-fill: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
  ] as const) {
    test(`${what} is answered with ${status} ${code}, counted and logged`, async () => {
      const answer = await askRaw(theApi().port, bytes);
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(head, /content-type: application\/problem\+json/i);
      assert.match(head, /x-content-type-options: nosniff/i);
      assert.match(head, /connection: close/i);
      const problem = JSON.parse(body);
      assert.equal(problem.code, code);
      const requestId = problem.instance.replace('urn:journey:request:', '');
      assert.match(head, new RegExp(`x-request-id: ${requestId}`, 'i'));
      const line = theApi().lines.findLast((l) => l['requestId'] === requestId);
      assert.equal(line?.['status'], status);
      assert.equal(line?.['code'], code);
    });
  }

  test('a fault in a pipelined request does not take the answer of the one before it', async () => {
    const answer = await askRaw(theApi().port, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n\r\n');
    assert.match(
      answer,
      /^HTTP\/1\.1 200 OK[\s\S]*"status":"healthy"[\s\S]*HTTP\/1\.1 400 Bad Request[\s\S]*"code":"bad-http"/,
    );
  });
});
