import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const folder = new URL('./', import.meta.url);
const docs = (language: string) => new URL(`../../docs/${language}/log-collector.md`, import.meta.url);

/** Rows of the table of reported bugs: number, test file, start of the test's name. */
function rows(language: string): [number: string, file: string, name: string][] {
  const text = readFileSync(docs(language), 'utf8');
  return [...text.matchAll(/^\| (\d+) \|.*\| `([\w-]+\.test\.ts)`: (.+) \|$/gm)].map(
    ([, number = '', file = '', name = '']) => [number, file, name],
  );
}

test('every reported bug in the docs names a test that exists, in both languages', () => {
  assert.deepEqual(rows('zh'), rows('en'));
  assert.equal(rows('en').length, 26);
  for (const [number, file, name] of rows('en')) {
    assert.ok(readFileSync(new URL(file, folder), 'utf8').includes(name), `#${number}: ${file} has no "${name}"`);
  }
});
