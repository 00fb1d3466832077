// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, InstallError, pinnedNode, root } from './install.mjs';

/**
 * Installs what is missing, then runs `script` on the pinned Node with our arguments, in our place.
 *
 * @param {string} script
 * @param {readonly string[]} [nodeFlags]
 */
export async function handOver(script, nodeFlags = []) {
  try {
    await ensureInstalled();
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    process.stderr.write(`journey: ${error.message}\n`);
    process.exit(1);
  }
  // Compiled code and stripped types are kept for the next start, of the programs we start as well.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'journey');
  const node = pinnedNode();
  const args = [...nodeFlags, script, ...process.argv.slice(2)];
  // Replacing this process leaves nobody in between: signals, exit code and memory are the program's own.
  if (typeof process.execve === 'function' && process.platform !== 'win32')
    process.execve(node, [node, ...args], process.env);
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group, so the child has it already; anybody else sends to us alone.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`journey: the pinned Node does not run on this machine: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
