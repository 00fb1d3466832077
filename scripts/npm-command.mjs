// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * How to run npm: the one that runs us, else the one beside this Node, else the one in PATH.
 * Started by its script, because Windows' `npm.cmd` cannot be spawned without a shell (CVE-2024-27980).
 *
 * @returns {readonly string[] | undefined} command and first arguments
 */
export function npmCommand({ env = process.env, execPath = process.execPath } = {}) {
  const bin = dirname(execPath);
  const scripts = [
    /npm-cli\.(c|m)?js$/.test(env.npm_execpath ?? '') ? env.npm_execpath : undefined,
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = scripts.find((path) => path !== undefined && existsSync(path));
  if (script !== undefined) return [execPath, script];
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    const path = join(folder, 'npm');
    if (folder === '' || !existsSync(path)) continue;
    const real = realpathSync(path);
    return real.endsWith('.js') ? [execPath, real] : [real];
  }
  return undefined;
}
