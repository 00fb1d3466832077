import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceRulesOf } from '../trace/trace-rules.ts';
import { type Explanation, explainLog } from './explain-log.ts';

const instance = { namespace: 'shop', pod: 'api-0', uid: 'u', container: 'main', restart: 2 };

function explain(text: string, rules: readonly string[] = [], languages?: string): Explanation {
  return explainLog(Buffer.from(text), {
    instance,
    node: 'n1',
    maxLineBytes: 65_536,
    fields: 'all',
    redact: rules,
    traces: languages === undefined ? undefined : traceRulesOf(languages),
    now: () => 0,
  });
}

const time = '2026-11-25T06:00:00.5+10:00';

test('each line is named for what it is, and the records are those of the collector', () => {
  const docker = `{"log":"docker\\n","stream":"stderr","time":"${time}"}`;
  const cri = `${time} stdout F {"level":"warn","pw":"x"}`;
  const text = `${cri}\n${docker}\nnothing known\n`;
  const { lines, records, redactedBy, open } = explain(text, ['nowhere', '"pw":"(?<secret>[^"]*)"']);
  assert.deepEqual(lines, [
    { offset: 0, format: 'cri', time, stream: 'stdout', partial: false, text: 'json', trace: 'never' },
    {
      offset: cri.length + 1,
      format: 'docker',
      time,
      stream: 'stderr',
      partial: false,
      text: 'text',
      trace: 'mayBegin',
    },
    {
      offset: cri.length + docker.length + 2,
      format: 'none',
      stream: 'unknown',
      partial: false,
      text: 'text',
      trace: 'never',
    },
  ]);
  const [first, second, third] = records as Record<string, unknown>[];
  assert.deepEqual([first?.['level'], first?.['fields']], ['warn', { level: 'warn', pw: '[redacted]' }]);
  assert.deepEqual([second?.['log'], third?.['flags'], third?.['offset']], ['docker', ['malformed'], lines[2]?.offset]);
  assert.deepEqual(first?.['kubernetes'], { node: 'n1', ...instance });
  assert.deepEqual(open, []);
  assert.deepEqual(redactedBy, [['"pw":"(?<secret>[^"]*)"'], [], []]);
});

test('of a line by itself is said what it may be in a stack trace, in any language', () => {
  for (const [text, role] of [
    ['\tat a.B.c(B.java:1)', 'continues'],
    ['Traceback (most recent call last):', 'begins'],
    ['panic: boom', 'begins'],
    ['java.lang.Error: no', 'mayBegin'],
    ['{"a":1}', 'never'],
  ] as const) {
    assert.equal(explain(`${time} stdout F ${text}`).lines[0]?.trace, role, text);
  }
});

test('joined lines are one record, pieces and rules over several lines included; streams stay apart', () => {
  const text = [
    'stdout F java.lang.Error: key=',
    'stderr F java.lang.Error: other',
    'stdout P \tat a.B.c',
    'stdout F (B.java:1)',
    'stdout F \tat secret(B.java:2)',
    'stdout F {"a":1}',
  ];
  const rules = ['secret', 'key=\\n\\s+at (?<secret>\\S+)', 'other', '^\\(B'];
  const { lines, records, redactedBy } = explain(text.map((each) => `${time} ${each}\n`).join(''), rules, 'java');
  assert.deepEqual(
    lines.map(({ trace }) => trace),
    ['begins', 'mayBegin', 'never', 'continues', 'continues', 'never'],
  );
  assert.deepEqual(
    (records as { log: string; lines?: number; stream: string }[]).map(({ stream, log, lines }) => [
      stream,
      lines ?? 1,
      log,
    ]),
    [
      ['stdout', 3, 'java.lang.Error: key=\n\tat [redacted]\n\tat [redacted](B.java:2)'],
      ['stdout', 1, '{"a":1}'],
      ['stderr', 1, 'java.lang.Error: [redacted]'],
    ],
  );
  assert.deepEqual(redactedBy, [[rules[0], rules[1]], [], [rules[2]]]);
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
