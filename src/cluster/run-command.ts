import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { kill } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { JourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Environment } from './cluster-provider.ts';

export interface RunCommandOptions {
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string;
  /** A file given as standard input instead, without passing through our memory. */
  readonly inputFile?: string;
  readonly cwd?: string;
  /** The whole environment of the program; nothing is inherited besides. */
  readonly env: Environment;
  /** After so many milliseconds the program and its children are killed. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Each line of standard error as it comes, for progress. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** No command here says more; a program gone wild must not eat our memory. The end is kept, as that tells why. */
const maxCapturedChars = 16 * 1024 * 1024;

/**
 * Runs one program to its end. Arguments are an array, never a shell line, so nothing needs quoting.
 *
 * Own code rather than execa because it is this one function, and because what matters here is killing the *group*:
 * `go build` leaves its compilers and linkers running when only it is killed.
 *
 * @returns what it said, whatever its exit code.
 * @throws JourneyError `command-missing`, `command-timeout`, `command-failed` (killed by a signal);
 *   the signal's reason when aborted.
 */
export async function tryCommand(
  file: string,
  args: readonly string[],
  options: RunCommandOptions,
): Promise<CommandResult> {
  const { deadlineMs, signal, onLine } = options;
  signal?.throwIfAborted();
  const child = start(file, args, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, deadlineMs);
  const abort = () => killGroup(child);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const stdout = capture(child.stdout);
    const stderr = capture(child.stderr);
    if (onLine !== undefined) createInterface({ input: child.stderr }).on('line', onLine);
    const { exitCode, killedBy } = await ended(child, file);
    signal?.throwIfAborted();
    const output = lastLines(`${stdout()}\n${stderr()}`);
    if (late) {
      throw new JourneyError('command-timeout', { command: shown(file, args), seconds: deadlineMs / 1000, output });
    }
    if (exitCode === null) {
      throw new JourneyError('command-failed', { command: shown(file, args), outcome: killedBy ?? '?', output });
    }
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Like {@link tryCommand}, for programs that must succeed. @throws JourneyError `command-failed` with the last lines. */
export async function runCommand(file: string, args: readonly string[], options: RunCommandOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await tryCommand(file, args, options);
  if (exitCode === 0) return stdout;
  const output = lastLines(stderr.trim() === '' ? stdout : stderr);
  throw new JourneyError('command-failed', { command: shown(file, args), outcome: `exit ${exitCode}`, output });
}

/** With both output pipes open, and its input on the way. */
type Running = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

function start(file: string, args: readonly string[], { input, inputFile, cwd, env }: RunCommandOptions): Running {
  const source = inputFile === undefined ? undefined : openSync(inputFile, 'r');
  try {
    const child = spawn(file, args, {
      env: { ...env },
      detached: true,
      stdio: [source ?? 'pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    }) as Running;
    // A program that does not read its input closes the pipe; that is its business, not an error of ours.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
    return child;
  } finally {
    if (source !== undefined) closeSync(source);
  }
}

function ended(child: ChildProcess, file: string): Promise<{ exitCode: number | null; killedBy: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      reject(
        missing
          ? new JourneyError('command-missing', { command: file }, { cause })
          : new JourneyError('command-failed', { command: file, outcome: '-', output: reasonOf(cause) }, { cause }),
      );
    });
    // `close`, not `exit`: only then has all output been read.
    child.once('close', (exitCode, killedBy) => resolve({ exitCode, killedBy }));
  });
}

/** A group of its own (`detached`) has the child's pid as its id; a negative pid means the group (kill(2)). */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // Windows has no groups; or it has just ended by itself, and then this does nothing.
    child.kill('SIGKILL');
  }
}

function capture(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > maxCapturedChars) text = text.slice(-maxCapturedChars / 2);
  });
  return () => text;
}

function lastLines(text: string, count = 12): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // kubectl logs every attempt (klog: `E1129 00:22:44.816939 …`) before it says in plain words what is wrong.
  const plain = lines.filter((line) => !/^[EWI]\d{4} \d\d:\d\d:\d\d\./.test(line));
  return (plain.length > 0 ? plain : lines).slice(-count).join('\n');
}

/** A command as a person would type it, cut where an argument is a whole document. */
function shown(file: string, args: readonly string[]): string {
  const words = [file, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
  const line = words.join(' ');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
