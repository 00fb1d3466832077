// Runs on whatever Node ≥ 20 the machine has, so: plain JavaScript, no dependency, no recent API.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { isStamped, pinnedNode, readLock, root, stampFile, stampText } from './installed.mjs';
import { npmCommand } from './npm-command.mjs';

/** Thrown with a message for people; scripts print it without a stack. */
export class InstallError extends Error {}

/**
 * Installs the locked dependencies when they are missing, were left half-way, or the lock file has changed since.
 * Does nothing, and needs neither npm nor a network, when everything is present.
 *
 * @throws {InstallError}
 */
export async function ensureInstalled({ at = root, npm = npmCommand(), say = toStderr } = {}) {
  if (isStamped(at)) return;
  const wait = {
    deadlineMs: 15 * 60_000,
    onWait: (pid) => say(`another install is running (process ${pid}); waiting…`),
  };
  await withInstallLock({ file: join(at, '.cache', 'install.lock'), ...wait }, async (noteWorker) => {
    if (isStamped(at)) return; // the other one has done it
    if (!isComplete(at)) await install(at, { npm, say, noteWorker });
    if (!existsSync(pinnedNode(at))) await rebuildNode(at, { npm, say, noteWorker });
    stamp(at);
  });
}

async function install(at, { npm, say, noteWorker }) {
  say('installing dependencies (once)…');
  // dev too, whatever NODE_ENV and the user's settings say: the checks and the tests need them
  const status = await run(at, npm, noteWorker, [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (status !== 0) {
    throw new InstallError(
      `npm ci ended with exit code ${status}; its message is above. ` +
        'Nothing is half done: the next start tries again. Behind a proxy or mirror, see: npm config get registry',
    );
  }
}

/** npm clients that block install scripts (`ignore-scripts`, `allow-scripts`) leave the package without its binary. */
async function rebuildNode(at, { npm, say, noteWorker }) {
  say('the install script of the package "node" was blocked; running it alone…');
  await run(at, npm, noteWorker, [
    'rebuild',
    'node',
    '--ignore-scripts=false',
    '--foreground-scripts',
    '--loglevel=error',
  ]);
  if (existsSync(pinnedNode(at))) return;
  throw new InstallError(
    'the pinned Node is missing: its install script did not run. Allow it with one of\n' +
      '  npm rebuild node --ignore-scripts=false\n' +
      '  npm install-scripts approve node && npm ci',
  );
}

async function run(at, npm, noteWorker, args) {
  if (npm === undefined) {
    throw new InstallError(
      'dependencies are missing and npm was not found. Install Node.js with npm (https://nodejs.org), or put npm in PATH',
    );
  }
  const [command, ...first] = npm;
  const child = spawn(command, [...first, ...args], { cwd: at, env: npmEnv(), stdio: ['ignore', 'ignore', 'inherit'] });
  if (child.pid !== undefined) noteWorker(child.pid);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new InstallError(`npm could not be run (${command}): ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? `signal ${signal}`));
  });
}

/** Settings of the npm that runs us (`npm -g exec`, `--dry-run`, `-w`) must not bend the install. */
function npmEnv() {
  const env = { ...process.env };
  for (const name of [
    'global',
    'location',
    'omit',
    'only',
    'production',
    'dry_run',
    'package_lock',
    'package_lock_only',
    'workspace',
    'workspaces',
  ]) {
    delete env[`npm_config_${name}`];
  }
  return env;
}

/** By rename, so that a kill leaves the whole stamp or none. */
function stamp(at) {
  const draft = `${stampFile(at)}.${process.pid}`;
  writeFileSync(draft, stampText(readLock(at)));
  renameSync(draft, stampFile(at));
}

/**
 * Whether somebody installed by hand what the lock file asks for. npm writes its hidden lock file last, so a half-done
 * install has none.
 */
function isComplete(at) {
  let hidden;
  try {
    hidden = JSON.parse(readFileSync(join(at, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(JSON.parse(readLock(at)).packages).every(([path, wanted]) => {
    if (path === '' || (wanted.optional && !isForHere(wanted))) return true;
    return hidden[path]?.version === wanted.version && existsSync(join(at, path, 'package.json'));
  });
}

function isForHere({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false; // an ordinary optional package
  // Which C library this is cannot be told cheaply; a package that asks for one is left to npm's choice.
  return (
    libc === undefined &&
    (os ?? [process.platform]).includes(process.platform) &&
    (cpu ?? [process.arch]).includes(process.arch)
  );
}

function toStderr(message) {
  process.stderr.write(`journey: ${message}\n`);
}
