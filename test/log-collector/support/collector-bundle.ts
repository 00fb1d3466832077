import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'journey-test-collector-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/**
 * The program as the image has it, in one file: it starts in a third of the time that its sources take, and the tests
 * start it often.
 */
export const collectorBundle = join(folder, 'log-collector.mjs');
await build({
  entryPoints: [join(root, 'src', 'log-collector', 'main.ts')],
  outfile: collectorBundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['pino-pretty'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  logLevel: 'error',
});
/** Shared by all starts, so that the code is compiled once. */
export const compileCache = join(folder, 'compile-cache');
