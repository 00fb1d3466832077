import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactor } from '../line/redactor.ts';
import { type Explanation, explainLog } from './explain-log.ts';

const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 2 };

function explain(text: string, rules: readonly string[] = []): Explanation {
  return explainLog(Buffer.from(text), {
    instance,
    node: 'n1',
    maxLineBytes: 65_536,
    fields: 'all',
    redact: redactor(rules),
    now: () => 0,
  });
}

const time = '2026-11-25T06:00:00.5+10:00';

test('each line is named for what it is, and the records are those of the collector', () => {
  const docker = `{"log":"docker\\n","stream":"stderr","time":"${time}"}`;
  const cri = `${time} stdout F {"level":"warn","pw":"x"}`;
  const text = `${cri}\n${docker}\nnothing known\n`;
  const { lines, records, open } = explain(text, ['"pw":"(?<secret>[^"]*)"']);
  assert.deepEqual(lines, [
    { offset: 0, format: 'cri', time, stream: 'stdout', partial: false, text: 'json' },
    { offset: cri.length + 1, format: 'docker', time, stream: 'stderr', partial: false, text: 'text' },
    { offset: cri.length + docker.length + 2, format: 'none', stream: 'unknown', partial: false, text: 'text' },
  ]);
  const [first, second, third] = records as Record<string, unknown>[];
  assert.deepEqual([first?.['level'], first?.['fields']], ['warn', { level: 'warn', pw: '[redacted]' }]);
  assert.deepEqual([second?.['log'], third?.['flags'], third?.['offset']], ['docker', ['malformed'], lines[2]?.offset]);
  assert.deepEqual(first?.['kubernetes'], { node: 'n1', ...instance });
  assert.deepEqual(open, []);
});

test('pieces are joined, and a line that is not ended is said to be open; a last newline may be missing', () => {
  const { lines, records, open } = explain(`${time} stdout P a\n${time} stderr P x\n${time} stdout F b`);
  assert.deepEqual(
    lines.map(({ stream, partial }) => [stream, partial]),
    [
      ['stdout', true],
      ['stderr', true],
      ['stdout', false],
    ],
  );
  assert.deepEqual(
    (records as { log: string; flags?: string[] }[]).map(({ log, flags }) => [log, flags]),
    [
      ['ab', undefined],
      ['x', ['incomplete']],
    ],
  );
  assert.deepEqual(open, ['stderr']);
});

test('more than one batch of it is explained whole', () => {
  const { lines, records } = explain(`${time} stdout F ${'x'.repeat(1_000)}\n`.repeat(300));
  assert.deepEqual([lines.length, records.length], [300, 300]);
});
