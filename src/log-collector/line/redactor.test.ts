import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactor } from './redactor.ts';

function redact(patterns: readonly string[], text: string): string | undefined {
  const bytes = Buffer.from(`<${text}>`);
  return redactor(patterns)?.(bytes, 1, bytes.length - 1)?.toString();
}

for (const [name, patterns, text, clean] of [
  ['every match', ['\\d{4}-\\d{4}'], 'a 1234-5678 b 8765-4321', 'a [redacted] b [redacted]'],
  ['only the secret group', ['password=(?<secret>\\S+)'], 'x password=password y', 'x password=[redacted] y'],
  ['one rule after the other', ['a+', 'b'], 'aaa b', '[redacted] [redacted]'],
  ['characters, not bytes', ['密码：(?<secret>.)'], '密码：猫 €', '密码：[redacted] €'],
  ['nothing', ['x'], 'abc', undefined],
  ['an empty match', ['x*'], 'abc', undefined],
  ['a secret group that took no part', ['a|b(?<secret>c)'], 'a bc', '[redacted] b[redacted]'],
] as const) {
  test(`takes out ${name}`, () => assert.equal(redact(patterns, text), clean));
}

test('no rules cost nothing, and a wrong one is refused', () => {
  assert.equal(redactor([]), undefined);
  assert.throws(() => redactor(['(']), SyntaxError);
});
