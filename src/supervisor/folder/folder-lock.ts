import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { JourneyError } from '../../errors/journey-error.ts';
import { makeFolder } from '../../make-folder.ts';
import type { Host } from '../host.ts';
import { identify, isAlive, type ProcessIdentity } from '../process/process-identity.ts';
import { readJson } from './json-file.ts';

/** What the lock file says about the supervisor that runs in a folder. */
export interface LockRecord extends ProcessIdentity {
  /** Path of its control socket. */
  readonly socket: string;
}

export interface AcquireLockOptions {
  readonly folder: string;
  readonly file: string;
  readonly socket: string;
  readonly host: Pick<Host, 'pid' | 'platform' | 'kill'>;
}

/**
 * Takes a folder for this process. A lock whose owner has gone (told by pid and start time, since pids are reused) is
 * taken over.
 *
 * @returns a function that gives the folder back
 * @throws JourneyError `folder-in-use`
 */
export function acquireLock({ folder, file, socket, host }: AcquireLockOptions): () => void {
  const mine: LockRecord = { ...identify(host.pid, host), socket };
  const draft = `${file}.${host.pid}`;
  makeFolder(dirname(file));
  writeFileSync(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  try {
    // Twice: once it may be there, stale; the second time somebody else was faster.
    if (!tryLink(draft, file)) {
      const owner = readLock(file, host);
      if (owner !== undefined) throw inUse(folder, owner);
      setAside(file, host);
      if (!tryLink(draft, file)) throw inUse(folder, readLock(file, host));
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readLock(file, host)?.pid === host.pid) rmSync(file, { force: true });
  };
}

/** The supervisor that holds a lock file; `undefined` when none does. */
export function readLock(file: string, host: Pick<Host, 'platform' | 'kill'>): LockRecord | undefined {
  const record = readJson(file);
  return isLockRecord(record) && isAlive(record, host) ? record : undefined;
}

/** A rename, so that of two instances that find the same stale lock only one removes it. */
function setAside(file: string, host: Pick<Host, 'pid' | 'platform' | 'kill'>): void {
  const aside = `${file}.stale.${host.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // Between our look and the rename a faster one may have taken the folder: it gets its lock back.
  if (readLock(aside, host) !== undefined) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    // link, not open: the lock appears with its content, never empty, and only if there is none.
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function inUse(folder: string, owner: LockRecord | undefined): JourneyError {
  return new JourneyError('folder-in-use', { folder, pid: owner?.pid ?? '?', option: '--dir' });
}

function isLockRecord(value: unknown): value is LockRecord {
  const record = value as Partial<LockRecord> | undefined;
  return typeof record?.pid === 'number' && typeof record.socket === 'string';
}
