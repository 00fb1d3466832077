import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { anyCodePoint } from '../support/any-code-point.ts';
import { sharedApi } from './support/shared-api.ts';

const theApi = sharedApi();
const encoded = (key: string): string => `/api/v1/data/${encodeURIComponent(key)}`;

suite('keys', () => {
  for (const key of [
    'a/b',
    'a%2Fb',
    'a%252Fb',
    'a b',
    'a+b',
    '#',
    '?',
    '?x=1',
    '%',
    '%%',
    '.',
    '..',
    '../..',
    '..%2f..',
    '/',
    '//',
    'a/',
    '/a',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '"',
    '\\',
    '<script>',
    "'",
    ':',
    '*',
    '[a-z]',
    '{tag}',
    '🦊',
    '👨‍👩‍👧',
    '键',
    'Ключ',
    'é',
    'e\u0301',
    '\u00a0',
    '\u2028',
    '\ufeff',
    'k'.repeat(100),
    'k'.repeat(101),
    'k'.repeat(1_024),
    '键'.repeat(341),
  ]) {
    test(`${JSON.stringify(key.length > 40 ? `${key.slice(0, 8)}… (${key.length})` : key)} goes there and back unchanged`, async () => {
      const value = { of: key };
      const put = await theApi().put({ key, value });
      assert.equal(put.status, 201, put.text);
      assert.equal(put.json.key, key);
      for (const path of [encoded(key), String(put.headers.location)]) {
        const got = await theApi().ask(path);
        assert.equal(got.text, JSON.stringify({ key, value }));
      }
      assert.equal((await theApi().ask({ method: 'DELETE', path: encoded(key) })).status, 204);
      assert.equal((await theApi().ask(encoded(key))).status, 404);
    });
  }

  test('keys and values named like members of every object harm nothing', async () => {
    await theApi().put(
      '{"key":"poison","value":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}',
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.match((await theApi().ask(encoded('poison'))).text, /"__proto__":\{"polluted":true\}/);
    assert.equal((await theApi().ask('/api/v1/cache/stats')).status, 200);
  });
});

suite('values', () => {
  test('any JSON comes back byte for byte as it was sent', async () => {
    const odd = fc.constantFrom(
      '12345678901234567890',
      '1e400',
      '-0',
      '1.0',
      '0.1e-7',
      '{"a":1,"a":2}',
      '"\\ud800"',
      '[ 1 , 2 ]',
      '"\\u0041"',
    );
    const text = fc.oneof(
      odd,
      fc.json({ maxDepth: 3 }),
      fc.string({ unit: anyCodePoint }).map((s) => JSON.stringify(s)),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.stringMatching(/^[ \t\r\n]{0,3}$/), async (value, space) => {
        const put = await theApi().put(`{"key":"exact",${space}"value":${space}${value}${space}}`);
        assert.ok(put.status === 201 || put.status === 200, put.text);
        const got = await theApi().ask('/api/v1/data/exact');
        assert.equal(got.body.compare(Buffer.from(`{"key":"exact","value":${value}}`)), 0, got.text);
        assert.equal(Number(got.headers['content-length']), got.body.length);
        assert.equal(put.json.bytes, Buffer.byteLength(value));
      }),
      { numRuns: 150 },
    );
  });

  test('HTML stays JSON that no browser will take for a page', async () => {
    await theApi().put({ key: 'page', value: '<script>alert(1)</script>' });
    const { headers } = await theApi().ask('/api/v1/data/page');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  });
});

suite('writes', () => {
  test('creating answers 201 with Location and ETag, replacing 200 with another ETag', async () => {
    const created = await theApi().put({ key: 'w', value: 1 });
    assert.equal(created.status, 201);
    assert.equal(created.headers.location, '/api/v1/data/w');
    assert.match(String(created.headers.etag), /^"[\w-]+"$/);
    const replaced = await theApi().put({ key: 'w', value: 2 });
    assert.equal(replaced.status, 200);
    assert.notEqual(replaced.headers.etag, created.headers.etag);
    assert.deepEqual(Object.keys(replaced.json), ['key', 'bytes', 'etag', 'updatedAt', 'expiresAt']);
    assert.equal(replaced.json.etag, replaced.headers.etag);
    assert.equal(
      (await theApi().put({ key: 'w', value: 1 })).headers.etag,
      created.headers.etag,
      'equal bytes, equal tag',
    );
  });

  test('ttl is kept when absent, removed by null, replaced by a number', async () => {
    const expiry = async (ttl: object): Promise<string | null> =>
      (await theApi().put({ key: 't', value: 1, ...ttl })).json.expiresAt;
    assert.equal(await expiry({}), null);
    const first = await expiry({ ttl: 100 });
    assert.ok(Math.abs(Date.parse(String(first)) - Date.now() - 100_000) < 5_000, String(first));
    assert.equal(await expiry({}), first);
    assert.notEqual(await expiry({ ttl: 315_360_000 }), first);
    assert.equal(await expiry({ ttl: null }), null);
  });

  test('an entry is gone when its time is over, from the near cache as well', async () => {
    await theApi().put({ key: 'brief', value: 1, ttl: 1 });
    assert.equal((await theApi().ask('/api/v1/data/brief')).status, 200);
    const deadline = Date.now() + 5_000;
    while ((await theApi().ask('/api/v1/data/brief')).status !== 404) {
      assert.ok(Date.now() < deadline, 'still there');
      await sleep(20);
    }
  });

  test('of many that create the same key at once, exactly one does', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => theApi().put({ key: 'race', value: i }, { 'if-none-match': '*' })),
    );
    assert.deepEqual(all.map((a) => a.status).sort(), [201, ...Array.from({ length: 19 }, () => 412)]);
    const winner = all.findIndex((a) => a.status === 201);
    assert.equal((await theApi().ask('/api/v1/data/race')).json.value, winner);
  });

  test('If-Match writes only over the version it names, and never over a weak or absent one', async () => {
    const { headers } = await theApi().put({ key: 'cas', value: 1 });
    const etag = String(headers.etag);
    const write = async (value: number, ifMatch: string) =>
      (await theApi().put({ key: 'cas', value }, { 'if-match': ifMatch })).status;
    assert.equal(await write(2, '"other"'), 412);
    assert.equal(await write(2, `W/${etag}`), 412);
    assert.equal(await write(2, `"other", ${etag}`), 200);
    assert.equal(await write(3, etag), 412, 'the tag is of the version before');
    assert.equal(await write(3, '*'), 200);
    assert.equal((await theApi().put({ key: 'cas-absent', value: 1 }, { 'if-match': '*' })).status, 412);
    assert.equal((await theApi().ask('/api/v1/data/cas-absent')).status, 404);
  });

  test('DELETE honours If-Match', async () => {
    const { headers } = await theApi().put({ key: 'del', value: 1 });
    const remove = async (ifMatch: string) =>
      (await theApi().ask({ method: 'DELETE', path: '/api/v1/data/del', headers: { 'if-match': ifMatch } })).status;
    assert.equal(await remove('"other"'), 412);
    assert.equal((await theApi().ask('/api/v1/data/del')).status, 200);
    assert.equal(await remove(String(headers.etag)), 204);
  });
});

