import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import { type LoadPlanInput, planLoad } from '../../src/load/load-plan.ts';
import { loadJson } from '../../src/load/output/json.ts';
import { loadTable } from '../../src/load/output/table.ts';
import { type LoadResult, runLoad } from '../../src/load/run-load.ts';
import { sharedApi } from '../api/support/shared-api.ts';

const api = sharedApi();

function load(port: number, input: LoadPlanInput = {}, signal = new AbortController().signal): Promise<LoadResult> {
  const plan = planLoad({ url: `http://127.0.0.1:${port}`, seconds: 0.3, connections: 4, keys: 50, ...input });
  return runLoad({ plan, runId: 'test', signal, random: Math.random });
}

/** A server that claims to be the API; each request is answered by `answer` when that resolves. */
async function fakeApi(t: TestContext, answer: () => Promise<{ status: number; body?: string }>): Promise<number> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/api/v1/info') return void response.end('{"app":"cloudnative-journey"}');
    void answer().then(({ status, body = '{}' }) => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('a run against the real API counts reads, writes and who answered, and leaves no key behind', async () => {
  const { port } = api();
  const result = await load(port);
  assert.deepEqual(result.errors, []);
  assert.ok(result.reads.count > 0 && result.writes.count > 0);
  assert.equal(result.requests, result.reads.count + result.writes.count);
  const { near, store, stale, negative, unknown } = result.tiers;
  assert.equal(near + store + stale + negative + unknown, result.reads.count);
  assert.equal(unknown, 0, 'the API says who answered');
  assert.ok(near > 0, 'fifty keys stay in the near cache');
  assert.equal(result.hitRate, near / result.reads.count);
  const left = await api().ask('/api/v1/data?prefix=journey:load:');
  assert.deepEqual(left.json.entries, []);
});

test('reads only, writes only', async () => {
  const { port } = api();
  const [reads, writes] = [await load(port, { readShare: 1 }), await load(port, { readShare: 0 })];
  assert.equal(reads.writes.count, 0);
  assert.equal(writes.reads.count, 0);
  assert.equal(writes.hitRate, undefined);
});

test('with a rate, as many requests as were due are sent', async () => {
  const result = await load(api().port, { ratePerSecond: 100, seconds: 1 });
  assert.equal(result.requests, 100);
});

test('with a rate, a stall is charged to every request that was due meanwhile; without one, only to those on the wire', async (t) => {
  const stallMs = 500;
  const port = await fakeApi(t, stalling(stallMs));
  const open = await load(port, { ratePerSecond: 200, seconds: 1.5, connections: 2, keys: 1, readShare: 1 });
  const closedPort = await fakeApi(t, stalling(stallMs));
  const closed = await load(closedPort, { seconds: 1.2, connections: 2, keys: 1, readShare: 1 });
  // 100 of 300 requests were due during the stall, most of them waited for a good part of it.
  assert.ok(open.reads.p90 > stallMs / 4, `open loop p90 ${open.reads.p90} ms`);
  assert.ok(closed.reads.p90 < stallMs / 4, `closed loop p90 ${closed.reads.p90} ms hides the stall`);
  assert.ok(closed.reads.max >= stallMs * 0.9);
});

/** Everything that comes within the stall, once, is answered when it is over. */
function stalling(ms: number): () => Promise<{ status: number }> {
  const begin = Date.now() + 500;
  return async () => {
    const now = Date.now();
    // As far away as a store is: answered at once, the closed loop would keep a core busy for nothing.
    const stalls = now >= begin && now < begin + ms;
    await new Promise((resolve) => setTimeout(resolve, stalls ? begin + ms - now : 2));
    return { status: 200 };
  };
}

test('failures are counted by kind and are no latencies', async (t) => {
  let n = 0;
  const port = await fakeApi(t, async () =>
    n++ === 0 || n % 2 === 0 ? { status: 200 } : { status: 503, body: '{"code":"store-unavailable","detail":"away"}' },
  );
  const result = await load(port, { keys: 1, connections: 1 });
  const [error] = result.errors;
  assert.equal(error?.kind, 'http 503 store-unavailable');
  assert.match(error?.example ?? '', /away/);
  assert.equal(result.requests, result.reads.count + result.writes.count + (error?.count ?? 0));
});

test('a target that is away, or is something else, is refused before any load', async (t) => {
  const refused = async (port: number): Promise<string> => {
    const error = await load(port).then(
      () => undefined,
      (e: unknown) => e,
    );
    return isJourneyError(error) ? `${error.code}: ${error.message}` : String(error);
  };
  assert.match(await refused(1), /^load-target-unreachable: .*ECONNREFUSED/);
  const server = createServer((_, response) => response.end('{"app":"shop"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  assert.match(await refused((server.address() as AddressInfo).port), /does not say cloudnative-journey/);
});

test('Ctrl-C ends the run with what was measured until then, and still removes the keys', async () => {
  const interrupt = new AbortController();
  const { port } = api();
  const plan = planLoad({ url: `http://127.0.0.1:${port}`, seconds: 60, connections: 2, keys: 10 });
  const events = { progress: () => interrupt.abort() };
  const result = await runLoad({ plan, runId: 'ctrlc', signal: interrupt.signal, random: Math.random, events });
  assert.equal(result.interrupted, true);
  assert.ok(result.requests > 0 && result.durationMs < 30_000);
  assert.deepEqual(result.errors, []);
  assert.deepEqual((await api().ask('/api/v1/data?prefix=journey:load:ctrlc')).json.entries, []);
});

test('table and JSON say the same in both languages', async () => {
  const result = await load(api().port);
  const document = JSON.parse(loadJson(result)) as { plan: { loop: string }; reads: { count: number } };
  assert.equal(document.plan.loop, 'closed');
  assert.equal(document.reads.count, result.reads.count);
  assert.match(loadTable(result, 'en'), /requests per second[\s\S]*milliseconds +count +mean +p50[\s\S]*hit rate/);
  assert.match(loadTable(result, 'zh'), /每秒 .* 个请求[\s\S]*毫秒 +次数 +平均[\s\S]*命中率/);
});
