import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamName } from '../logs/cri-lines.ts';
import { LastWords } from './last-words.ts';

const reason = (...lines: readonly (readonly [StreamName, string])[]): string | undefined => {
  const words = new LastWords();
  for (const [stream, text] of lines) words.add(stream, { content: Buffer.from(text), full: true });
  return words.reason();
};

for (const [what, lines, expected] of [
  ['nothing at all', [], undefined],
  ['only healthy logs', [['stdout', '{"level":"info","msg":"ready"}']], undefined],
  [
    'a plain message on stderr',
    [
      ['stdout', '{"level":"info"}'],
      ['stderr', 'config.yaml: no good'],
    ],
    'config.yaml: no good',
  ],
  [
    'an uncaught exception',
    [
      ['stderr', 'file:///x.ts:1'],
      ['stderr', 'throw new TypeError("x")'],
      ['stderr', '      ^'],
      ['stderr', 'TypeError: boom'],
      ['stderr', '    at run (file:///x.ts:1:7)'],
      ['stderr', 'Node.js v26.10.0'],
    ],
    'TypeError: boom',
  ],
  [
    'a fatal log line with its cause',
    [
      ['stdout', '{"level":"fatal","msg":"cannot listen","error":{"message":"EADDRINUSE"}}'],
      ['stdout', '{"level":"info","msg":"bye"}'],
    ],
    'cannot listen: EADDRINUSE',
  ],
  [
    'a line that is not JSON after all',
    [
      ['stdout', '{"level":"error","msg":'],
      ['stderr', 'oh'],
    ],
    'oh',
  ],
] as const) {
  test(`reason of a death: ${what}`, () => assert.equal(reason(...lines), expected));
}

test('only the newest lines are kept', () => {
  const flood = Array.from({ length: 100 }, (_, i) => ['stderr', `line ${i}`] as const);
  assert.equal(reason(['stderr', 'Error: old news'], ...flood), 'line 99');
});
