import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteFile } from '../../src/cache/sqlite-file.ts';
import { SqliteCleanupStore } from '../../src/cleanup-job/sqlite/sqlite-cleanup-store.ts';
import type { PutEntry, Subject } from './subject.ts';

/** A data file of its own with the clean-up's store on it, and a second connection that writes the documented table. */
export async function openSqliteSubject(): Promise<Subject & { readonly file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'journey-cleanup-'));
  const file = join(folder, 'journey.sqlite');
  const open = (): SqliteCleanupStore => {
    const { db } = openSqliteFile({ file, busyTimeoutMs: 2_000, now: Date.now });
    db.exec('PRAGMA busy_timeout = 2000');
    return new SqliteCleanupStore({ db, file, now: Date.now });
  };
  const store = open();
  const { db } = openSqliteFile({ file, busyTimeoutMs: 2_000, now: Date.now });
  db.exec('PRAGMA busy_timeout = 2000');
  const insert = db.prepare(
    'INSERT OR REPLACE INTO entries (key, bytes, etag, updated_at, expires_at, value) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const write = (key: string, value: string, updatedAt: number, expiresAt: number | null): void => {
    const etag = `"${createHash('sha256').update(value).digest('base64url')}"`;
    insert.run(key, Buffer.byteLength(value), etag, updatedAt, expiresAt, Buffer.from(value));
  };
  return {
    file,
    store,
    another: async () => open(),
    async put(key, { value = '1', ttlMs, updatedAt = Date.now() }: PutEntry = {}) {
      write(key, value, updatedAt, ttlMs === undefined ? null : Date.now() + ttlMs);
    },
    async delete(key) {
      db.prepare('DELETE FROM entries WHERE key = ?').run(key);
    },
    async leaveRemains(key) {
      write(key, '1', Date.now() - 120_000, Date.now() - 60_000);
    },
    async read(key) {
      const live = 'SELECT expires_at FROM entries WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)';
      const row = db.prepare(live).get(key, Date.now());
      return row === undefined ? undefined : { expiresAt: (row['expires_at'] as number | null) ?? undefined };
    },
    async traces(key) {
      return db.prepare('SELECT 1 FROM entries WHERE key = ?').get(key) !== undefined;
    },
    async dump() {
      const tables = db.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
      return tables.map(({ name, sql }) => [sql, db.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()]);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
