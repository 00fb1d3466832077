import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { askOnce } from '../../src/supervisor/control/control-client.ts';
import type { StackStatus } from '../../src/supervisor/control/protocol.ts';
import { dataFolder } from '../../src/supervisor/folder/data-folder.ts';
import type { LockRecord } from '../../src/supervisor/folder/folder-lock.ts';
import { readJson } from '../../src/supervisor/folder/json-file.ts';
import { bundledMain, compileCache, repository } from '../support/bundles.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

/** A copy of what git would give a newcomer, with the dependencies we have already. */
export function freshCopy(t: TestContext): string {
  const copy = join(tempFolder(t), 'journey');
  mkdirSync(copy);
  for (const name of ['bin', 'scripts', 'src', 'package.json', 'package-lock.json', 'tsconfig.json', '.npmrc']) {
    cpSync(join(repository, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** A command that goes on until it is stopped. */
export interface RunningCommand {
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it has not ended yet. */
  readonly running: boolean;
  /** Its exit code; with a signal, after sending that. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command line in a folder of its own, with its data in `.journey` there: of a copy of the project, which
 * has no bundles yet, or our own with its bundles.
 */
export class StackProcess {
  readonly folder: string;
  #child: ChildProcess | undefined;
  #stderr = '';
  #stdout = '';

  readonly #isCopy: boolean;
  readonly #t: TestContext;

  constructor(t: TestContext, copy?: string) {
    this.#t = t;
    this.folder = copy ?? tempFolder(t);
    this.#isCopy = copy !== undefined;
    if (!this.#isCopy) bundledMain('api');
    // A failed test must not leave a stack behind: its programs follow their supervisor.
    t.after(async () => {
      if (this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    });
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Starts the stack on free ports and waits until everything is ready. */
  async start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<StackStatus> {
    this.#stderr = '';
    this.#stdout = '';
    this.#child = spawn(process.execPath, this.#args(['start', '--port', '0', '--metrics-port', '0', ...args]), {
      cwd: this.folder,
      env: this.#env(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    return this.ready();
  }

  /** The status once every program is ready. */
  async ready(): Promise<StackStatus> {
    const ready = await until(
      'the stack is ready',
      async () => {
        if (this.#child?.exitCode !== null) return 'ended' as const;
        if (!/Ctrl-C/.test(this.#stderr)) return undefined;
        // As `journey status` does, but for its start, of which there would be some twenty.
        const lock = readJson(dataFolder(join(this.folder, '.journey')).lockFile) as LockRecord | undefined;
        if (lock?.pid !== this.pid) return undefined;
        const reply = await askOnce(lock.socket, { op: 'status' }, AbortSignal.timeout(5_000));
        if (reply?.kind !== 'status') return undefined;
        return reply.status.programs.every(({ state }) => state === 'ready') ? reply.status : undefined;
      },
      { timeoutMs: 60_000, everyMs: 20 },
    );
    if (ready === 'ended') throw new Error(`the stack ended with ${this.#child?.exitCode}: ${this.#stderr}`);
    return ready;
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const child = this.#child as ChildProcess;
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Runs one command to its end. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliResult {
    const done = spawnSync(process.execPath, this.#args(args), {
      cwd: this.folder,
      env: this.#env(env),
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { code: done.status, stdout: done.stdout, stderr: done.stderr };
  }

  /** Runs one command that goes on, such as `logs --follow`; it ends with the test at the latest. */
  follow(args: readonly string[]): RunningCommand {
    const child = spawn(process.execPath, this.#args(args), { cwd: this.folder, env: this.#env({}) });
    child.stdin.end();
    const printed = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
    const closed = once(child, 'close');
    this.#t.after(() => child.kill('SIGKILL'));
    return {
      get stdout() {
        return printed.stdout;
      },
      get stderr() {
        return printed.stderr;
      },
      get running() {
        return child.exitCode === null && child.signalCode === null;
      },
      async end(signal) {
        if (signal !== undefined) child.kill(signal);
        await closed;
        return child.exitCode;
      },
    };
  }

  /** Whether a process of this pid is running; a zombie is not. */
  isRunning(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  }

  /** Every record the collector wrote, over all its runs. */
  records(): { readonly log: string; readonly kubernetes: Readonly<Record<string, unknown>> }[] {
    const pods = join(this.folder, '.journey/logs/pods');
    const files = readdirSync(pods)
      .filter((name) => name.startsWith('journey-node_log-collector-'))
      .flatMap((pod) =>
        readdirSync(join(pods, pod, 'log-collector')).map((name) => join(pods, pod, 'log-collector', name)),
      );
    return files
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .map((line) => / stdout F (\{.*)$/.exec(line)?.[1])
      .filter((text) => text !== undefined)
      .map((text) => JSON.parse(text));
  }

  #args(args: readonly string[]): string[] {
    return [join(this.#isCopy ? this.folder : repository, 'bin/journey.mjs'), ...args];
  }

  #env(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { PATH, HOME } = process.env;
    const own = this.#isCopy ? {} : { JOURNEY_DIR: join(this.folder, '.journey') };
    // By path: what is compiled of a copy is nothing to anybody else.
    const cache = this.#isCopy ? join(this.folder, '.cache/compiled') : compileCache;
    return { PATH, HOME, NODE_COMPILE_CACHE: cache, LANG: 'C', ...own, ...more };
  }
}
