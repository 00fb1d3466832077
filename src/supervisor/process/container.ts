import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CriLogWriter, type CriLogWriterOptions, type LogTrouble, type OnLine } from '../logs/cri-log-writer.ts';
import { LastWords } from './last-words.ts';

export interface ContainerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<CriLogWriterOptions, 'file' | 'maxBytes' | 'maxFiles' | 'now'>;
  readonly onLine?: OnLine;
  readonly onTrouble?: (trouble: LogTrouble) => void;
}

export interface ContainerExit {
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** The last error it logged or printed. */
  readonly reason: string | undefined;
}

/** How long the output pipes of an ended process may stay open (a grandchild holds them) before we stop listening. */
const pipeDeadlineMs = 2_000;

/**
 * One run of one program, its output going to a CRI log.
 *
 * It runs in its own session: the terminal's Ctrl-C reaches the supervisor alone, which then ends the programs in
 * order. An IPC channel ties it to us: when we are killed, the channel closes and {@link file://./../follow-parent/main.ts}
 * ends the program.
 */
export class Container {
  readonly pid: number;
  /** Settles when the process has ended and the last of its output is on disk. */
  readonly exited: Promise<ContainerExit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, exited: Promise<ContainerExit>) {
    this.#child = child;
    this.pid = pid;
    this.exited = exited;
  }

  /** @throws the spawn's error when the program cannot be started at all */
  static async start(options: ContainerOptions): Promise<Container> {
    const child = spawn(options.command, options.args, {
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    await once(child, 'spawn');
    return new Container(child, child.pid as number, follow(child, options));
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Asks it to stop, as the kubelet does: SIGTERM, then SIGKILL after the grace period, or at once when `impatient`
   * aborts.
   *
   * @returns `false` when it had to be killed
   */
  async stop(graceMs: number, impatient?: AbortSignal): Promise<boolean> {
    if (this.hasExited) return this.exited.then(() => true);
    this.kill('SIGTERM');
    const timer = new AbortController();
    const signal = impatient === undefined ? timer.signal : AbortSignal.any([timer.signal, impatient]);
    const patience = delay(graceMs, 'late', { signal }).catch(() => 'late' as const);
    try {
      if ((await Promise.race([this.exited, patience])) !== 'late') return true;
    } finally {
      timer.abort();
    }
    if (this.hasExited) return this.exited.then(() => true);
    this.kill('SIGKILL');
    await this.exited;
    return false;
  }
}

async function follow(child: ChildProcess, options: ContainerOptions): Promise<ContainerExit> {
  const words = new LastWords();
  const log = new CriLogWriter({
    ...options.log,
    ...(options.onTrouble === undefined ? {} : { onTrouble: options.onTrouble }),
    onLine(stream, piece, time) {
      words.add(stream, piece);
      options.onLine?.(stream, piece, time);
    },
  });
  const pipes = [child.stdout as Readable, child.stderr as Readable] as const;
  const drained = Promise.all([log.drain('stdout', pipes[0]), log.drain('stderr', pipes[1])]).catch(() => undefined);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => {
    for (const pipe of pipes) pipe.destroy();
  }, pipeDeadlineMs);
  await drained;
  clearTimeout(timer);
  await log.close();
  return { code: code ?? undefined, signal: signal ?? undefined, reason: words.reason() };
}
