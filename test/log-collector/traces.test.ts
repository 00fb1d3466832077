import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Counters } from '../../src/log-collector/counters.ts';
import { formatPlace, parsePlace, rawBytes } from '../../src/log-collector/explain/record-place.ts';
import { redactor } from '../../src/log-collector/line/redactor.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { assertExact } from './support/accounting.ts';
import { type Bench, node, run } from './support/run-collector.ts';

const until: typeof untilSoon = (what, condition) => untilSoon(what, condition, { timeoutMs: 30_000 });
const trace = (name: string) =>
  readFileSync(join(import.meta.dirname, 'traces', `${name}.txt`), 'utf8').replace(/\n$/, '');

const joinAll = { JOURNEY_RECORDS_TRACES_RULES: '*/*/*' };
/** So long that nothing is given out because of it. */
const patient = { ...joinAll, JOURNEY_RECORDS_TRACES_WAIT_MS: '60000' };

function writeLines(container: FakeContainer, text: string, stream: 'stdout' | 'stderr' = 'stderr'): void {
  for (const line of text.split('\n')) container.write(line, stream);
}

for (const name of ['java', 'python', 'go', 'go-http', 'node']) {
  test(`a trace that ${name} printed is one record, its neighbours are records of their own`, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.write('before', 'stderr');
    writeLines(container, trace(name));
    container.write('after it', 'stderr');
    container.write('{"a":1}', 'stderr');
    const { sink, counters } = await run(t, bench, { env: patient });
    await until('all', () => sink.records.length === 4);
    assert.deepEqual(sink.texts(), ['before', trace(name), 'after it', '{"a":1}']);
    const lines = trace(name).split('\n').length;
    assert.equal(sink.records[1]?.lines, lines);
    assert.equal(sink.records[0]?.lines, undefined);
    assert.equal(counters.joinedLines, lines - 1);
    const raw = readFileSync(container.live);
    assert.equal(sink.records[1]?.offset, raw.indexOf('\n') + 1, 'the place of its first line');
  });
}

test('so is what the Node of this machine prints of an error', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const code =
    'const e = new TypeError("a\\nb", { cause: new RangeError("deep") }); e.code = "X"; console.error(e); throw e;';
  const { stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  const text = stderr.replace(/\n$/, '');
  assert.match(text, /Node\.js v/);
  const at = text.indexOf('\n[eval]:1');
  const [logged, thrown] = [text.slice(0, at), text.slice(at + 1)];
  // A message of several lines is only known for what it is when the process ends by it.
  writeLines(container, logged.split('\n').slice(1).join('\n'));
  writeLines(container, thrown.replace(/^\[eval\]:1/, '/app/main.js:1'));
  container.write('after', 'stderr');
  container.restartContainer();
  const { sink } = await run(t, bench, { env: patient });
  await until('all', () => sink.records.length === 3);
  assert.deepEqual(
    sink.records.map((r) => r.lines ?? 1),
    [logged.split('\n').length - 1, thrown.split('\n').length, 1],
  );
});

test('not asked for, nothing is joined; only the languages named are; JSON is not held up', async (t) => {
  const bench = node(t);
  const both = trace('java').split('\n').slice(0, 3).join('\n');
  const pods = ['plain', 'go', 'json'].map((pod) => new FakeContainer({ ...bench, pod, uid: pod }));
  writeLines(pods[0] as FakeContainer, both);
  writeLines(pods[1] as FakeContainer, both);
  pods[2]?.write('{"level":"info"}');
  const rules = 'shop/g*/main=go,shop/json/*,other/*/*';
  const { sink } = await run(t, bench, { env: { ...patient, JOURNEY_RECORDS_TRACES_RULES: rules } });
  await until('plain ones and JSON at once', () => sink.records.length === 6);
  const of = (pod: string) => sink.records.filter((r) => r.kubernetes.pod === pod).map((r) => r.log);
  assert.deepEqual(of('plain'), both.split('\n'));
  assert.deepEqual(of('go'), both.split('\n').slice(0, 2), 'a text waits for the next, which may belong to it');
  pods[1]?.restartContainer();
  await until('the last', () => of('go').length === 3);
});

