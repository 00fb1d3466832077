// Part of every start, on whatever Node ≥ 20 the machine has: plain JavaScript, and few modules.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that package.json pins; the npm package `node` ships the binary. */
export const pinnedNode = (at = root) =>
  join(at, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** What a finished install leaves behind: for which platform, and from which lock file. */
export const stampFile = (at) => join(at, 'node_modules', '.journey-installed');
export const stampText = (lock) => `${process.platform}-${process.arch}\n${lock}`;
export const readLock = (at) => readFileSync(join(at, 'package-lock.json'), 'utf8');

/** Whether what is installed is what the lock file asks for. */
export function isStamped(at = root) {
  try {
    return readFileSync(stampFile(at), 'utf8') === stampText(readLock(at)) && existsSync(pinnedNode(at));
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}
