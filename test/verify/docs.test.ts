import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checksPages, checksReference } from '../../scripts/checks-reference.ts';
import { catalogue } from '../../src/verify/catalogue.ts';

const disruptive = catalogue.filter((check) => check.disruptive !== undefined);

for (const language of ['en', 'zh'] as const) {
  test(`the list of checks in ${checksPages[language]} is the catalogue: npm run docs`, () => {
    assert.equal(readFileSync(checksPages[language], 'utf8'), checksReference(language));
  });

  test(`docs/${language}/verify.md counts the checks right and names every disruptive one`, () => {
    const page = readFileSync(`docs/${language}/verify.md`, 'utf8');
    const count = language === 'en' ? /(\d+) checks, each/ : /共 (\d+) 项检查/;
    assert.equal(Number(count.exec(page)?.[1]), catalogue.length);
    const table = page.split('\n').filter((line) => /^\| [A-Z]{2}\d/.test(line));
    const named = table.flatMap((line) => line.split('|')[1]?.match(/[A-Z]{2}\d+/g) ?? []);
    assert.deepEqual(named.sort(), disruptive.map(({ id }) => id).sort());
    assert.ok(page.includes('(checks.md)'));
  });
}
