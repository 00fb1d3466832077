#!/usr/bin/env node
// The CLI's entry on whatever Node ≥ 20 the machine has: installs what is missing, then hands over to the pinned Node.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, pinnedNode, root } from '../scripts/install.mjs';

ensureInstalled();
const main = join(root, 'src', 'cli', 'main.ts');
if (process.execPath === pinnedNode()) {
  await import(main);
} else if (typeof process.execve === 'function') {
  process.execve(pinnedNode(), [pinnedNode(), main, ...process.argv.slice(2)], process.env);
} else {
  const child = spawn(pinnedNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to the whole group; a process manager only to us.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + 15 : (code ?? 1)));
}
