// Rows of research §4 that concern single lines; the number is the row's.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { redactor } from '../../src/log-collector/line/redactor.ts';
import { FakeContainer } from '../support/fake-kubelet.ts';
import { until as untilSoon } from '../support/until.ts';
import { node, run } from './support/run-collector.ts';

/** A busy machine may take its time. */
const until: typeof untilSoon = (what, condition, options = {}) =>
  untilSoon(what, condition, { timeoutMs: 40_000, ...(options as object) });

const time = '2026-11-25T06:00:00.000000001Z';

/** The bytes of a file and the records they must give. */
const rows: readonly {
  readonly row: string;
  readonly bytes: string | Buffer;
  readonly records: readonly (readonly [stream: string, log: string, flags?: string])[];
  readonly counted?: Readonly<Record<string, number>>;
  /** Bytes lost to the cut. */
  readonly cut?: number;
}[] = [
  {
    row: '#1 pieces of two streams are not glued together',
    bytes: `${time} stdout P 1\n${time} stderr F 2\n${time} stdout P 3\n${time} stdout F 4\n`,
    records: [
      ['stderr', '2'],
      ['stdout', '134'],
    ],
  },
  {
    row: '#5 a half-written line is kept as raw text, and the next is normal',
    bytes: `T+08:00 stdout T+08:00 stdout F + true\n${time} stdout F next\n`,
    records: [
      ['unknown', 'T+08:00 stdout T+08:00 stdout F + true', 'malformed'],
      ['stdout', 'next'],
    ],
    counted: { malformed: 1 },
  },
  {
    row: '#8 invalid UTF-8 is delivered with U+FFFD, flagged and counted',
    bytes: Buffer.concat([Buffer.from(`${time} stdout F before-`), Buffer.from([0xff, 0xfe]), Buffer.from('-after\n')]),
    records: [['stdout', 'before-\ufffd\ufffd-after', 'invalid_utf8']],
    counted: { invalidUtf8: 1 },
  },
  {
    row: '#10 the format is found out line by line',
    bytes: `\n${time} stdout F cri\n{"log":"docker\\n","stream":"stderr","time":"${time}"}\n`,
    records: [
      ['unknown', '', 'malformed'],
      ['stdout', 'cri'],
      ['stderr', 'docker'],
    ],
  },
  {
    row: '#11 a line over the limit is cut and marked, its neighbours are whole',
    bytes: `${time} stdout F one\n${time} stdout F ${'x'.repeat(5 * 1_048_576)}\n${time} stdout F three\n`,
    records: [
      ['stdout', 'one'],
      ['stdout', 'x'.repeat(1_048_576), 'truncated'],
      ['stdout', 'three'],
    ],
    counted: { truncatedLines: 1 },
    cut: 4 * 1_048_576,
  },
  {
    row: '#11 the same for a line that is of no format',
    bytes: `${time} stdout F one\n${'y'.repeat(3 * 1_048_576)}\n${time} stdout F three\n`,
    records: [
      ['stdout', 'one'],
      ['unknown', 'y'.repeat(1_048_576), 'malformed,truncated'],
      ['stdout', 'three'],
    ],
    cut: 2 * 1_048_576,
  },
  {
    row: '#11 the same for a line of many pieces',
    bytes: `${`${time} stdout P ${'z'.repeat(16_384)}\n`.repeat(80)}${time} stdout F end\n${time} stdout F next\n`,
    records: [
      ['stdout', 'z'.repeat(1_048_576), 'truncated'],
      ['stdout', 'next'],
    ],
    cut: 80 * 16_384 + 3 - 1_048_576,
  },
  {
    row: 'a cut leaves no broken character',
    bytes: `${time} stdout F ${'€'.repeat(400_000)}\n`,
    records: [['stdout', '€'.repeat(349_525), 'truncated']],
    cut: 1_200_000 - 349_525 * 3,
  },
  {
    row: 'a character cut by the runtime is whole again',
    bytes: Buffer.concat([
      Buffer.from(`${time} stdout P a`),
      Buffer.from([0xe2, 0x82]),
      Buffer.from(`\n${time} stdout F `),
      Buffer.from([0xac, 0x0a]),
    ]),
    records: [['stdout', 'a€']],
  },
  {
    row: 'docker: a log without newline is a piece',
    bytes: `{"log":"ab","stream":"stdout","time":"${time}"}\n{"log":"cd\\n","stream":"stdout","time":"${time}"}\n`,
    records: [['stdout', 'abcd']],
  },
  {
    row: 'a newline inside a docker text stays inside the record',
    bytes: `{"log":"a\\nb\\"€\\n","stream":"stdout","time":"${time}"}\n`,
    records: [['stdout', 'a\nb"€']],
  },
  {
    row: 'CRI-O may end a closing line right behind its F (conmon#629)',
    bytes: `${time} stdout P last words\n${time} stdout F\n`,
    records: [['stdout', 'last words']],
  },
  {
    row: 'control characters grow to six times their size and still fit',
    bytes: `${time} stdout F ${'\u0001'.repeat(1_000_000)}\n${time} stdout F next\n`,
    records: [
      ['stdout', '\u0001'.repeat(1_000_000)],
      ['stdout', 'next'],
    ],
  },
];

