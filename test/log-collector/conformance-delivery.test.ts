// Rows of research §4 that concern delivery: stalls, outages, limits, own logs; the number is the row's.
import assert from 'node:assert/strict';
import { readdirSync, statSync, type watch } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOwnLog } from '../../src/log-collector/own-logs.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { account, assertExact } from './support/accounting.ts';
import { CapturingSink } from './support/capturing-sink.ts';
import { node, run } from './support/run-collector.ts';

/** A busy machine may take its time. */
const until: typeof untilSoon = (what, condition, options = {}) =>
  untilSoon(what, condition, { timeoutMs: 40_000, ...(options as object) });

const time = '2026-11-25T06:00:00.000000001Z';
const small = { JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576' };

test('#24 deleted files are held up to the cap while the sink is down; beyond it the loss is counted', async (t) => {
  const bench = node(t);
  const container = new FakeContainer({ ...bench, maxFiles: 3 });
  const cap = 400_000;
  const { sink, counters, collector } = await run(t, bench, {
    env: { ...small, JOURNEY_READER_HELD_DELETED_MAX_BYTES: String(cap) },
  });
  sink.stalled = true;
  const pad = ` ${'x'.repeat(900)}`;
  const chain = () => [...collector.chains.values()][0];
  let sent = 0;
  for (let round = 0; round < 20; round++) {
    container.writeSequence(sent, 200, pad);
    sent += 200;
    const scans = counters.scans;
    await until('the file was seen', () => counters.scans > scans + 1);
    await container.rotate();
    await until('the rotation was seen', () => counters.scans > scans + 3);
    const held = chain()?.files.filter((f) => f.unlinked && f.source !== undefined) ?? [];
    assert.ok(held.reduce((n, f) => n + f.knownSize, 0) <= cap, 'never more than the cap');
  }
  assert.ok(counters.lost.fd_released > 0);
  sink.stalled = false;
  await until('what is left', () =>
    sink
      .texts()
      .at(-1)
      ?.startsWith(`seq=${sent - 1} `),
  );
  const { missing, twice, outOfOrder } = account(sink.texts(), sent);
  assert.deepEqual([twice, outOfOrder], [[], 0]);
  assert.ok(missing.length > 0 && missing.length < sent);
  const line = Buffer.byteLength(`${container.time()} stdout F seq=1000${pad}\n`);
  const lost = counters.lost.fd_released + counters.lost.rotated_away;
  assert.ok(
    Math.abs(lost - missing.length * line) < missing.length * 4,
    `${lost} bytes lost, ${missing.length} lines missing`,
  );
});

test('#26 sink down, killed, started again: everything arrives', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 5_000);
  const sink = new CapturingSink();
  const first = await run(t, bench, { sink, env: small });
  await until('some of it', () => sink.records.length > 0);
  sink.stalled = true;
  container.writeSequence(5_000, 30_000);
  await until('reading has stopped', () => first.collector.pendingBytes > 262_144);
  await first.crash();
  sink.stalled = false;
  await run(t, bench, { sink, env: small });
  await until('everything', () => account(sink.texts(), 35_000).missing.length === 0);
});

test('a container that outruns the sink has a time to loss, which ends when it is caught up', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const env = { ...small, JOURNEY_LOGS_KEPT_BYTES: '100000000' };
  const { sink, collector } = await run(t, bench, { env });
  const toLoss = () => {
    const chain = [...collector.chains.values()][0];
    return chain?.forecast.secondsToLoss(chain.lagBytes, collector.keptBytes) ?? Number.NaN;
  };
  sink.stalled = true;
  let sent = 0;
  await until(
    'a forecast',
    () => {
      container.writeSequence(sent, 2_000, ' abc');
      sent += 2_000;
      return Number.isFinite(toLoss());
    },
    { everyMs: 50 },
  );
  assert.ok(toLoss() > 1);
  sink.stalled = false;
  await until('all is read', () => sink.records.length === sent);
  assert.equal(toLoss(), Number.POSITIVE_INFINITY);
});

