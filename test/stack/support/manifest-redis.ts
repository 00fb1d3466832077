import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisUsers } from '../../../src/stack/passwords.ts';
import { findRedis } from '../../support/redis-binary.ts';
import { freePort, newClient, type Scope } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';
import { fileOf, readV02 } from './manifests.ts';

export type RedisUser = (typeof redisUsers)[number];

/** A folder that holds what the Redis container sees, at other places: its ConfigMap, its Secret, its memory volume. */
export interface RedisFolder {
  readonly folder: string;
  passwordFile(user: RedisUser): string;
  /** Runs one of the ConfigMap's scripts with its paths turned to this folder. */
  script(name: string, args?: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<typeof spawnSync>;
}

export function redisFolder(scope: Scope, passwords: Partial<Record<RedisUser, string>> = {}): RedisFolder {
  const folder = mkdtempSync(join(tmpdir(), 'journey-manifest-redis-'));
  scope.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const each of ['etc/redis', 'run/passwords', 'run/redis', 'data'])
    mkdirSync(join(folder, each), { recursive: true });
  const manifests = readV02();
  const moved = (text: string) => text.replaceAll(/\/(etc\/redis|run\/passwords|run\/redis|data\b)/g, `${folder}/$1`);
  for (const file of ['redis.conf', 'users.acl', 'write-acl.sh', 'probe.sh']) {
    writeFileSync(join(folder, 'etc/redis', file), moved(fileOf(manifests, 'redis-config', file)));
  }
  const passwordFile = (user: RedisUser) => join(folder, 'run/passwords', user);
  for (const user of redisUsers) writeFileSync(passwordFile(user), passwords[user] ?? `password-of-${user}`);
  return {
    folder,
    passwordFile,
    script: (name, args = [], env = {}) =>
      spawnSync('sh', [join(folder, 'etc/redis', name), ...args], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
        timeout: 20_000,
      }),
  };
}

type Client = ReturnType<typeof clientOf>;

export interface ManifestRedis extends RedisFolder {
  readonly port: number;
  readonly process: { kill(signal: NodeJS.Signals): boolean };
  connect(user: RedisUser, password?: string): Promise<Client>;
  /** kill -9, then the same configuration on the same data. */
  restart(): Promise<void>;
}

/**
 * A real redis-server on the manifests' own redis.conf and ACL file, made by their own script. Only what says where
 * (port, folders) is given by command line.
 */
export async function startManifestRedis(scope: Scope, more: readonly string[] = []): Promise<ManifestRedis> {
  const source = await findRedis();
  if (source.kind !== 'binary') throw new Error('ask wantRedisServer first');
  const files = redisFolder(scope);
  const written = files.script('write-acl.sh');
  if (written.status !== 0) throw new Error(`write-acl.sh: ${written.stderr}`);
  const port = await freePort();
  const place = ['--port', String(port), '--bind', '127.0.0.1'];
  const launch = async () => {
    const child = spawn(source.path, [join(files.folder, 'etc/redis/redis.conf'), ...place, ...more]);
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk;
    });
    scope.after(() => kill(child));
    await until(
      'redis-server to start or end',
      () => log.includes('Ready to accept connections') || child.exitCode !== null,
      20_000,
    );
    if (child.exitCode !== null) throw new Error(`redis-server ended:\n${log}`);
    return child;
  };
  let child = await launch();
  return {
    ...files,
    port,
    process: { kill: (signal) => child.kill(signal) },
    async restart() {
      await kill(child);
      child = await launch();
    },
    async connect(user, password = `password-of-${user}`) {
      const client = clientOf(port, user, password);
      client.on('error', () => {});
      await client.connect();
      scope.after(() => client.destroy());
      return client;
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function clientOf(port: number, username: string, password: string) {
  const socket = { reconnectStrategy: false } as const;
  return newClient({ url: `redis://127.0.0.1:${port}`, username, password, socket });
}