for (const { row, bytes, records, counted = {}, cut = 0 } of rows) {
  test(row, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    container.raw(bytes);
    const { sink, counters, collector } = await run(t, bench);
    await until('every byte is used up', () => counters.readBytes === Buffer.byteLength(bytes));
    await until('the records', () => sink.records.length >= records.length);
    const got = sink.records.map((r) => [
      r.stream,
      r.log,
      ...(r.flags === undefined ? [] : [r.flags.toSorted().join()]),
    ]);
    // Not deepEqual on megabytes: its message would be the megabytes.
    assert.equal(got.length, records.length);
    for (const [i, want] of records.entries()) {
      assert.ok(
        JSON.stringify(got[i]) === JSON.stringify(want),
        `record ${i}: ${JSON.stringify(got[i]).slice(0, 200)}`,
      );
    }
    for (const [name, value] of Object.entries(counted)) {
      assert.equal(counters[name as 'malformed'], value, name);
    }
    assert.equal(counters.lost.line_too_long, cut);
    assert.equal(collector.partialBytes, 0);
  });
}

test('what a rule takes out is nowhere in the record: not in the text, not in the fields, not across pieces', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.write('{"user":"a","password":"hunter2"}');
  container.write('token=hun', 'stdout', 'P');
  container.write('ter2 end');
  container.write('nothing here');
  container.raw('{"log":"token=hunter2\\n","stream":"stdout","time":"2026-11-25T06:00:00.5Z"}\n');
  container.raw('no format: token=hunter2\n');
  const redact = redactor(['"password":"(?<secret>[^"]*)"', 'token=(?<secret>\\S+)']);
  const { sink, counters } = await run(t, bench, { redact: () => redact });
  await until('all', () => sink.records.length === 5);
  assert.doesNotMatch(JSON.stringify(sink.records), /hun/);
  assert.deepEqual(sink.records[0]?.fields, { user: 'a', password: '[redacted]' });
  assert.deepEqual(sink.texts().slice(1, 4), ['token=[redacted] end', 'nothing here', 'token=[redacted]']);
  assert.equal(counters.redacted, 4);
});

test('#6 times keep their nanoseconds and their zone', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const times = [
    '2026-11-25T16:00:00.123456789+10:00',
    '2026-11-25T01:00:00.1-05:00',
    '2026-11-25T06:00:09Z',
    '2026-11-25T06:00:09.66979Z',
  ];
  for (const each of times) container.raw(`${each} stdout F x\n`);
  const { sink } = await run(t, bench);
  await until('the records', () => sink.records.length === times.length);
  assert.deepEqual(
    sink.records.map((r) => r.time),
    times,
  );
});

for (const how of ['the next restart begins', 'its Pod is deleted'] as const) {
  test(`#3 last words without a newline are given out when ${how}`, async (t) => {
    const bench = node(t);
    const container = new FakeContainer(bench);
    const { sink, counters, collector } = await run(t, bench);
    container.write('started');
    container.write('fatal', 'stderr', 'P');
    await until('the first line', () => sink.records.length === 1);
    await until('the open piece', () => collector.partialBytes > 0);
    if (how === 'its Pod is deleted') container.deletePod();
    else container.restartContainer();
    await until('the last words', () => sink.records.length === 2, { timeoutMs: 5_000 });
    const last = sink.records[1];
    assert.deepEqual([last?.log, last?.stream, last?.flags], ['fatal', 'stderr', ['incomplete']]);
    assert.equal(counters.incompleteFlushed, 1);
    assert.equal(collector.partialBytes, 0, 'the buffer is freed');
  });
}

test('a line without newline at the very end of an ended container is delivered, marked', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  container.raw(`${time} stdout F whole\n${time} stdout F cut o`);
  const { sink } = await run(t, bench);
  await until('the whole line', () => sink.records.length === 1);
  container.restartContainer();
  await until('the cut line', () => sink.records.length === 2);
  assert.deepEqual([sink.records[1]?.log, sink.records[1]?.flags], ['cut o', ['incomplete']]);
});

test('a line written in two goes is one record', async (t) => {
  const bench = node(t);
  const container = new FakeContainer(bench);
  const { sink, collector } = await run(t, bench);
  container.raw(`${time} stdout F first\n${time} stdout F sec`);
  await until('the first', () => sink.records.length === 1);
  const chain = [...collector.chains.values()][0];
  await until('the rest was seen', () => chain?.current?.waitSize === chain?.current?.size);
  container.raw('ond\n');
  await until('the second', () => sink.records.length === 2);
  assert.deepEqual(sink.texts(), ['first', 'second']);
});

test('#15 a file of one short line is delivered within a second; empty files make no noise', async (t) => {
  const bench = node(t);
  for (let n = 0; n < 400; n++)
    writeFileSync(join(new FakeContainer({ ...bench, pod: `p-${n}` }).directory, '0.log'), '');
  const container = new FakeContainer({ ...bench, pod: 'small' });
  const { sink, log } = await run(t, bench);
  container.raw(`${time} stdout F 42b\n`);
  await until('the line', () => sink.records.length === 1, { timeoutMs: 1_000 });
  assert.deepEqual(log, []);
});
