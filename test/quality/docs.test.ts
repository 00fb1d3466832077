import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'node:test';
import { settingsPages, settingsReference } from '../../scripts/settings-reference.ts';

for (const language of ['en', 'zh'] as const) {
  test(`the settings page (${language}) is what the schemas say; npm run docs writes it anew`, () => {
    assert.equal(readFileSync(settingsPages[language], 'utf8'), settingsReference(language));
  });
}

test('every page exists in both languages, with the same headings at the same levels', () => {
  const pages = (language: string) =>
    globSync(`docs/${language}/**/*.md`)
      .map((file) => file.slice(8))
      .sort();
  assert.deepEqual(pages('en'), pages('zh'));
  const levels = (file: string) =>
    readFileSync(file, 'utf8')
      .replace(/^```[\s\S]*?^```/gm, '')
      .match(/^#+(?= )/gm) ?? [];
  const pairs = [['README.md', 'README.zh-CN.md'], ...pages('en').map((p) => [`docs/en/${p}`, `docs/zh/${p}`])];
  for (const [en = '', zh = ''] of pairs)
    assert.deepEqual(levels(zh), levels(en), `${zh} and ${en} differ in structure`);
});

test('every relative link in a page leads to a file', () => {
  for (const file of ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md')]) {
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      assert.ok(existsSync(normalize(join(dirname(file), target))), `${file} links to ${target}, which is not there`);
    }
  }
});
