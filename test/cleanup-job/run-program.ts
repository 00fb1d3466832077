import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CleanupRun } from '../../src/cache/cache.ts';
import { bundledMain, compileCache } from '../support/bundles.ts';

export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly run?: CleanupRun;
  readonly [member: string]: unknown;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly Line[];
  readonly stderr: string;
  /** The record in the last line of the log, if it is the summary. */
  readonly run: CleanupRun | undefined;
}

export interface Program extends Disposable {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** The real program in its own process. It is killed if it has not ended after a minute and a half. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const child = spawn(process.execPath, [bundledMain('cleanup-job'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC', NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 90_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = once(child, 'close').then(([code, signal]): Finished => {
    const lines = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    const last = lines.at(-1);
    const run = last?.msg === 'clean-up finished' ? last.run : undefined;
    return { code, signal, lines, stderr, run };
  });
  return {
    process: child,
    finished,
    // Also when a test fails half-way, with the program held still.
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return startProgram(args, env).finished;
}
