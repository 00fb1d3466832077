import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonRecord } from '../../src/log-collector/record/json-lines.ts';
import { until } from '../support/until.ts';
import { account } from './support/accounting.ts';
import { node, run } from './support/run-collector.ts';

const root = fileURLToPath(new URL('../data/cri/pods', import.meta.url));

test('logs a real node wrote give the records their README states', async (t) => {
  const ended = new Set<string>();
  const { sink, collector, counters } = await run(t, { ...node(t), root }, { hasEnded: (i) => ended.has(i.container) });
  await until('everything but the last words', () => sink.records.length === 63_400 + 4 + 21 + 2 + 4);
  const of = (container: string, restart = 0): JsonRecord[] =>
    sink.records.filter((r) => r.kubernetes.container === container && r.kubernetes.restart === restart);

  await t.test('edge-cases/long: five records, joined byte for byte, last words marked', async () => {
    assert.equal(of('long').length, 4, 'a P that nothing closes stays open while the container may run');
    ended.add('long');
    await until('the last words', () => of('long').length === 5);
    const [before, long, after, euros, last] = of('long');
    assert.deepEqual([before?.log, after?.log], ['before', 'after']);
    assert.ok(long?.log === 'a'.repeat(40_000));
    assert.ok(euros?.log === '€'.repeat(6_000), 'cut inside a character, whole again');
    assert.equal(last?.log, 'no newline at the end');
    assert.deepEqual(last?.flags, ['incomplete']);
    for (const record of [before, long, after, euros]) assert.equal(record?.flags, undefined);
    assert.equal(counters.incompleteFlushed, 1);
  });

  await t.test('edge-cases/streams: 21 records, 12 on stdout and 9 on stderr', () => {
    const records = of('streams');
    assert.deepEqual(
      [
        records.length,
        records.filter((r) => r.stream === 'stdout').length,
        records.filter((r) => r.stream === 'stderr').length,
      ],
      [21, 12, 9],
    );
    const find = (log: string) => records.find((r) => r.log.startsWith(log));
    assert.equal(find('crlf')?.log, 'crlf line');
    assert.equal(records.filter((r) => r.log === '').length, 1);
    assert.equal(find('nul')?.log, 'nul:\u0000:nul');
    assert.deepEqual([find('bad utf8')?.log, find('bad utf8')?.flags], ['bad utf8 \ufffd\ufffd end', ['invalid_utf8']]);
    assert.deepEqual(find('{')?.fields, { level: 'error', msg: 'json line', n: 1 });
    assert.deepEqual([find('{')?.level, find('level=')?.level], ['error', 'warn']);
    assert.equal(find('\u001b')?.log, '\u001b[31mred\u001b[0m text');
    assert.equal(find('out-part-2')?.time, '2026-11-25T06:19:56.32700166Z');
  });

  await t.test('edge-cases/bigpartial: two streams cut at the same time stay apart', () => {
    assert.deepEqual(
      of('bigpartial')
        .map((r) => [r.stream, r.log])
        .sort(),
      [
        ['stderr', 'e'.repeat(100_000)],
        ['stdout', 'o'.repeat(100_000)],
      ],
    );
  });

  await t.test('flood/main: every number in gz, plain and live files once, in order', () => {
    for (const [restart, first, sent] of [
      [2, 22_800, 60_000],
      [3, 0, 26_200],
    ] as const) {
      const { received, missing, twice, outOfOrder } = account(
        of('main', restart).map((r) => r.log),
        sent,
      );
      assert.deepEqual({ received, twice, outOfOrder }, { received: sent - first, twice: [], outOfOrder: 0 });
      assert.deepEqual(
        missing,
        Array.from({ length: first }, (_, n) => n),
        'only what was deleted before',
      );
    }
  });

  await t.test('short-lived job: two records of each Pod', () => {
    const byPod = Map.groupBy(of('c'), (r) => r.kubernetes.pod);
    assert.deepEqual(
      [...byPod.values()].map((records) => records.map((r) => r.log)),
      [
        ['one', 'two'],
        ['one', 'two'],
      ],
    );
  });

  await t.test('every record names its source, and no two the same', () => {
    const keys = sink.records.map((r) => JSON.stringify([r.kubernetes, r.stream, r.file, r.offset]));
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(collector.partialBytes, 0);
    assert.equal(
      Object.values(counters.lost).reduce((a, b) => a + b),
      0,
    );
  });
});
