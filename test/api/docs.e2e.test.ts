import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { suite, test } from 'node:test';
import { chromium } from 'playwright-core';
import { type ErrorKind, errorCatalogue } from '../../src/errors/catalogue.ts';
import { want } from '../support/want.ts';
import { sharedApi } from './support/shared-api.ts';

const theApi = sharedApi();
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

suite('the OpenAPI document', () => {
  test('lists every route with words in both languages, an example and what a failure looks like', async () => {
    const { status, headers, json } = await theApi().ask('/openapi.json');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/json/);
    assert.equal(json.openapi, '3.1.0');
    assert.deepEqual(Object.keys(json.paths).sort(), [
      '/api/v1/cache/stats',
      '/api/v1/cache/test',
      '/api/v1/cleanup/runs',
      '/api/v1/config',
      '/api/v1/data',
      '/api/v1/data/{key}',
      '/api/v1/events',
      '/api/v1/hello',
      '/api/v1/info',
      '/health',
      '/livez',
      '/metrics',
      '/ready',
      '/readyz',
    ]);
    for (const [path, methods] of Object.entries<Record<string, Record<string, unknown>>>(json.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const at = `${method} ${path}`;
        assert.equal(typeof operation['summary'], 'string', at);
        assert.match(JSON.stringify(operation['x-zh']), /[\u4e00-\u9fff]/, at);
        assert.match(String(operation['x-example']), /^curl /, at);
        assert.match(JSON.stringify(operation['responses']), /"default":.*#\/components\/schemas\/Problem/, at);
      }
    }
  });

  test('every answer of the API fits what the document says of it', async () => {
    const { Compile } = await import('typebox/schema');
    const { json } = await theApi().ask('/openapi.json');
    await theApi().put({ key: 'fits', value: { a: [1] }, ttl: 100 });
    for (const path of [
      '/api/v1/data',
      '/api/v1/data/{key}',
      '/api/v1/cache/stats',
      '/api/v1/cache/test',
      '/api/v1/cleanup/runs',
      '/api/v1/config',
      '/api/v1/hello',
      '/api/v1/info',
      '/health',
      '/readyz',
    ]) {
      const schema = json.paths[path].get.responses['200'].content['application/json'].schema;
      const answer = await theApi().ask(path.replace('{key}', 'fits'));
      const [fits, errors] = Compile(schema).Errors(answer.json);
      assert.ok(fits, `${path}: ${JSON.stringify(errors)}`);
    }
    const problem = json.components.schemas.Problem;
    for (const path of ['/nope', '/api/v1/data?limit=0', '/%C0', '/api/v1/data/absent']) {
      const [fits, errors] = Compile(problem).Errors((await theApi().ask(path)).json);
      assert.ok(fits, `${path}: ${JSON.stringify(errors)}`);
    }
  });
});

test('every problem type leads to a page that explains it, in both languages', async () => {
  const { text: docs } = await theApi().ask('/docs');
  for (const [code, { title, status }] of Object.entries<ErrorKind>(errorCatalogue)) {
    // What only the command line says is no answer of the API.
    assert.equal(docs.includes(`id="problem-${code}"`), status !== undefined, code);
    if (status === undefined) continue;
    const english = await theApi().ask(`/problems/${code}`);
    assert.equal(english.status, 200, code);
    assert.ok(english.text.includes(`<h1>${title.en.replace(/'/g, '&#39;')}</h1>`), code);
    const chinese = await theApi().ask({ path: `/problems/${code}`, headers: { 'accept-language': 'zh-CN' } });
    assert.ok(chinese.text.includes(`<h1>${title.zh}</h1>`), code);
  }
  for (const code of ['toString', 'kubectl-missing']) {
    assert.equal((await theApi().ask(`/problems/${code}`)).status, 404, code);
  }
});

test('the examples ask the API that showed them, and nothing but a host gets into them', async () => {
  const livez = async (host: string) => {
    const { text } = await theApi().ask({ path: '/docs', headers: { host } });
    return /curl (\S+)\/livez/.exec(text)?.[1];
  };
  for (const host of [`127.0.0.1:${theApi().port}`, 'shop.example', '[::1]:3000'])
    assert.equal(await livez(host), host);
  for (const host of ['a;b', 'x$(id)', '<b>', 'a:b']) assert.equal(await livez(host), 'localhost:8080', host);
});

test('a browser shows the page whole, without a script, a request to elsewhere or a complaint', async (t) => {
  if (!want(t, browserPath !== undefined, 'a Chromium', 'apt-get install chromium')) return;
  const browser = await chromium.launch({
    executablePath: String(browserPath),
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  });
  t.after(() => browser.close());
  const origin = `http://127.0.0.1:${theApi().port}`;
  for (const [locale, heading, link] of [
    ['en-US', 'Data', '简体中文'],
    ['zh-CN', '数据', 'English'],
  ] as const) {
    const context = await browser.newContext({ locale, javaScriptEnabled: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${origin}/docs`);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith('data:')),
      [`${origin}/docs`],
    );
    assert.deepEqual(complaints, []);
    assert.equal(await page.locator('script').count(), 0);
    assert.equal(await page.locator('main section h2').first().textContent(), heading);
    assert.equal(await page.locator('article').count(), 16);
    // The style sheet is in force, so the policy allows it.
    const columns = await page.evaluate("getComputedStyle(document.querySelector('.frame')).display");
    assert.equal(columns, 'grid');
    await page.getByRole('link', { name: link }).click();
    assert.match(page.url(), /\?lang=(zh|en)$/);
    await page.getByRole('link', { name: locale === 'en-US' ? '问题代码' : 'Problems' }).click();
    assert.ok(await page.locator('#problems').isVisible());
    await page.setViewportSize({ width: 375, height: 800 });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.ok(Number(overflow) <= 0, `the page is ${overflow} px wider than a phone`);
    await context.close();
  }
});