suite('reads', () => {
  test('a conditional read answers 304 without a body, comparing weakly, in lists and with *', async () => {
    const { headers } = await theApi().put({ key: 'cond', value: 'x' });
    const etag = String(headers.etag);
    const read = (ifNoneMatch: string) =>
      theApi().ask({ path: '/api/v1/data/cond', headers: { 'if-none-match': ifNoneMatch } });
    for (const tags of [etag, `W/${etag}`, `"a,b", ${etag}`, `"a" , W/"b",, ${etag}`, '*']) {
      const answer = await read(tags);
      assert.equal(answer.status, 304, tags);
      assert.equal(answer.body.length, 0);
      assert.equal(answer.headers.etag, etag);
      assert.equal(answer.headers['cache-control'], 'no-cache');
      assert.equal(answer.headers['content-type'], undefined);
      assert.equal(answer.headers['content-length'], undefined);
    }
    assert.equal((await read('"other"')).status, 200);
    assert.equal((await theApi().ask({ path: '/api/v1/data/cond', headers: { 'if-match': '"other"' } })).status, 412);
  });

  test('Cache-Status tells the tier: store first, memory next, memory again for what is absent', async () => {
    const status = async (path: string) => (await theApi().ask(path)).headers['cache-status'];
    await theApi().put({ key: 'tiers', value: 1 });
    assert.match(String(await status('/api/v1/data/tiers')), /^journey-near; hit; ttl=[34]$/);
    assert.equal(await status('/api/v1/data/never-was'), 'journey-near; fwd=miss; stored; ttl=0; detail=store');
    assert.equal(await status('/api/v1/data/never-was'), 'journey-near; hit; ttl=0; detail=negative');
    const line = theApi().lines.findLast((l) => l['key'] === 'tiers' && l['method'] === 'GET');
    assert.deepEqual([line?.['tier'], line?.['cache'], line?.['route']], ['near', 'hit', '/api/v1/data/{key}']);
  });

  test('HEAD gives the headers of GET and no body', async () => {
    await theApi().put({ key: 'head', value: [1, 2, 3] });
    const get = await theApi().ask('/api/v1/data/head');
    const head = await theApi().ask({ method: 'HEAD', path: '/api/v1/data/head' });
    const comparable = ({
      date,
      traceparent,
      'x-request-id': id,
      'cache-status': status,
      ...rest
    }: typeof get.headers) => rest;
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.deepEqual(comparable(head.headers), comparable(get.headers));
    assert.equal((await theApi().ask({ method: 'HEAD', path: '/api/v1/data/absent' })).status, 404);
  });
});

suite('listing', () => {
  test('pages come in byte order, by prefix taken literally, each entry once, until the last', async () => {
    const keys = ['list:*', 'list:a', 'list:b', 'list:ba', 'list:é', 'list:键', 'list:🦊', 'list:[x]', 'list:B'];
    for (const key of keys) await theApi().put({ key, value: key });
    await theApi().put({ key: 'lisu', value: 0 });
    const seen: string[] = [];
    let path: string | undefined = '/api/v1/data?prefix=list%3A&limit=2';
    while (path !== undefined) {
      const page = await theApi().ask(path);
      seen.push(...page.json.entries.map((e: { key: string }) => e.key));
      const link = /^<(.+)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1];
      assert.equal(link === undefined, page.json.nextCursor === null);
      path = link;
    }
    assert.deepEqual(
      seen,
      [...keys].sort((a, b) => Buffer.from(a).compare(Buffer.from(b))),
    );
    const star = await theApi().ask('/api/v1/data?prefix=list%3A*');
    assert.deepEqual(
      star.json.entries.map((e: { key: string }) => e.key),
      ['list:*'],
    );
  });
});
