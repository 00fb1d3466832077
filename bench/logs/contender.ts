import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface Usage {
  /** User and system CPU time of the whole process, start included, in seconds. */
  readonly cpuSeconds: number;
  /** High-water mark of resident memory, in MiB. */
  readonly peakMib: number;
  readonly wallSeconds: number;
}

export interface Contender {
  readonly name: string;
  /** Command line and environment that turn the logs below `root` into `output`. */
  command(
    root: string,
    output: string,
    state: string,
  ): { readonly argv: readonly string[]; readonly env?: Record<string, string> };
}

export function usageOf(pid: number): { readonly cpuSeconds: number; readonly peakMib: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, peakMib: Number(peak) / 1_024 };
}

export function start(contender: Contender, root: string, output: string, state: string): ChildProcess {
  const { argv, env } = contender.command(root, output, state);
  const [file = '', ...args] = argv;
  return spawn(file, args, { env: { PATH: process.env['PATH'], GOMAXPROCS: '1', ...env }, stdio: 'ignore' });
}

/** Runs until the record of the last line is in the output; then asks the kernel what it cost. */
export async function measure(
  contender: Contender,
  root: string,
  output: string,
  state: string,
  lines: number,
  finished: () => boolean = () => tail(output).includes(`seq=${lines - 1} `),
): Promise<Usage> {
  const from = performance.now();
  const child = start(contender, root, output, state);
  const exit = new Promise((resolve) => child.once('exit', resolve));
  try {
    const deadline = from + 600_000;
    while (!finished()) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`${contender.name} ended before its work`);
      await delay(50);
    }
    const wallSeconds = (performance.now() - from) / 1_000;
    return { ...usageOf(child.pid ?? 0), wallSeconds };
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}

/** The last 64 KiB of a file. */
export function tail(path: string): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return '';
  const fd = openSync(path, 'r');
  const bytes = Buffer.alloc(Math.min(size, 65_536));
  readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  closeSync(fd);
  return bytes.toString('utf8');
}