test('a container over its rate limit waits, loses nothing by that, and does not hold up another', async (t) => {
  const bench = node(t);
  const loud = new FakeContainer({ ...bench, pod: 'loud' });
  const quiet = new FakeContainer({ ...bench, pod: 'quiet' });
  const lines = 4_000;
  loud.writeSequence(0, lines, ` ${'x'.repeat(50)}`);
  const bytes = statSync(loud.live).size;
  const begun = performance.now();
  const env = { JOURNEY_READER_RATE_LIMIT_BYTES: String(Math.round(bytes / 3)), JOURNEY_READER_TURN_BYTES: '16384' };
  const { sink, counters } = await run(t, bench, { env });
  quiet.write('quiet');
  await until('the quiet line', () => sink.texts().includes('quiet'));
  assert.ok(sink.records.length < lines, 'the loud one is still waiting');
  await until('everything', () => sink.records.length === lines + 1);
  // A third at once, a third each in the two seconds after that.
  assert.ok(performance.now() - begun > 1_500, 'not at once');
  assertExact(sink.texts(), lines);
  assert.ok(counters.rateLimited > 0);
});

test('only what is about to be deleted is dropped by the rate limit, and counted', async (t) => {
  const bench = node(t);
  const container = new FakeContainer({ ...bench, maxFiles: 100 });
  const env = {
    JOURNEY_READER_RATE_LIMIT_BYTES: '200000',
    JOURNEY_READER_TURN_BYTES: '16384',
    JOURNEY_LOGS_KEPT_BYTES: '600000',
  };
  const { sink, counters, log } = await run(t, bench, { env });
  let all = 0;
  for (let n = 0; n < 10; n++) {
    container.writeSequence(n * 1_000, 1_000, ` ${'x'.repeat(50)}`);
    // Begun, and never to be joined with anything behind the gap.
    container.write(`begun ${n}`, 'stdout', 'P');
    container.write(`ended ${n}`);
    container.write(`half ${n} `, 'stderr', 'P');
    all += statSync(container.live).size;
    const { scans } = counters;
    await until('it was seen', () => counters.scans > scans + 1);
    if (n < 9) await container.rotate();
  }
  await until('the last line', () => sink.texts().some((text) => text.startsWith('seq=9999 ')));
  const { missing, twice, outOfOrder } = account(sink.texts(), 10_000);
  assert.deepEqual([twice, outOfOrder], [[], 0]);
  assert.ok(missing.length > 1_000 && missing.length < 6_000, `${missing.length} missing`);
  const line = all / 10_000;
  assert.ok(Math.abs(counters.lost.rate_limited - missing.length * line) < 6_000, `${counters.lost.rate_limited} lost`);
  assert.ok(log.some((entry) => entry.level === 'error' && /rate limit/.test(entry.msg)));
  // A half of a line from before a gap is given out as what it is.
  const gaps = missing.filter((n) => n > 0 && !missing.includes(n - 1)).length;
  const halves = sink.records.filter((r) => r.stream === 'stderr' && r.flags?.includes('incomplete'));
  assert.ok(gaps > 0 && halves.length > 0, `${gaps} gaps, ${halves.length} halves`);
});

test('#27 a stalled sink and ten thousand records of two pieces', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const { sink } = await run(t, bench, { env: small });
  sink.stalled = true;
  let bytes = '';
  for (let n = 0; n < 10_000; n++)
    bytes += `${container.time()} stdout P seq=${n} \n${container.time()} stdout F and the rest\n`;
  container.raw(bytes);
  await until('a batch is waiting', () => sink.batches === 0);
  sink.stalled = false;
  await until('everything', () => sink.records.length >= 10_000);
  assertExact(sink.texts(), 10_000);
  assert.ok(sink.texts().every((text) => text.endsWith(' and the rest')));
});

test('#29 our own Pod is not collected, by uid or by name', async (t) => {
  for (const own of [
    { podUid: 'own-uid', podName: undefined, podNamespace: undefined },
    { podUid: undefined, podName: 'collector-x', podNamespace: 'logging' },
  ]) {
    const bench = node(t);
    const ours = new FakeContainer({ ...bench, namespace: 'logging', pod: 'collector-x', uid: 'own-uid' });
    const other = new FakeContainer({ ...bench, pod: 'other', uid: 'other-uid' });
    ours.write('our own line');
    other.write('a line of another');
    const { sink, collector } = await run(t, bench, { isExcluded: isOwnLog(own, () => []) });
    await until('the line of another', () => sink.records.length > 0);
    assert.deepEqual(sink.texts(), ['a line of another']);
    assert.equal(collector.chains.size, 1);
  }
});

