import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { KubectlInvocation } from '../../cluster/kubectl.ts';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';

export interface StartProxyOptions {
  readonly kubectl: KubectlInvocation;
  /** Folder for temporary files. */
  readonly tempFolder: string;
  readonly signal: AbortSignal;
}

/**
 * The API server over `kubectl proxy`, so that every way of logging in that kubectl knows works for us as well, one
 * start-up serves all requests, and answers keep their status and headers (`kubectl get --raw` drops both).
 *
 * It listens on a socket in a folder only this user can enter: on a TCP port any other user of the machine would be
 * let into the cluster as well.
 */
export interface KubectlProxy {
  readonly pool: Pool;
  close(): Promise<void>;
}

/** @throws JourneyError `kubectl-missing` or `cluster-unreachable` (no usable kubeconfig). */
export async function startKubectlProxy({ kubectl, tempFolder, signal }: StartProxyOptions): Promise<KubectlProxy> {
  const { command, env } = kubectl;
  const folder = await mkdtemp(join(tempFolder, 'journey-verify-'));
  const socketPath = join(folder, 'api.sock');
  const child = spawn(
    command.file,
    [...command.args, 'proxy', `--unix-socket=${socketPath}`, '--append-server-path'],
    // Its own process group: Ctrl-C must not take it away before the canaries have been removed through it.
    { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  try {
    await new Promise<void>((resolve, reject) => {
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr = (stderr + chunk.toString('utf8')).slice(-4_000);
      });
      child.stdout.once('data', () => resolve());
      child.once('error', (error) =>
        reject(
          new JourneyError('kubectl-missing', { program: command.file, reason: reasonOf(error) }, { cause: error }),
        ),
      );
      child.once('close', () => reject(new JourneyError('cluster-unreachable', { reason: lastLine(stderr) })));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } catch (error) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  // Neither may keep our process alive after its work is done.
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    stream.resume();
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  const pool = new Pool('http://localhost', { socketPath, connections: 16, headersTimeout: 0, bodyTimeout: 0 });
  return {
    pool,
    async close() {
      await pool.destroy();
      child.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
