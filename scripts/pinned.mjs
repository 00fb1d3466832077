// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API. Part of every start:
// what only some need is loaded when they do.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isStamped, pinnedNode, root } from './installed.mjs';

/**
 * Installs what is missing, then runs `script` on the pinned Node with our arguments, in our place.
 *
 * @param {string} script
 * @param {{ readonly small?: boolean }} [how] `small`: keep the young generation at 1 MiB, for what waits most of its life
 */
export async function handOver(script, { small = false } = {}) {
  if (!isStamped()) await install();
  // Compiled code and stripped types are kept for the next start, of the programs we start as well.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'journey');
  const node = pinnedNode();
  if (realpathSync.native(node) === process.execPath) return runHere(script, small);
  const args = [...(small ? ['--max-semi-space-size=1'] : []), script, ...process.argv.slice(2)];
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

/** npm puts the pinned Node first on its scripts' path: to start it once more would take half as long as all we do here. */
async function runHere(script, small) {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // The size itself is settled by now, at 1 MiB; that it does not grow is not.
  if (small) (await import('node:v8')).setFlagsFromString('--semi-space-growth-factor=1');
  process.argv[1] = script;
  const { pathToFileURL } = await import('node:url');
  await import(pathToFileURL(script).href);
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
