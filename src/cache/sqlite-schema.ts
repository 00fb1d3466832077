import type { DatabaseSync } from 'node:sqlite';
import { JourneyError } from '../errors/journey-error.ts';

/** Written into the header of every file of ours (`PRAGMA application_id`): the letters `JRNY`. */
const applicationId = 0x4a524e59;

/**
 * Step `n` takes schema version `n` to `n + 1`. Steps are only ever appended.
 *
 * `value` comes last so that a listing, which wants everything but it, never touches its overflow pages.
 */
const migrations: readonly string[] = [
  `CREATE TABLE entries (
     key        TEXT    NOT NULL PRIMARY KEY,
     bytes      INTEGER NOT NULL,
     etag       TEXT    NOT NULL,
     updated_at INTEGER NOT NULL, -- milliseconds since the epoch
     expires_at INTEGER,          -- milliseconds since the epoch; NULL never
     value      BLOB    NOT NULL  -- JSON in UTF-8
   ) STRICT;
   CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
   CREATE TABLE cleanup_runs (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     run      TEXT NOT NULL -- JSON
   ) STRICT;`,
];

const schemaVersion = migrations.length;

function readSchemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** @throws JourneyError `store-foreign` or `store-newer` for a sound SQLite file that is not for us to write. */
export function checkIdentity(db: DatabaseSync, file: string): void {
  const id = Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
  if (id !== applicationId) {
    const reason = `it is a SQLite database with application_id ${id}, ours is ${applicationId}`;
    throw new JourneyError('store-foreign', { where: file, reason, option: 'store.sqlite.file' });
  }
  const found = readSchemaVersion(db);
  if (found > schemaVersion) throw new JourneyError('store-newer', { file, found, known: schemaVersion });
}

/** Brings the schema up to date in one transaction; of two processes that start together, one finds the work done. */
export function migrate(db: DatabaseSync): void {
  if (readSchemaVersion(db) === schemaVersion) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of migrations.slice(readSchemaVersion(db))) db.exec(step);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