test('#29 nor are the Pods we replaced, or that replace us; one that only looks alike is', async (t) => {
  const bench = node(t);
  const pod = (name: string, at: { namespace?: string; container?: string } = {}) =>
    new FakeContainer({ ...bench, namespace: 'logging', container: 'collector', uid: `uid-${name}`, pod: name, ...at });
  const own = { podUid: 'uid-collector-x2c4d', podName: 'collector-x2c4d', podNamespace: 'logging' };
  const ours = pod('collector-x2c4d');
  const siblings = [ours, pod('collector-b7k2p')];
  const others: Record<string, FakeContainer> = {
    'another namespace': pod('collector-b7k2p', { namespace: 'shop' }),
    'another container': pod('collector-b7k2p', { container: 'proxy' }),
    'a longer name': pod('collector-web-b7k2p'),
    'a ReplicaSet’s Pod': pod('collector-7c9f8d6b5-b7k2p'),
    'a word, which the API server never makes up': pod('collector-shell'),
    'a StatefulSet’s Pod': pod('collector-0'),
    'the name without the suffix': pod('collector'),
  };
  for (const container of siblings) container.write('our own');
  for (const [name, container] of Object.entries(others)) container.write(name);
  const isExcluded = isOwnLog(own, (directory) => readdirSync(join(bench.root, directory)));
  const { sink, counters } = await run(t, bench, { isExcluded });
  const texts = () => sink.texts().toSorted();
  await until('the others', () => sink.records.length >= Object.keys(others).length);
  const successor = pod('collector-z9w8v');
  successor.write('our own');
  const { scans } = counters;
  await until('the successor was seen', () => counters.scans > scans + 1);
  for (const container of [...siblings, successor]) container.write('our own');
  others['a longer name']?.write('the last');
  await until('the last', () => texts().includes('the last'));
  assert.deepEqual(texts(), [...Object.keys(others), 'the last'].toSorted());
});

test('what is left out since the last start is forgotten, not counted as lost', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.writeSequence(0, 1_000);
  const sink = new CapturingSink();
  sink.stalled = true;
  const first = await run(t, bench, { sink });
  await until('some is read', () => first.collector.pendingBytes > 0);
  await first.stop(0);
  container.deletePod();
  const { counters, log } = await run(t, bench, { sink, isExcluded: () => true });
  await until('it scans', () => counters.scans > 2);
  assert.equal(counters.lost.rotated_away, 0);
  assert.deepEqual(
    log.filter((entry) => entry.level === 'error'),
    [],
  );
});

for (const [code, knob] of [
  ['ENOSPC', 'max_user_watches'],
  ['EMFILE', 'max_user_instances'],
] as const) {
  test(`#30 no file notifications (${code}): polling only, one warning that names the sysctl`, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink, log } = await run(t, bench, {
      watch: (() => {
        throw Object.assign(new Error(`${code}: no space left on device, watch`), { code });
      }) as unknown as typeof watch,
    });
    container.writeSequence(0, 10);
    new FakeContainer({ ...bench, pod: 'later' }).write('later');
    await until('all lines', () => sink.records.length === 11);
    const warnings = log.filter((entry) => entry.level === 'warn');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.reason ?? '', new RegExp(knob));
  });
}

test('#32 a static Pod, whose uid is a hash, is collected', async (t) => {
  const bench = node(t);
  const container = new FakeContainer({
    ...bench,
    namespace: 'kube-system',
    pod: 'etcd-n1',
    uid: '49cc7c1fd3702c40b2686ea7486091d6',
    container: 'etcd',
  });
  container.write('ready');
  const { sink } = await run(t, bench);
  await until('its line', () => sink.records.length === 1);
  assert.deepEqual(sink.records[0]?.kubernetes, {
    node: 'node-1',
    namespace: 'kube-system',
    pod: 'etcd-n1',
    uid: '49cc7c1fd3702c40b2686ea7486091d6',
    container: 'etcd',
    restart: 0,
  });
});

test('#34 a Pod that is gone before the next regular scan is delivered, because a notification brings it forward', async (t) => {
  const bench = node(t);
  const { sink, counters } = await run(t, bench, { env: { JOURNEY_LOGS_SCAN_MS: '60000' } });
  const container = new FakeContainer({ ...bench, pod: 'job' });
  for (const text of ['one', 'two', 'three']) container.write(text);
  await until('it was seen', () => counters.scans >= 2);
  container.write('last', 'stdout', 'P');
  container.deletePod();
  await until('its lines', () => sink.records.length === 4);
  assert.deepEqual(sink.texts(), ['one', 'two', 'three', 'last']);
});

