// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where bundles of exactly the present sources are, once a start has made them: the name changes whenever a source file
 * or a dependency does, and with the place of it all, which the command line's bundle holds.
 *
 * @param {string} root
 */
export function bundlesFolder(root) {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join('src', name));
  const hash = createHash('sha256').update(`${root}\n`);
  const others = ['package-lock.json', 'package.json', join('scripts', 'bundle-programs.mjs')];
  for (const name of [...sources.sort(), ...others]) {
    const { size, mtimeMs } = statSync(join(root, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return join(root, '.cache', 'bundles', hash.digest('hex').slice(0, 16));
}
