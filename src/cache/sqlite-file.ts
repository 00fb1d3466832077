import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isJourneyError, JourneyError, reasonOf } from '../errors/journey-error.ts';
import { makeFolder } from '../make-folder.ts';
import { keepAside } from './keep-aside.ts';
import { fromSqlite, isBusy, isDamage, primaryCode } from './sqlite-errors.ts';
import { checkIdentity, migrate } from './sqlite-schema.ts';

/** Up to this size the whole file is checked at every start; a larger one is not read through, only its header. */
const fullCheckBytes = 64 * 1024 * 1024;

export interface OpenSqliteFileOptions {
  readonly file: string;
  /** Milliseconds to wait, while opening only, for another process that is opening the same file. */
  readonly busyTimeoutMs: number;
  readonly now: () => number;
}

export interface SqliteFile {
  readonly db: DatabaseSync;
  /** Device and inode of what was opened: tells when the path has come to mean another file. */
  readonly identity: string;
}

/**
 * Opens the data file, making it when there is none, never over anything that is there.
 *
 * A damaged file is copied aside once and refused at every start until a person has moved it: starting empty would look
 * like lost data, and writing into the damage could lose more.
 *
 * @throws JourneyError `store-corrupt`, `store-newer`, `store-foreign`, `folder-not-writable`.
 */
export function openSqliteFile(options: OpenSqliteFileOptions): SqliteFile {
  const { file, busyTimeoutMs, now } = options;
  try {
    makeFolder(dirname(file));
    if (!existsSync(file)) create(file, busyTimeoutMs);
    const damage = findDamage(file, busyTimeoutMs);
    if (damage !== undefined) throw refuse(file, damage, now());
    const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
    try {
      configure(db);
      migrate(db);
      // A write that SQLite may refuse for want of permission must fail here, with advice, not at the first request.
      db.exec('BEGIN IMMEDIATE; ROLLBACK');
      // From here on waiting is ours: SQLite would wait inside the call and stop the event loop.
      db.exec('PRAGMA busy_timeout = 0');
      return { db, identity: identityOf(file) ?? 'gone' };
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (isJourneyError(error)) throw error;
    if (isDamage(error)) throw refuse(file, reasonOf(error), now());
    throw unusable(error, file);
  }
}

/** @returns `undefined` when there is no such file. */
export function identityOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/**
 * WAL lets the API read while the clean-up job writes. `synchronous = NORMAL` hands every commit to the kernel before it
 * is acknowledged, so a process killed at any moment loses nothing; only a power cut can take the last moments (Redis
 * with `appendfsync everysec` can lose as much to a mere kill). FULL would survive the power cut too, at an fsync per
 * write inside a synchronous call, during which a slow disk would keep the event loop from answering reads out of memory.
 */
function configure(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF');
}

/**
 * Makes the new file under another name and links it into place, complete: so a file that is empty or half made is
 * never ours, and of two processes that start together one wins and both open the same file.
 */
function create(file: string, busyTimeoutMs: number): void {
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0) {
    // SQLite would replay the old log into the new file (https://sqlite.org/howtocorrupt.html §1.4).
    const reason = `it is missing, but its write-ahead log ${file}-wal is there; restore both, or move that away too`;
    throw new JourneyError('store-corrupt', { file, reason, keptAs: `${file}-wal` });
  }
  const draft = `${file}.new-${randomUUID()}`;
  try {
    const db = new DatabaseSync(draft, { timeout: busyTimeoutMs });
    try {
      configure(db);
      migrate(db);
    } finally {
      db.close();
    }
    publish(draft, file);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(draft + suffix, { force: true });
  }
}

function publish(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    // File systems without hard links (FAT, some shared folders); there two first starts at once are not guarded.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    if (!existsSync(file)) renameSync(draft, file);
  }
}

/** Looks without writing. @returns what is wrong, `undefined` when sound. @throws JourneyError when sound but not ours. */
function findDamage(file: string, busyTimeoutMs: number): string | undefined {
  const size = statSync(file).size;
  if (size === 0) return 'it is empty, which a file of ours never is';
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
    checkIdentity(db, file);
    if (size > fullCheckBytes) return undefined;
    const verdict = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
    return verdict === 'ok' ? undefined : verdict;
  } catch (error) {
    if (isDamage(error)) return reasonOf(error);
    throw error;
  } finally {
    db?.close();
  }
}

function refuse(file: string, reason: string, now: number): JourneyError {
  return new JourneyError('store-corrupt', { file, reason, keptAs: keepAside(file, now) });
}

function unusable(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || (primaryCode(error) === undefined && !/^E[A-Z]+$/.test(code))) return error;
  if (isBusy(error)) return fromSqlite(error, file);
  const params = { folder: dirname(file), reason: reasonOf(error), option: 'store.sqlite.file' };
  return new JourneyError('folder-not-writable', params, { cause: error });
}
