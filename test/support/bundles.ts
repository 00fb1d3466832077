import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundlesFolder } from '../../scripts/bundles-folder.mjs';

export const repository = resolve(import.meta.dirname, '../..');

/** Code that any test's program has compiled, kept for the next. */
export const compileCache = join(tmpdir(), 'journey-test-compile-cache');

/** Looking at every source takes as long as a tenth of a program's start: once a file of tests. */
let folder: string | undefined;

/**
 * The entry of a program's bundle, as the images and every later `npm start` run it: it starts in a third of the time
 * that its sources take, and the tests start programs some hundred times. Made when it is not there yet.
 */
export function bundledMain(program: 'api' | 'log-collector' | 'cleanup-job'): string {
  folder ??= bundlesFolder(repository);
  if (!existsSync(folder)) {
    const made = spawnSync(process.execPath, [join(repository, 'scripts/warm-bundles.mjs'), folder], {
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`the programs cannot be bundled: ${made.stderr}`);
  }
  return join(folder, program, 'main.js');
}