test('streams do not mix, pieces are joined first, and a trace goes on across a rotation', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.write('java.lang.Error: a', 'stderr');
  container.write('out 1');
  container.write('\tat a.B.c(B', 'stderr', 'P');
  container.write('out 2');
  const { sink } = await run(t, bench, { env: patient });
  await container.rotate();
  container.write('.java:1)', 'stderr');
  await container.rotate();
  container.write('\tat d', 'stderr');
  container.write('out 3');
  container.restartContainer();
  await until('all', () => sink.records.length === 4);
  assert.deepEqual(
    sink.records.filter((r) => r.stream === 'stderr').map((r) => [r.log, r.offset, r.lines]),
    [['java.lang.Error: a\n\tat a.B.c(B.java:1)\n\tat d', 0, 3]],
  );
  const { file = '', offset = 0, lines = 1 } = sink.records.find((r) => r.stream === 'stderr') ?? {};
  const where = formatPlace({
    podDirectory: 'shop_api-0_uid-1',
    container: 'main',
    restart: 0,
    fileId: file,
    offset,
    lines,
  });
  const place = parsePlace(where);
  assert.ok(place);
  const raw = rawBytes(bench.root, { ...place, lines: 2 })?.toString() ?? '';
  assert.deepEqual(
    raw.split('\n').map((line) => line.slice(line.indexOf(' '))),
    [' stderr F java.lang.Error: a', ' stderr P \tat a.B.c(B', ' stderr F .java:1)', ''],
    'the very bytes of as many of its lines as are asked for, without the other stream',
  );
  assert.deepEqual(
    sink.records.filter((r) => r.stream === 'stdout').map((r) => r.log),
    ['out 1', 'out 2', 'out 3'],
  );
});

test('a record has its most lines and bytes; what follows goes on in the next, and nothing is cut', async (t) => {
  const bench = node(t);
  const frames = Array.from({ length: 25 }, (_, n) => `\tat a.B.c(B.java:${n})`);
  const lines = new FakeContainer({ ...bench, pod: 'lines', uid: 'l' });
  writeLines(lines, ['java.lang.Error', ...frames].join('\n'));
  lines.restartContainer();
  const env = { ...patient, JOURNEY_RECORDS_TRACES_MAX_LINES: '10', JOURNEY_RECORDS_TRACES_MAX_BYTES: '1024' };
  const { sink } = await run(t, bench, { env });
  await until('three', () => sink.records.length === 3);
  assert.deepEqual(
    sink.records.map((r) => r.lines),
    [10, 10, 6],
  );
  assert.equal(sink.texts().join('\n'), ['java.lang.Error', ...frames].join('\n'));
  const bytes = new FakeContainer({ ...bench, pod: 'bytes', uid: 'b' });
  const long = Array.from({ length: 4 }, () => `\tat ${'x'.repeat(400)}`);
  writeLines(bytes, ['java.lang.Error', ...long].join('\n'));
  bytes.restartContainer();
  await until('two more', () => sink.records.length === 5);
  assert.deepEqual(
    sink.records.slice(3).map((r) => [r.lines, r.log.length]),
    [
      [3, 15 + 2 * 405],
      [2, 809],
    ],
  );
});

test('lines far apart by their time stamps are not one record, and the last does not wait for ever', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const at = (second: number, text: string) =>
    container.raw(`2026-11-25T06:00:${String(second).padStart(2, '0')}.000000001Z stderr F ${text}\n`);
  at(0, 'java.lang.Error');
  at(1, '\tat a');
  at(5, '\tat b');
  at(5, '\tat c');
  const env = { ...joinAll, JOURNEY_RECORDS_TRACES_WAIT_MS: '1500' };
  const begun = performance.now();
  const { sink } = await run(t, bench, { env });
  await until('both', () => sink.records.length === 2);
  assert.deepEqual(sink.texts(), ['java.lang.Error\n\tat a', '\tat b\n\tat c']);
  assert.ok(performance.now() - begun >= 1_400, 'the last has waited for more');
});

test('a rotated file that no scan has seen does not part a trace', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const noHints = (() => {
    throw Object.assign(new Error('none'), { code: 'ENOSPC' });
  }) as never;
  const env = { ...joinAll, JOURNEY_RECORDS_TRACES_WAIT_MS: '50', JOURNEY_LOGS_SCAN_MS: '1500' };
  const { sink } = await run(t, bench, { env, watch: noHints });
  container.write('first', 'stderr');
  await until('read alone', () => sink.records.length === 1);
  container.write('java.lang.Error', 'stderr');
  await container.rotate();
  container.write('\tat a', 'stderr');
  await until('the trace', () => sink.records.length > 1);
  assert.deepEqual(sink.texts(), ['first', 'java.lang.Error\n\tat a']);
});

