import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pid } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { isJourneyError, JourneyError } from '../../errors/journey-error.ts';
import { makeFolder } from '../../make-folder.ts';
import { isAlive, type ProcessIdentity, readProcess } from './proc.ts';

export interface ClusterLock {
  release(): void;
}

/**
 * One command at a time works on a cluster (or on the binary cache). The lock names its holder by pid and start time,
 * so one left by a killed command is recognised and taken over.
 * @throws JourneyError `cluster-busy` with the pid of the holder.
 */
export function lockCluster(file: string, name: string): ClusterLock {
  makeFolder(dirname(file));
  const mine = `${file}.${pid}`;
  const self = readProcess(pid);
  writeFileSync(mine, JSON.stringify({ pid, startTicks: self?.startTicks ?? '' }), { mode: 0o600 });
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        // link(2) fails when the name exists: making and owning the lock are one step, content included.
        linkSync(mine, file);
        return { release: () => rmSync(file, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(file);
      if (holder !== undefined && (isAlive(holder) || attempt > 5)) {
        throw new JourneyError('cluster-busy', { name, pid: holder.pid });
      }
      discard(file, `${mine}.stale`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Waits for a lock that is only held for as long as a shared piece of work takes. */
export async function lockWhenFree(
  file: string,
  name: string,
  { deadlineMs, signal, onWait }: { deadlineMs: number; signal: AbortSignal; onWait: (pid: number) => void },
): Promise<ClusterLock> {
  const end = performance.now() + deadlineMs;
  let told = false;
  for (;;) {
    try {
      return lockCluster(file, name);
    } catch (error) {
      if (!isJourneyError(error, 'cluster-busy') || performance.now() > end) throw error;
      if (!told) onWait(Number(error.params['pid']));
      told = true;
      await delay(500, undefined, { signal });
    }
  }
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Of two commands that find the same stale lock only one gets to rename it away. */
function discard(file: string, aside: string): void {
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
