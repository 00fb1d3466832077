// Part of every start, on whatever Node ≥ 20 the machine has: plain JavaScript, and few modules.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where bundles of exactly the present sources are, once a start has made them: the name changes whenever a source file
 * or a dependency does, and with the place of it all, which the command line's bundle holds.
 *
 * @param {string} root
 */
export function bundlesFolder(root) {
  const src = join(root, 'src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(src, name));
  const others = ['package-lock.json', 'package.json', join('scripts', 'bundle-programs.mjs')];
  const facts = [...sources.sort(), ...others.map((name) => join(root, name))].map((path) => {
    const { size, mtimeMs } = statSync(path);
    return `${path} ${size} ${mtimeMs}`;
  });
  return join(root, '.cache', 'bundles', fingerprint(facts.join('\n')));
}

/** Two FNV-1a hashes of 32 bits; `node:crypto` would take longer to load than all the rest of this takes. */
function fingerprint(text) {
  let one = 0x811c9dc5;
  let two = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    one = Math.imul(one ^ text.charCodeAt(i), 0x01000193);
    two = Math.imul(two ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return [one, two].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}
