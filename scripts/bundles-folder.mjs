// Part of every start, on whatever Node ≥ 20 the machine has: plain JavaScript, and few modules.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where bundles of exactly the present sources are, once a start has made them: the name changes whenever a source file,
 * what is in a folder of them or a dependency does, and with the place of it all, which the command line's bundle holds.
 *
 * @param {string} root
 */
export function bundlesFolder(root) {
  const src = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.test.ts'))
    .map((name) => `/src/${name}`);
  // FNV-1a, and another over its value after each file, for 64 bits in all. No names: a folder's time tells when one is
  // made, removed or renamed, and going over 20 000 characters would wake V8's optimizing compiler, which takes 6 MB.
  let one = 0x811c9dc5;
  let two = 0x01000193;
  for (let i = 0; i < root.length; i++) one = Math.imul(one ^ root.charCodeAt(i), 0x01000193);
  for (const name of ['/src', ...src.sort(), '/package-lock.json', '/package.json', '/scripts/bundle-programs.mjs']) {
    const { size, mtimeMs } = statSync(root + name);
    one = Math.imul(one ^ size, 0x01000193);
    one = Math.imul(one ^ Math.floor(mtimeMs / 1_000), 0x01000193);
    one = Math.imul(one ^ Math.round((mtimeMs % 1_000) * 1_000), 0x01000193);
    two = Math.imul(two ^ one, 0x85ebca6b);
  }
  const print = [one, two].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
  return join(root, '.cache', 'bundles', print);
}
