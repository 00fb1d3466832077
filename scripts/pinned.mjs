// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API. Part of every start:
// what only some need is loaded when they do.
import { join } from 'node:path';
import { isStamped, pinnedNode, root } from './installed.mjs';

/**
 * Installs what is missing, then runs `script` on the pinned Node with our arguments, in our place.
 *
 * @param {string} script
 * @param {readonly string[]} [nodeFlags]
 */
export async function handOver(script, nodeFlags = []) {
  if (!isStamped()) await install();
  // Compiled code and stripped types are kept for the next start, of the programs we start as well.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'journey');
  const node = pinnedNode();
  const args = [...nodeFlags, script, ...process.argv.slice(2)];
  // Replacing this process leaves nobody in between: signals, exit code and memory are the program's own.
  if (typeof process.execve === 'function' && process.platform !== 'win32')
    process.execve(node, [node, ...args], process.env);
  const { spawn } = await import('node:child_process');
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
  const { constants } = await import('node:os');
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

async function install() {
  const { ensureInstalled, InstallError } = await import('./install.mjs');
  try {
    await ensureInstalled();
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    process.stderr.write(`journey: ${error.message}\n`);
    process.exit(1);
  }
}
