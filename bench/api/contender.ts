import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A server under load: it runs on the first core, the load generator on the second. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Path that is read under load. */
  readonly path: string;
  /** Puts the value there. */
  readonly fill?: (origin: string) => Promise<void>;
  /** Where its standard output goes; a file, as in production. */
  readonly stdout: string;
}

const isThere = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

export const hasWrk = isThere('wrk');
export const hasRedis = isThere('redis-server');
const hasTaskset = isThere('taskset');

/** Runs a command on one core where the machine allows it. */
export function onCore(core: number, command: string, args: readonly string[]): [string, string[]] {
  return hasTaskset ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]];
}

export async function start(options: StartOptions): Promise<Contender> {
  const { name, port, path, env, stdout } = options;
  const output = openSync(stdout, 'a');
  const [command, args] = onCore(0, options.command, options.args);
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const origin = `http://127.0.0.1:${port}`;
  try {
    await untilAnswers(child, origin + path);
    // What it keeps its values in may take a moment longer than the server itself.
    const deadline = Date.now() + 10_000;
    for (let status = 0; status !== 200; ) {
      if (Date.now() > deadline) throw new Error(`it answers ${status} to ${path}`);
      await options.fill?.(origin);
      const answer = await fetch(origin + path);
      status = answer.status;
      await answer.arrayBuffer();
    }
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { name, url: origin + path, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function untilAnswers(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined) return;
    if (Date.now() > deadline) throw new Error(`nothing answers at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await once(child, 'exit');
  clearTimeout(timer);
}

export interface Round {
  readonly requestsPerSecond: number;
  /** CPU time of the server, user and system, for one request: does not suffer from neighbours on the machine. */
  readonly cpuMicroseconds: number;
  readonly p99Milliseconds: number;
}

/** One round of load. @throws when any answer was not 2xx. */
export function load({ name, url, pid }: Contender, seconds: number): Round {
  const before = cpuSeconds(pid);
  const [command, args] = onCore(1, 'wrk', ['-t1', '-c32', `-d${seconds}s`, '--latency', url]);
  const text = execFileSync(command, args, { encoding: 'utf8' });
  const used = cpuSeconds(pid) - before;
  if (/Non-2xx/.test(text)) throw new Error(`${name} answered other than 2xx:\n${text}`);
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    cpuMicroseconds: (used / requests) * 1e6,
    p99Milliseconds: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(text)),
  };
}

function milliseconds(match: RegExpExecArray | null): number {
  const scale = { us: 0.001, ms: 1, s: 1_000 }[match?.[2] ?? 'ms'] ?? 1;
  return Number(match?.[1]) * scale;
}

/** From /proc/<pid>/stat: user and system time in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
