import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { thirdPartyLicenses } from './third-party-licenses.mjs';

const programs = ['api', 'log-collector', 'cleanup-job'];

// CommonJS dependencies ask for `require`, which an ES module does not have.
const banner =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

/**
 * Bundles every program into `<out>/<program>/main.js`.
 *
 * @param {string} out
 * @returns {Promise<string[]>} the entry points
 */
export async function bundlePrograms(out) {
  const { build } = await import('esbuild');
  const entries = [];
  for (const program of programs) {
    const outdir = join(out, program);
    rmSync(outdir, { recursive: true, force: true });
    const { metafile } = await build({
      absWorkingDir: root,
      metafile: true,
      entryPoints: { main: join(root, 'src', program, 'main.ts') },
      outdir,
      bundle: true,
      platform: 'node',
      target: 'node26',
      format: 'esm',
      // Not minified: whoever reads a stack trace in a cluster should recognise the code.
      minify: false,
      sourcemap: 'linked',
      // What is imported late stays apart, so that a store that is not used is not loaded.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      // Only a terminal wants it, and no image has one.
      external: ['pino-pretty'],
      banner: { js: banner },
      legalComments: 'linked',
      logLevel: 'warning',
    });
    writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicenses(root, metafile));
    writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }\n');
    entries.push(join(outdir, 'main.js'));
  }
  return entries;
}