for (const stalled of [false, true]) {
  const when = stalled ? ', while the sink takes nothing' : '';
  test(`#34 a Pod that is gone half a second after a rotation leaves nothing unread in the new file${when}`, async (t) => {
    const bench = node(t);
    // The next scan is far away: what is seen between is all there is.
    const { sink } = await run(t, bench, { env: { JOURNEY_LOGS_SCAN_MS: '60000' } });
    const container = new FakeContainer({ ...bench, pod: 'flood' });
    container.write('one');
    await until('it was seen', () => sink.records.length === 1);
    sink.stalled = stalled;
    container.write('two');
    await container.rotate();
    container.write('three');
    await sleep(500);
    container.write('last words');
    container.deletePod();
    sink.stalled = false;
    await until('its lines', () => sink.records.length === 4, { timeoutMs: 3_000 });
    assert.deepEqual(sink.texts(), ['one', 'two', 'three', 'last words']);
  });
}

test('#35 the wall clock going back an hour delays nothing and changes no record', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  let offset = 0;
  const clock = { wall: () => Date.now() + offset, monotonic: () => performance.now() };
  const { sink } = await run(t, bench, { clock });
  container.raw(`${time} stdout F before\n`);
  await until('the first line', () => sink.records.length === 1);
  offset = -3_600_000;
  container.raw(`${time} stdout F after\n`);
  await until('the second line', () => sink.records.length === 2, { timeoutMs: 1_000 });
  await container.rotate();
  container.raw(`${time} stdout F rotated\n`);
  await until('the third line', () => sink.records.length === 3, { timeoutMs: 2_000 });
  assert.deepEqual(
    sink.records.map((r) => r.time),
    [time, time, time],
  );
});

test('#36 records leave at once with what the path says', async (t) => {
  const bench = node(t);
  new FakeContainer({ ...bench, namespace: 'a', pod: 'b', uid: 'c', container: 'd' }).write('x');
  const { sink } = await run(t, bench);
  await until('the record', () => sink.records.length === 1, { timeoutMs: 1_000 });
  const { node: nodeName, ...path } = sink.records[0]?.kubernetes ?? {};
  assert.deepEqual([nodeName, path], ['node-1', { namespace: 'a', pod: 'b', uid: 'c', container: 'd', restart: 0 }]);
});

test('what was written just before the end is read once more: in a known file, a new one, behind a rotation', async (t) => {
  const bench = node(t);
  const known = new FakeContainer(bench);
  known.write('seq=0');
  const env = { JOURNEY_LOGS_SCAN_MS: '60000', JOURNEY_READER_POLL_MS: '10000' };
  const { sink, stop } = await run(t, bench, {
    env,
    watch: (() => {
      throw new Error('no notifications');
    }) as unknown as typeof watch,
  });
  await until('the first line', () => sink.records.length === 1);
  known.write('seq=1');
  await known.rotate();
  known.write('seq=2');
  known.write('begun', 'stdout', 'P');
  new FakeContainer({ ...bench, pod: 'new' }).writeSequence(3, 2_000);
  await stop();
  const { missing, twice } = account(sink.texts(), 2_003);
  assert.deepEqual([missing, twice], [[], []]);
});

test('a container that never stops writing, and a sink that takes nothing, cannot hold up the end', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const sink = new CapturingSink();
  const flooded = await run(t, bench, { sink, env: small });
  const [limit, write] = [300_000, sink.write.bind(sink)];
  let sent = 0;
  const flood = () => {
    if (sent < limit) container.writeSequence(sent, 2_000);
    sent += 2_000;
  };
  // Two batches more for each that is taken.
  sink.write = async (batch, signal) => {
    flood();
    return write(batch, signal);
  };
  flood();
  await until('some of it', () => sink.records.length > 10_000);
  await flooded.stop();
  assert.ok(sink.records.length < limit, 'it ended before the flood did');
  sink.stalled = true;
  container.writeSequence(sent, 50_000);
  const begun = performance.now();
  await (await run(t, bench, { sink, env: small })).stop(200);
  assert.ok(performance.now() - begun < 5_000);
});

test('a flooding container does not starve a quiet one', async (t) => {
  const bench = node(t);
  const flood = new FakeContainer({ ...bench, pod: 'flood' });
  flood.raw(`${time} stdout F ${'x'.repeat(200)}\n`.repeat(60_000));
  const quiet = new FakeContainer({ ...bench, pod: 'quiet' });
  quiet.write('quiet');
  const { sink } = await run(t, bench);
  await until('the quiet line', () => sink.records.some((r) => r.log === 'quiet'));
  const before = sink.records.findIndex((r) => r.log === 'quiet');
  assert.ok(before < 3_000, `${before} lines of the flood came first: more than a turn`);
  await until('the flood', () => sink.records.length === 60_001);
});
