// Run by `journey start`, in the background once everything is ready: bundles for the next start, in the folder given.
// A bundled program, or the command line itself, starts in half the time and with a quarter less memory than its few hundred source files.
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundlePrograms } from './bundle-programs.mjs';

const folder = process.argv[2];
const draft = `${folder}.${process.pid}.draft`;
try {
  await bundlePrograms(draft, { cli: true });
  // By rename: a start in between sees all of it or nothing.
  if (!existsSync(folder)) renameSync(draft, folder);
} finally {
  rmSync(draft, { recursive: true, force: true });
}
for (const name of readdirSync(dirname(folder))) {
  const builder = /\.(\d+)\.draft$/.exec(name)?.[1];
  const isWanted = builder === undefined ? name === basename(folder) : isRunning(Number(builder));
  if (!isWanted) rmSync(join(dirname(folder), name), { recursive: true, force: true });
}

/** A draft whose builder is gone was left by a stack that stopped meanwhile. */
function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
