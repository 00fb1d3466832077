import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { JsonRecord } from '../../../src/log-collector/record/json-lines.ts';
import { bundledMain, compileCache } from '../../support/bundles.ts';
import { until } from '../../support/until.ts';
import type { Bench } from './run-collector.ts';

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly execArgv?: readonly string[];
  /** Leave the child's stdout unread, as a stalled consumer would. */
  readonly unread?: boolean;
}

export interface Spawned {
  readonly child: ChildProcess;
  /** Records on stdout so far; empty with another sink, whose process logs there. */
  records(): JsonRecord[];
  /** All of stderr so far. */
  stderr(): string;
  /** Waits for the line that says it runs; the address of its HTTP server. */
  url(): Promise<string>;
  get(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  exited: Promise<number | null>;
}

/** Runs the real program; killed after the test if it still runs. */
export function spawnCollector(
  t: TestContext,
  bench: Bench,
  { env = {}, execArgv = [], unread = false }: SpawnOptions = {},
): Spawned {
  const child = spawn(process.execPath, [...execArgv, bundledMain('log-collector')], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: compileCache,
      JOURNEY_LOGS_ROOT: bench.root,
      JOURNEY_STATE_DIRECTORY: bench.state,
      JOURNEY_HTTP_HOST: '127.0.0.1',
      JOURNEY_HTTP_PORT: '0',
      JOURNEY_LOGS_SCAN_MS: '50',
      JOURNEY_READER_POLL_MS: '10',
      JOURNEY_READER_ROTATION_SETTLE_MS: '50',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const records: JsonRecord[] = [];
  let out = '';
  let err = '';
  const toStdout = (env['JOURNEY_SINK_KIND'] ?? 'stdout') === 'stdout';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  if (!unread) {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      if (!toStdout) return;
      const lines = out.split('\n');
      out = lines.pop() ?? '';
      for (const line of lines) records.push(JSON.parse(line) as JsonRecord);
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  t.after(async () => {
    child.kill('SIGKILL');
    child.stdout.destroy();
    await exited;
  });
  const ownLog = () => (toStdout ? err : out);
  const url = () =>
    until(
      'the collector runs',
      () => {
        const match = /"http":"([^"]+)"/.exec(ownLog());
        return match === null ? undefined : `http://${match[1]}`;
      },
      { timeoutMs: 40_000, everyMs: 20 },
    );
  return {
    child,
    exited,
    url,
    stderr: () => err,
    records: () => records,
    async get(path) {
      const response = await fetch(`${await url()}${path}`, { signal: AbortSignal.timeout(5_000) });
      return { status: response.status, body: await response.text() };
    },
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
