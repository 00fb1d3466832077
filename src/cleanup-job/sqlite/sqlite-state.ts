import type { DatabaseSync } from 'node:sqlite';
import type { HeldLock, LockOwner } from '../cleanup-store.ts';

/**
 * The clean-up's own small table: lock and cursor, each with a time at which it lapses. Made when first written, so
 * that a report changes nothing in the file.
 */
export class SqliteState {
  readonly #db: DatabaseSync;
  readonly #now: () => number;

  constructor(db: DatabaseSync, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** @returns `undefined` when taken, else who holds it. */
  lock(owner: LockOwner, ttlMs: number): HeldLock | undefined {
    this.#create();
    const now = this.#now();
    // One statement: of two processes, one inserts (or takes over a lapsed row) and the other changes nothing.
    const taken = this.#db
      .prepare(
        `INSERT INTO cleanup_state (name, value, lapses_at) VALUES ('lock', ?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = ?1, lapses_at = ?2 WHERE lapses_at <= ?3`,
      )
      .run(lockValue(owner), now + ttlMs, now);
    if (Number(taken.changes) > 0) return undefined;
    const row = this.#db.prepare(`SELECT value, lapses_at FROM cleanup_state WHERE name = 'lock'`).get();
    // Released between the two statements: whoever held it is done, but this run has not got it.
    const value = String(row?.['value'] ?? ' another run');
    return {
      holder: value.slice(value.indexOf(' ') + 1),
      remainingMs: Math.max(0, Number(row?.['lapses_at'] ?? 0) - now),
    };
  }

  renewLock(owner: LockOwner, ttlMs: number): boolean {
    const now = this.#now();
    const sql = `UPDATE cleanup_state SET lapses_at = ?1 WHERE name = 'lock' AND value = ?2 AND lapses_at > ?3`;
    return Number(this.#db.prepare(sql).run(now + ttlMs, lockValue(owner), now).changes) > 0;
  }

  unlock(owner: LockOwner): void {
    this.#db.prepare(`DELETE FROM cleanup_state WHERE name = 'lock' AND value = ?1`).run(lockValue(owner));
  }

  get(name: string): string | undefined {
    this.#create();
    const row = this.#db
      .prepare('SELECT value FROM cleanup_state WHERE name = ?1 AND lapses_at > ?2')
      .get(name, this.#now());
    return row === undefined ? undefined : String(row['value']);
  }

  set(name: string, value: string, ttlMs: number): void {
    this.#create();
    this.#db
      .prepare('INSERT OR REPLACE INTO cleanup_state (name, value, lapses_at) VALUES (?1, ?2, ?3)')
      .run(name, value, this.#now() + ttlMs);
  }

  delete(name: string): void {
    this.#create();
    this.#db.prepare('DELETE FROM cleanup_state WHERE name = ?1').run(name);
  }

  #create(): void {
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS cleanup_state (name TEXT PRIMARY KEY, value TEXT NOT NULL, lapses_at INTEGER NOT NULL) STRICT',
    );
  }
}

function lockValue({ token, holder }: LockOwner): string {
  return `${token} ${holder}`;
}
