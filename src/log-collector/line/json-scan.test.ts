import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonScan, scanJsonObject } from './json-scan.ts';

function scan(text: string): boolean {
  const bytes = Buffer.from(text);
  return scanJsonObject(new JsonScan(), bytes, 0, bytes.length);
}

function isObject(text: string): boolean {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

test('takes what JSON.parse takes as an object', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })),
      fc.constantFrom(0, 1, '\t'),
      (value, indent) => {
        assert.equal(scan(JSON.stringify(value, undefined, indent)), true);
      },
    ),
  );
});

test('agrees with JSON.parse on damaged JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
      fc.nat(),
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '\\u12', '0', '-', '.', 'e', 't', ' ', '\u0001'),
      fc.nat(2),
      (value, at, insert, remove) => {
        const text = JSON.stringify(value);
        const i = at % (text.length + 1);
        const damaged = text.slice(0, i) + insert + text.slice(i + remove);
        assert.equal(scan(damaged), damaged.startsWith('{') && isObject(damaged), damaged);
      },
    ),
    { numRuns: 3_000 },
  );
});

for (const text of [
  '{}',
  '{"a":-0.5e+10}',
  '{"a":[]}',
  '{"a":{},"b":[1,{"c":null}]}',
  ' {"a":1}',
  '{"a":1} ',
  '{"a":01}',
  '{"a":1,}',
  '{"a":.5}',
  '{"a":1.}',
  '{"a":1e}',
  '{"a":"\\x"}',
  '{"a":"\\u00g0"}',
  '{"a"}',
  '{,}',
  '{"a":1}x',
  '[1]',
  '{"a":tru}',
  '{"a":nulll}',
  '{"a":[1,]}',
  '{"a":"',
  '{"a":"\\',
  '{"a":-}',
  '{"a":[1}',
]) {
  test(`agrees with JSON.parse about ${text}`, () => {
    // A text that does not begin with a brace is no JSON line for us.
    assert.equal(scan(text), text.startsWith('{') && isObject(text));
  });
}

test('refuses nesting beyond its stack', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal(scan(nested(63)), true);
  assert.equal(scan(nested(64)), false);
});

test('finds only a level key of the outermost object', () => {
  const found = (text: string) => {
    const bytes = Buffer.from(text);
    const json = new JsonScan();
    assert.equal(scanJsonObject(json, bytes, 0, bytes.length), true);
    return json.levelAt === -1 ? '' : text.slice(json.levelAt, json.levelAt + 6);
  };
  assert.equal(found('{"a":{"level":"x"},"level": "info"}'), '"info"');
  assert.equal(found('{"a":{"level":"x"}}'), '');
  assert.equal(found('{"severity":40}'), '40}');
});
