import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Host } from '../host.ts';

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own notation; `undefined` where the system does not say. */
  readonly start: string | undefined;
}

export function identify(pid: number, host: Pick<Host, 'platform'>): ProcessIdentity {
  return { pid, start: startOf(pid, host.platform) };
}

/** Whether exactly this process is still there. */
export function isAlive({ pid, start }: ProcessIdentity, host: Pick<Host, 'platform' | 'kill'>): boolean {
  try {
    host.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists, under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = host.platform === 'linux' ? readStat(pid) : undefined;
  // A zombie holds no file and no port; only its parent has not looked yet.
  if (stat?.state === 'Z') return false;
  return start === undefined || startOf(pid, host.platform) === start;
}

function startOf(pid: number, platform: NodeJS.Platform): string | undefined {
  if (platform === 'linux') return readStat(pid)?.start;
  if (platform === 'win32') return undefined;
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 2_000 });
    return started.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** proc_pid_stat(5): field 3 is the state, field 22 the start in clock ticks since boot. The name may hold blanks. */
function readStat(pid: number): { state: string | undefined; start: string | undefined } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return undefined;
  }
}
