import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../test/support/temp-folder.ts';
import { makeFolder } from './make-folder.ts';

test('it makes what is missing, and leaves what is there', (t) => {
  const folder = tempFolder(t);
  for (const _twice of [1, 2]) makeFolder(join(folder, 'a/b/c'), 0o700);
  assert.equal(statSync(join(folder, 'a/b')).mode & 0o777, 0o700);
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'link'));
  makeFolder(join(folder, 'link/in'));
  assert.ok(existsSync(join(folder, 'real/in')));
});

test('it says what stands in the way', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('nowhere', join(folder, 'dangling'));
  assert.throws(() => makeFolder(join(folder, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeFolder(join(folder, 'file/in')), { code: 'ENOTDIR' });
  assert.throws(() => makeFolder(join(folder, 'dangling/in')), { code: /EEXIST|ENOENT/ });
});

test('it comes back from where no folder can be made', { skip: !existsSync('/proc/self') && 'needs /proc' }, () => {
  // In a program of its own: what hangs here hangs for ever.
  const script = `const { makeFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'make-folder.ts'))});
    try { makeFolder('/proc/journey/x'); } catch ({ code }) { console.log(code); }`;
  const args = ['--input-type=module', '--eval', script];
  const done = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  assert.equal(done.stdout, 'ENOENT\n', done.stderr);
});
