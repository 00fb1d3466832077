// `npm test`: installs what is missing, then runs every test file on the pinned Node.
// Arguments narrow the run: `npm test -- src/config test/cache`.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { ensureInstalled, pinnedNode, root } from './install.mjs';

ensureInstalled();
if (process.execPath !== pinnedNode()) {
  const again = spawnSync(pinnedNode(), [import.meta.filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(again.status ?? 1);
}
const wanted = process.argv.slice(2);
const roots = wanted.length > 0 ? wanted : ['src', 'test'];
const files = roots.flatMap((r) => (existsSync(r) && statSync(r).isDirectory() ? globSync(`${r}/**/*.test.ts`) : [r]));
const run = spawnSync(
  pinnedNode(),
  [
    '--test',
    '--test-concurrency=2',
    '--test-timeout=120000',
    '--test-reporter=./scripts/test-reporter.mjs',
    ...files.sort(),
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(run.status ?? 1);
