import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { bundlesFolder } from '../../scripts/bundles-folder.mjs';
import { tempFolder } from '../support/temp-folder.ts';

test('bundles belong to exactly these sources in this place', (t) => {
  const folder = tempFolder(t);
  const root = join(folder, 'one');
  for (const name of ['src/api', 'scripts']) mkdirSync(join(root, name), { recursive: true });
  const path = (name: string) => join(root, name);
  const files = ['src/api/a.ts', 'src/api/b.ts', 'package.json', 'package-lock.json', 'scripts/bundle-programs.mjs'];
  for (const name of files) writeFileSync(path(name), name);
  let last = bundlesFolder(root);
  assert.equal(bundlesFolder(root), last);
  const at = (name: string, seconds: number) => utimesSync(path(name), seconds, seconds);
  writeFileSync(path('src/api/c.test.ts'), '');
  at('src/api/a.ts', 1_000_000_000);
  last = bundlesFolder(root);
  writeFileSync(path('src/api/c.test.ts'), 'a test is no source');
  assert.equal(bundlesFolder(root), last);
  // In this order: one takes what the one before it has made.
  const changes: [string, () => unknown][] = [
    ['a source a millisecond later', () => at('src/api/a.ts', 1_000_000_000.001)],
    ['a longer one', () => [appendFileSync(path('src/api/a.ts'), '//'), at('src/api/a.ts', 1_000_000_000.001)]],
    ['another name', () => renameSync(path('src/api/a.ts'), path('src/api/aa.ts'))],
    ['a new one', () => writeFileSync(path('src/api/new.ts'), '')],
    ['one less', () => rmSync(path('src/api/new.ts'))],
    ['another lock file', () => appendFileSync(path('package-lock.json'), ' ')],
    ['another bundler', () => appendFileSync(path('scripts/bundle-programs.mjs'), ' ')],
  ];
  for (const [what, change] of changes) {
    // A folder's clock ticks every few milliseconds.
    at('src/api', 1_000_000_000);
    last = bundlesFolder(root);
    change();
    assert.notEqual(bundlesFolder(root), last, what);
  }
  last = bundlesFolder(root);
  renameSync(root, join(folder, 'two'));
  assert.notEqual(bundlesFolder(join(folder, 'two')).split('/').at(-1), last.split('/').at(-1), 'another place');
});
