import type { DatabaseSync } from 'node:sqlite';
import type { EntrySummary } from './cache.ts';

export interface SummaryRow {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

export interface EntryRow extends SummaryRow {
  readonly value: Uint8Array;
}

/** Every statement the store runs, compiled once. Expired rows stay until the clean-up job comes, but nothing sees them. */
export function prepareStatements(db: DatabaseSync) {
  const summary = 'key, bytes, etag, updated_at, expires_at';
  const alive = '(expires_at IS NULL OR expires_at > :now)';
  return {
    get: db.prepare(`SELECT ${summary}, value FROM entries WHERE key = :key AND ${alive}`),
    summary: db.prepare(`SELECT ${summary} FROM entries WHERE key = :key AND ${alive}`),
    put: db.prepare(
      `INSERT INTO entries (${summary}, value) VALUES (:key, :bytes, :etag, :updated_at, :expires_at, :value)
       ON CONFLICT (key) DO UPDATE SET bytes = :bytes, etag = :etag, updated_at = :updated_at,
                                       expires_at = :expires_at, value = :value`,
    ),
    delete: db.prepare('DELETE FROM entries WHERE key = :key'),
    list: db.prepare(
      `SELECT ${summary} FROM entries
       WHERE key >= :first AND key > :after AND (:end IS NULL OR key < :end) AND ${alive} ORDER BY key LIMIT :limit`,
    ),
    runs: db.prepare('SELECT run FROM cleanup_runs ORDER BY sequence DESC LIMIT :limit'),
    addRun: db.prepare('INSERT INTO cleanup_runs (run) VALUES (:run)'),
    trimRuns: db.prepare('DELETE FROM cleanup_runs WHERE sequence <= (SELECT max(sequence) FROM cleanup_runs) - :kept'),
    /** Changes whenever another connection has committed (https://sqlite.org/pragma.html#pragma_data_version). */
    dataVersion: db.prepare('PRAGMA data_version'),
    readHeader: db.prepare('PRAGMA user_version'),
  };
}

export function toSummary(row: SummaryRow): EntrySummary {
  const { key, bytes, etag, updated_at: updatedAt, expires_at: expiresAt } = row;
  return { key, bytes, etag, updatedAt, expiresAt: expiresAt ?? undefined };
}
