import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const names = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'License.md', 'LICENCE'];

/**
 * The licence of every package that went into a bundle. Most ask to come along with their code.
 *
 * @param {string} root
 * @param {{ inputs: Record<string, unknown> }} metafile esbuild's
 */
export function thirdPartyLicenses(root, { inputs }) {
  const folders = Object.keys(inputs).map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const texts = [...new Set(folders.filter((folder) => folder !== undefined))].sort().map((folder) => {
    const { name, version, license = 'unknown' } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = names.map((each) => join(root, folder, each)).find(existsSync);
    return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(file, 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
