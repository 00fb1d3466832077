import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundledMain, compileCache } from '../../support/bundles.ts';
import { until } from '../../support/until.ts';

export interface ApiProcess {
  readonly child: ChildProcess;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
  /** Waits until it listens. @returns its port. */
  port(): Promise<number>;
  /** Waits for its end. */
  exit(): Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** The program as the kubelet or the supervisor starts it. Killed, if it still runs, when the test ends. */
export function startApiProcess(
  t: { after(f: () => unknown): unknown },
  folder: string,
  env: Record<string, string> = {},
  uid?: number,
): ApiProcess {
  const child = spawn(process.execPath, [bundledMain('api')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      JOURNEY_SERVER_HOST: '127.0.0.1',
      JOURNEY_SERVER_PORT: '0',
      JOURNEY_SERVER_DRAIN_MS: '0',
      JOURNEY_STORE_SQLITE_FILE: join(folder, 'journey.sqlite'),
      NODE_COMPILE_CACHE: compileCache,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  t.after(() => child.kill('SIGKILL'));
  const output = { text: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  // 'close', not 'exit': by then everything it wrote has been read.
  const ended = once(child, 'close');
  const lines = () =>
    output.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    child,
    get lines() {
      return lines();
    },
    get stderr() {
      return output.stderr;
    },
    port: async () => {
      const line = await until(
        'the API to listen',
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output.stderr}`);
          return lines().find((l) => String(l['msg']).startsWith('listening'));
        },
        { timeoutMs: 30_000, everyMs: 20 },
      );
      return Number(line['port']);
    },
    exit: async () => {
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}