test('a stop gives out what is open, kill -9 reads it again: nothing is lost, and the key is that of the first line', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.write('plain', 'stderr');
  container.write('java.lang.Error', 'stderr');
  container.write('\tat a', 'stderr');
  const first = await run(t, bench, { env: patient });
  await until('the line before', () => first.sink.records.length === 1);
  await first.crash();
  container.write('\tat b', 'stderr');
  const second = await run(t, bench, { env: patient });
  await until('it is read', () => second.counters.readBytes > 0);
  await second.stop();
  assert.deepEqual(
    second.sink.records.map((r) => [r.log, r.lines, r.offset]),
    [['java.lang.Error\n\tat a\n\tat b', 3, readFileSync(container.live).indexOf('\n') + 1]],
  );
  const third = await run(t, bench, { env: patient });
  container.write('next', 'stderr');
  container.restartContainer();
  await until('the rest', () => third.sink.records.length === 1);
  assert.deepEqual(third.sink.texts(), ['next'], 'nothing twice');
});

test('redaction sees each line, and what is joined', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  writeLines(container, 'java.lang.Error: token=abc\n\tat key -----BEGIN\n\tat secret\n\tat END-----\nuser=bob');
  container.restartContainer();
  const redact = redactor(['token=(?<secret>\\w+)$', '^user=(?<secret>\\w+)$', '-----BEGIN[\\s\\S]*?END-----']);
  const { sink, counters } = await run(t, bench, { env: patient, redact: () => redact });
  await until('both', () => sink.records.length === 2);
  assert.deepEqual(sink.texts(), ['java.lang.Error: token=[redacted]\n\tat key [redacted]', 'user=[redacted]']);
  assert.equal(counters.redacted, 2);
});

test('the annotation of a Pod asks for it, by container and language, and goes before the rules', async (t) => {
  const bench = node(t);
  const text = 'java.lang.Error\n\tat a';
  const annotations: Record<string, string> = {
    star: '*',
    named: 'main=java+go, other',
    others: 'other',
    off: 'none',
    wrong: 'main=cobol',
  };
  for (const uid of Object.keys(annotations)) {
    const container = new FakeContainer({ ...bench, pod: uid, uid });
    writeLines(container, text);
    container.restartContainer();
  }
  const info = (uid: string) => ({
    labels: {},
    annotations: { 'journey.example/join-traces': annotations[uid] as string },
    owner: undefined,
  });
  const infos = new Map(Object.keys(annotations).map((uid) => [uid, info(uid)]));
  const rules = { ...patient, JOURNEY_RECORDS_TRACES_RULES: '*/off/*,*/wrong/*' };
  const { sink, log } = await run(t, bench, { env: rules, infoOf: ({ uid }) => infos.get(uid) });
  await until('all', () => sink.records.length === 7);
  const lines = (pod: string) => sink.records.filter((r) => r.kubernetes.pod === pod).map((r) => r.lines ?? 1);
  assert.deepEqual(
    Object.keys(annotations).map((pod) => [pod, lines(pod)]),
    [
      ['star', [2]],
      ['named', [2]],
      ['others', [1, 1]],
      ['off', [1, 1]],
      ['wrong', [2]],
    ],
  );
  assert.equal(log.filter(({ msg }) => msg.includes('annotation')).length, 1);
});

test('what was being joined goes on being joined after a restart, before the API has answered', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const info = { labels: {}, annotations: { 'journey.example/join-traces': '*' }, owner: undefined };
  container.write('plain', 'stderr');
  container.write('java.lang.Error', 'stderr');
  const first = await run(t, bench, { env: { JOURNEY_RECORDS_TRACES_WAIT_MS: '60000' }, infoOf: () => info });
  await until('one', () => first.sink.records.length === 1);
  await until('a checkpoint', () => first.counters.checkpointWrites > 1);
  await first.crash();
  container.write('\tat a', 'stderr');
  container.restartContainer();
  const second = await run(t, bench, { env: { JOURNEY_RECORDS_TRACES_WAIT_MS: '60000' }, infoOf: () => undefined });
  await until('the trace', () => second.sink.records.length === 1);
  assert.deepEqual(second.sink.texts(), ['java.lang.Error\n\tat a']);
});

