import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const redisPresent = spawnSync('redis-server', ['--version']).status === 0;
export const howToGetRedis = 'install redis-server (7.0 or newer)';

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly process: ChildProcess;
}

export interface StartRedisOptions {
  readonly args?: readonly string[];
  readonly folder?: string;
  /** Do not wait until it has loaded its data, only until it answers. */
  readonly loading?: true;
}

/** A real redis-server of this test's own: free port, temporary folder, nothing persisted unless `args` say so. */
export async function startRedis({ args = [], folder, loading }: StartRedisOptions = {}): Promise<RedisServer> {
  const dir = folder ?? mkdtempSync(join(tmpdir(), 'journey-redis-'));
  const port = await freePort();
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--daemonize', 'no'];
  const child = spawn('redis-server', [...fixed, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  await until(child, loading ? /Server initialized|Ready to accept connections/ : /Ready to accept connections/);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    folder: dir,
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      if (folder === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function until(child: ChildProcess, line: RegExp): Promise<void> {
  let log = '';
  const deadline = AbortSignal.timeout(20_000);
  for await (const chunk of child.stdout ?? []) {
    log += chunk;
    if (line.test(log)) {
      child.stdout?.resume();
      child.stderr?.resume();
      return;
    }
    deadline.throwIfAborted();
  }
  throw new Error(`redis-server ended before it was ready:\n${log}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
