// Many nodes as one stream: real collectors' follow servers, one per node, in this process; kubectl is the only thing missing.

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { followCluster } from '../../src/cli/cluster-logs/follow-cluster.ts';
import { FollowRefused } from '../../src/cli/cluster-logs/open-follow.ts';
import { harmless, recordPrinter } from '../../src/cli/cluster-logs/record-printer.ts';
import { portForward } from '../../src/cluster/port-forward.ts';
import { isJourneyError } from '../../src/errors/journey-error.ts';
import type { FollowRequest } from '../../src/log-collector/follow/follow-request.ts';
import type { JsonRecord } from '../../src/log-collector/record/json-lines.ts';
import { assertExact } from '../log-collector/support/accounting.ts';
import { everything, serve } from '../log-collector/support/follow-bench.ts';
import { node as bench } from '../log-collector/support/run-collector.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until as untilSoon } from '../support/until.ts';

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 40_000 });

/** Runs `followCluster` against addresses that may change. */
function watch(t: TestContext, urls: Map<string, string>, request: Partial<FollowRequest> = {}) {
  const abort = new AbortController();
  const shown: JsonRecord[] = [];
  const said: string[] = [];
  const done = followCluster({
    request: { ...everything, ...request },
    nodes: async () => [...urls.keys()],
    connect: async (name) => {
      const url = urls.get(name);
      if (url === undefined || url === '') throw new Error('no collector there');
      return { url, close: () => undefined };
    },
    print: async (record) => void shown.push(record),
    said: {
      lost: (name, { reason, bytes }) => said.push(`${name} lost ${reason} ${bytes}`),
      away: (name, reason) => said.push(`${name} away ${reason}`),
      back: (name) => said.push(`${name} back`),
      joined: (name) => said.push(`${name} joined`),
    },
    signal: abort.signal,
    now: () => performance.now(),
    lookMs: 100,
    pauseMs: 20,
    patienceMs: 200,
  });
  const ended = done.catch((error: unknown) => error as Error);
  t.after(async () => {
    abort.abort();
    await ended;
  });
  return { shown, said, ended, texts: () => shown.map(({ log }) => log) };
}

test('the last lines of all nodes come in the order of time, and so does what follows', async (t) => {
  const nodes = [bench(t), bench(t)];
  const containers = nodes.map((each, n) => new FakeContainer({ ...each, uid: `uid-${n}` }));
  // The fake clock of both begins at the same time, and each line is a microsecond later.
  for (let n = 0; n < 6; n++) containers[n % 2]?.write(`${n}`);
  const servers = await Promise.all(nodes.map((each) => serve(t, each)));
  const urls = new Map(servers.map(({ url }, n) => [`node${n}`, url]));
  const once = watch(t, urls, { lines: 2, follow: false });
  assert.deepEqual(await once.ended, []);
  assert.deepEqual(once.texts().sort(), ['2', '3', '4', '5']);
  const times = once.shown.map(({ time }) => time);
  assert.deepEqual(times, times.toSorted());
  const live = watch(t, urls, { lines: 1 });
  await until('both to be heard', () => live.shown.length === 2);
  containers[0]?.write('from 0');
  containers[1]?.write('from 1');
  await until('what follows', () => live.shown.length === 4);
  assert.deepEqual(live.texts().slice(2).sort(), ['from 0', 'from 1']);
});

test('a collector that is replaced and a node that joins: said, and every line once', async (t) => {
  const [one, two] = [bench(t), bench(t)];
  const container = new FakeContainer(one);
  const first = await serve(t, one);
  const urls = new Map([['node1', first.url]]);
  container.writeSequence(0, 1);
  const seen = watch(t, urls, { lines: 1 });
  await until('the first line', () => seen.shown.length > 0);
  container.writeSequence(1, 2_999, ` ${'x'.repeat(100)}`);
  await first.server.close();
  urls.set('node1', '');
  await until('it to be missed', () => seen.said.some((text) => text.startsWith('node1 away')));
  container.writeSequence(3_000, 1_000);
  await container.rotate();
  container.writeSequence(4_000, 1_000);
  urls.set('node1', (await serve(t, one)).url);
  await until('all lines', () => seen.shown.length >= 5_000);
  assertExact(seen.texts(), 5_000);
  assert.deepEqual(
    seen.said.map((text) => text.split(' ').slice(0, 2).join(' ')),
    ['node1 away', 'node1 back'],
  );
  new FakeContainer({ ...two, uid: 'uid-2' }).write('hello');
  urls.set('node2', (await serve(t, two)).url);
  await until('the new node', () => seen.texts().includes('hello'));
  assert.equal(seen.said.at(-1), 'node2 joined');
});

