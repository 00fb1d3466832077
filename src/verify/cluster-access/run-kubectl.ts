import { spawn } from 'node:child_process';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import type { ExecResult } from './cluster-access.ts';

/** How to call kubectl: the program and, in its arguments, whose cluster it talks to. */
export interface Kubectl {
  /** Path or name of the program. */
  readonly file: string;
  /** Come before every other argument: `--kubeconfig`, `--context`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A command's output beyond this is cut: a check never needs more, and a runaway one must not fill our memory. */
const maxOutputBytes = 8 * 1024 * 1024;

export interface RunKubectlOptions {
  readonly signal: AbortSignal;
  readonly stdin?: string | undefined;
}

/**
 * Runs kubectl to its end. A non-zero exit is a result, not an error.
 *
 * @throws JourneyError `kubectl-missing` when the program cannot be started; the signal's reason when it aborts.
 */
export function runKubectl(kubectl: Kubectl, args: readonly string[], options: RunKubectlOptions): Promise<ExecResult> {
  const { signal, stdin } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(kubectl.file, [...kubectl.args, ...args], {
      env: kubectl.env,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C must reach us first, so that canaries can still be removed through kubectl.
      detached: true,
    });
    const stop = (): void => {
      child.kill('SIGKILL');
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      reject(new JourneyError('kubectl-missing', { program: kubectl.file, reason: reasonOf(error) }, { cause: error }));
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve({ exitCode: code ?? 1, stdout: stdout(), stderr: stderr() });
    });
    // A command that does not read its input ends early; that is its own affair.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (bytes < maxOutputBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