test('traces of more containers than memory has room for come out in parts, and lines are not cut for them', async (t) => {
  const bench: Bench = node(t);
  const count = 40;
  const text = ['java.lang.Error', ...Array.from({ length: 900 }, (_, n) => `\tat ${'x'.repeat(90)}${n}`)].join('\n');
  const containers = Array.from(
    { length: count },
    (_, n) => new FakeContainer({ ...bench, pod: `p${n}`, uid: `u${n}` }),
  );
  for (const container of containers) writeLines(container, text);
  const env = {
    ...patient,
    JOURNEY_RECORDS_TRACES_MAX_LINES: '2000',
    JOURNEY_READER_INFLIGHT_MAX_BYTES: '1048576',
  };
  const { sink, collector, counters } = await run(t, bench, { env });
  await until('all is read', () => [...collector.chains.values()].every((chain) => chain.lagBytes === 0));
  assert.ok(collector.partialBytes <= 262_144, `${collector.partialBytes} bytes held`);
  for (const container of containers) container.restartContainer();
  const lines = () => sink.records.reduce((sum, r) => sum + (r.lines ?? 1), 0);
  await until('all', () => lines() === count * 901);
  for (let n = 0; n < count; n++) {
    const own = sink.records.filter((r) => r.kubernetes.pod === `p${n}`);
    assert.equal(own.map((r) => r.log).join('\n'), text);
  }
  assert.equal(counters.truncatedLines, 0);
  await until('memory is given back', () => collector.partialBytes === 0);
});

test('stopped in the middle of a rotated file: the trace is given out, and the rest of the file is read at the next start', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const frames = (from: number, count: number) => {
    for (let n = from; n < from + count; n++) container.write(`\tat seq=${n}`);
  };
  frames(0, 1_000);
  await container.rotate();
  frames(1_000, 10);
  const env = {
    JOURNEY_RECORDS_TRACES_RULES: '*/*/*=java',
    JOURNEY_READER_TURN_BYTES: '4096',
    // So slow that most of the first file is left for the last look.
    JOURNEY_READER_RATE_LIMIT_BYTES: '1',
  };
  // The time for the last look is over after its first turn.
  let late = () => false;
  const clock = { wall: Date.now, monotonic: () => performance.now() + (late() ? 60_000 : 0) };
  const first = await run(t, bench, { env, clock });
  const { counters } = first;
  await until('a turn', () => counters.readBytes > 0);
  const { readBytes } = counters;
  late = () => counters.readBytes > readBytes;
  await first.stop();
  const second = await run(t, bench, { env: { ...env, JOURNEY_READER_RATE_LIMIT_BYTES: '0' } });
  await until(
    'the rest',
    () => second.counters.readBytes > 0 && second.collector.chains.values().next().value?.lagBytes === 0,
  );
  await second.stop();
  const lines = [...first.sink.texts(), ...second.sink.texts()].flatMap((text) => text.split('\n'));
  assertExact(
    lines.map((line) => line.replace(/^\tat /, '')),
    1_010,
  );
});

for (const [form, rotations] of [
  ['as it is', 1],
  ['compressed', 2],
] as const) {
  test(`a file that was rotated while it was empty, ${form}, is met once: what a stop gives out comes once`, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const rare = { ...patient, JOURNEY_LOGS_SCAN_MS: '1000' };
    const before = await run(t, bench, { env: rare });
    for (let n = 0; n < rotations; n++) await container.rotate();
    container.write('{"n":1}');
    container.write('\tat a.B.c(B.java:1)', 'stderr');
    await until('the empty ones have been left behind', () => {
      const [chain] = before.collector.chains.values();
      return before.sink.records.length === 1 && chain?.files.length === 1 && chain.traces[1].open;
    });
    // Another look at the directory.
    container.restartContainer();
    await before.stop();
    assert.deepEqual(before.sink.texts(), ['{"n":1}', '\tat a.B.c(B.java:1)']);
    const after = await run(t, bench, { env: patient });
    container.write('{"n":2}');
    await until('the next line', () => after.sink.texts().includes('{"n":2}'));
    await after.stop();
    assert.deepEqual(after.sink.texts(), ['{"n":2}']);
    assert.deepEqual(after.counters.lost, new Counters().lost);
  });
}
