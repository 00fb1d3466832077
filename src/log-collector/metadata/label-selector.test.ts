import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSelector } from './label-selector.ts';

const labels = { app: 'api', tier: 'web', 'example.com/team': 'a', empty: '' };

for (const [selector, selected] of [
  ['', true],
  ['app=api', true],
  ['app==api', true],
  ['app = api , tier=web', true],
  ['app=api,tier=db', false],
  ['app!=api', false],
  ['absent!=x', true],
  ['tier in (db, web)', true],
  ['tier in (db)', false],
  ['absent in (db)', false],
  ['tier notin (db,cache),app=api', true],
  ['absent notin (db)', true],
  ['example.com/team', true],
  ['!absent', true],
  ['!app', false],
  ['absent', false],
  ['empty=', true],
  ['toString', false],
] as const) {
  test(`"${selector}" ${selected ? 'selects' : 'leaves out'} it`, () => {
    assert.equal(parseSelector(selector)?.(labels), selected);
  });
}

for (const wrong of ['app=', '=x', 'a=b=c', 'app in db', 'app in (x', 'a b', ',', 'app=api,', 'app>1'].slice(1)) {
  test(`"${wrong}" is no selector`, () => assert.equal(parseSelector(wrong), undefined));
}
