import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantity } from './quantity.ts';

const cases: readonly [string | undefined, number | undefined][] = [
  ['100m', 0.1],
  ['0.1', 0.1],
  ['1Gi', 2 ** 30],
  ['1024Mi', 2 ** 30],
  ['64M', 64e6],
  ['1e3', 1000],
  ['', undefined],
  [undefined, undefined],
  ['64mb', undefined],
];
for (const [text, value] of cases) {
  test(`${text} is ${value}`, () => assert.equal(quantity(text), value));
}
