import { spawn } from 'node:child_process';
import { JourneyError } from '../errors/journey-error.ts';
import type { Environment, KubectlCommand } from './cluster-provider.ts';

export interface PortForwardOptions {
  readonly command: KubectlCommand;
  readonly env: Environment;
  readonly namespace: string;
  readonly pod: string;
  /** Of the Pod. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** How long until it must stand, in milliseconds. Default 20 s. */
  readonly deadlineMs?: number;
}

export interface PortForward {
  /** `http://127.0.0.1:41235`, on a free port of this machine. */
  readonly url: string;
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
}

/**
 * `kubectl port-forward` to one Pod, which is how a port on a Pod's loopback address is reached: through the API server
 * and the kubelet, with the caller's own rights.
 *
 * @throws JourneyError `command-failed` with what kubectl said, `command-timeout`; the signal's reason when aborted.
 */
export async function portForward(options: PortForwardOptions): Promise<PortForward> {
  const { command, env, namespace, pod, port, signal, deadlineMs = 20_000 } = options;
  signal.throwIfAborted();
  const args = ['--namespace', namespace, 'port-forward', '--address=127.0.0.1', `pod/${pod}`, `:${port}`];
  const child = spawn(command.file, [...command.args, ...args], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const shown = [command.file, ...args].join(' ');
  const close = () => void child.kill('SIGKILL');
  signal.addEventListener('abort', close, { once: true });
  let said = '';
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      said += error.message;
      resolve();
    });
    child.once('close', () => resolve());
  }).finally(() => signal.removeEventListener('abort', close));
  let timer: NodeJS.Timeout | undefined;
  try {
    const localPort = new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const match = /127\.0\.0\.1:(\d+) ->/.exec(text);
        if (match?.[1] !== undefined) resolve(match[1]);
      });
      // Read to the end also later, or the pipe fills and kubectl stands still.
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-2_000);
      });
    });
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, 'late');
    });
    const first = await Promise.race([localPort, ended, late]);
    if (first === 'late') {
      throw new JourneyError('command-timeout', { command: shown, seconds: deadlineMs / 1_000, output: said.trim() });
    }
    signal.throwIfAborted();
    if (first === undefined) {
      throw new JourneyError('command-failed', {
        command: shown,
        outcome: `exit ${child.exitCode}`,
        output: said.trim(),
      });
    }
    return { url: `http://127.0.0.1:${first}`, ended, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