test('what was deleted while nobody looked is said with a number', async (t) => {
  const one = bench(t);
  const container = new FakeContainer({ ...one, maxFiles: 2 });
  container.write('before');
  const first = await serve(t, one);
  const urls = new Map([['node1', first.url]]);
  const seen = watch(t, urls, { lines: 5 });
  await until('the line before', () => seen.texts().includes('before'));
  await first.server.close();
  urls.set('node1', '');
  await until('it to be missed', () => seen.said.length > 0);
  for (let n = 0; n < 3; n++) {
    container.write('gone');
    await container.rotate();
  }
  container.write('after');
  urls.set('node1', (await serve(t, one)).url);
  await until('what is left', () => seen.texts().includes('after'));
  assert.match(seen.said.join('; '), /node1 lost rotated_away 0/);
});

test('without --follow a node that cannot be asked is named; a refusal ends it all', async (t) => {
  const one = bench(t);
  new FakeContainer(one).write('x');
  const { url } = await serve(t, one);
  const urls = new Map([
    ['node1', url],
    ['node2', ''],
  ]);
  const seen = watch(t, urls, { lines: 1, follow: false });
  assert.deepEqual(await seen.ended, ['node2']);
  assert.deepEqual(seen.texts(), ['x']);
  const refused = watch(t, new Map([['node1', url]]), { labels: 'app=a' });
  assert.ok((await refused.ended) instanceof FollowRefused);
});

const record: JsonRecord = {
  time: '2026-11-25T06:00:00Z',
  stream: 'stderr',
  log: 'red \u001b[31mtext\u001b[0m, \u001b]0;title\u0007 and \u009b2J',
  kubernetes: { node: 'n1', namespace: 'shop', pod: 'api-0', uid: 'u1', container: 'main', restart: 2 },
  file: '0123456789abcdef',
  offset: 42,
};

test('a line is printed as it was written into a pipe; on a terminal it may colour, and nothing else', async () => {
  const print = async (style: 'plain' | 'where' | 'json', isTTY: boolean) => {
    const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
    await recordPrinter(out, style)(record);
    return String(out.read());
  };
  assert.equal(await print('plain', false), `${record.log}\n`);
  assert.equal(await print('plain', true), `shop/api-0 main │ ${harmless(record.log)}\n`);
  assert.equal(harmless(record.log), 'red \u001b[31mtext\u001b[0m, \ufffd]0;title\ufffd and \ufffd2J');
  const where = (await print('where', false)).split('\t');
  assert.deepEqual(where.slice(0, 3), ['n1', 'shop_api-0_u1/main/2/0123456789abcdef@42', 'stderr']);
  assert.deepEqual(JSON.parse(await print('json', true)), record);
});

test('port-forward gives the address; what kubectl says when it will not is the error', async (t) => {
  const folder = tempFolder(t);
  const fake = (name: string, script: string) => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { command: { file, args: ['--context=c'] }, env: { PATH: process.env['PATH'] } };
  };
  const to = { namespace: 'journey-node', pod: 'log-collector-x', port: 9101, signal: AbortSignal.timeout(20_000) };
  const args = join(folder, 'args');
  const good = fake('good', `echo "$@" > ${args}; echo 'Forwarding from 127.0.0.1:41235 -> 9101'; exec sleep 60`);
  const forward = await portForward({ ...good, ...to });
  assert.equal(forward.url, 'http://127.0.0.1:41235');
  forward.close();
  await forward.ended;
  const denied = fake('denied', 'echo "pods is forbidden: cannot create pods/portforward" >&2; exit 1');
  await assert.rejects(portForward({ ...denied, ...to }), (error) => {
    assert.ok(isJourneyError(error));
    assert.match(error.text('en').detail, /pods\/portforward/);
    return true;
  });
  const silent = fake('silent', 'exec sleep 60');
  await assert.rejects(portForward({ ...silent, ...to, deadlineMs: 200 }), { code: 'command-timeout' });
});
