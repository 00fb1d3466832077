// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.journey-installed');

/** The Node that package.json pins; the npm package `node` ships the binary. */
export const pinnedNode = () => join(root, 'node_modules', 'node', 'bin', 'node');

/** Installs the locked dependencies when they are missing or the lock file has changed since. */
export function ensureInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && existsSync(pinnedNode()) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write('journey: installing dependencies (once)…\n');
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  // npm clients that block install scripts leave the package without its binary.
  if (!existsSync(pinnedNode())) npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (!existsSync(pinnedNode())) {
    fail('the pinned Node was not installed. Allow its install script: npm install-scripts approve node && npm ci');
  }
  writeFileSync(stamp, lock);
}

function npm(args) {
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.error) fail(`npm could not be run: ${done.error.message}`);
  if (done.status !== 0) fail(`npm ${args.join(' ')} ended with exit code ${done.status}; its message is above`);
}

function fail(message) {
  process.stderr.write(`journey: ${message}\n`);
  process.exit(1);
}
