import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { fromSqlite } from '../../cache/sqlite-errors.ts';
import type {
  Action,
  CleanupStore,
  EntryFacts,
  HeldLock,
  LockOwner,
  Outcome,
  Page,
  PageOptions,
  Pass,
  Preflight,
} from '../cleanup-store.ts';
import { SqliteState } from './sqlite-state.ts';

export interface SqliteCleanupStoreOptions {
  /** A connection of its own, closed by {@link SqliteCleanupStore.close}; may block, nothing else runs in this process. */
  readonly db: DatabaseSync;
  readonly file: string;
  readonly now: () => number;
}

/**
 * {@link CleanupStore} on the embedded file. The table is its own index, so there is nothing to re-index; expired rows
 * are hidden from readers but stay in the file until they are taken out here.
 */
export class SqliteCleanupStore implements CleanupStore {
  readonly name = 'sqlite';
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #now: () => number;
  readonly #state: SqliteState;
  readonly #due: StatementSync;
  readonly #keys: StatementSync;
  readonly #forget: StatementSync;
  readonly #expire: StatementSync;
  readonly #unlink: StatementSync;

  constructor({ db, file, now }: SqliteCleanupStoreOptions) {
    this.#db = db;
    this.#file = file;
    this.#now = now;
    this.#state = new SqliteState(db, now);
    const columns = 'SELECT key, bytes, etag, updated_at, expires_at FROM entries';
    this.#due = db.prepare(
      `${columns} WHERE expires_at <= ?1 AND (expires_at, key) > (?2, ?3) ORDER BY expires_at, key LIMIT ?4`,
    );
    this.#keys = db.prepare(`${columns} WHERE key > ?1 ORDER BY key LIMIT ?2`);
    this.#forget = db.prepare('DELETE FROM entries WHERE key = ?1 AND expires_at <= ?2');
    const unchanged = 'WHERE key = ?1 AND updated_at = ?2 AND etag = ?3 AND expires_at IS ?4';
    this.#expire = db.prepare(`UPDATE entries SET expires_at = ?5 ${unchanged}`);
    this.#unlink = db.prepare(`DELETE FROM entries ${unchanged}`);
  }

  async preflight(): Promise<Preflight> {
    return { warnings: [], instance: 'sqlite' };
  }

  async now(): Promise<number> {
    return this.#now();
  }

  async ping(): Promise<number> {
    const start = performance.now();
    this.#sync(() => this.#db.prepare('SELECT 1').get());
    return performance.now() - start;
  }

  async memory(): Promise<Readonly<Record<string, number>>> {
    const pragma = (name: string): number => Number(this.#sync(() => this.#db.prepare(`PRAGMA ${name}`).get()?.[name]));
    const pageSize = pragma('page_size');
    return { file_bytes: pragma('page_count') * pageSize, free_bytes: pragma('freelist_count') * pageSize };
  }

  async page(pass: Pass, cursor: string | undefined, options: PageOptions): Promise<Page> {
    if (pass === 'index') return { facts: [], scanned: 0, misplaced: 0, next: undefined };
    const rows = this.#sync(() => {
      if (pass === 'keys') return this.#keys.all(cursor ?? '', options.limit);
      const [at, key] = cursor === undefined ? [-1, ''] : (JSON.parse(cursor) as [number, string]);
      return this.#due.all(options.now, at, key, options.limit);
    }) as unknown as Row[];
    const last = rows.length < options.limit ? undefined : rows.at(-1);
    const next = pass === 'keys' ? last?.key : last && JSON.stringify([last.expires_at, last.key]);
    return { facts: rows.map((row) => factsOf(row, options)), scanned: rows.length, misplaced: 0, next };
  }

  async apply(actions: readonly Action[]): Promise<readonly Outcome[]> {
    return this.#sync(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const outcomes = actions.map((action) => this.#applyOne(action));
        this.#db.exec('COMMIT');
        return outcomes;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #applyOne(action: Action): Outcome {
    const { key, version, expiresAt = null, bytes } = action.entry;
    const [updated = '', etag = ''] = version.split('\n', 2);
    switch (action.do) {
      case 'forget':
        return outcome(this.#forget.run(key, this.#now()).changes, bytes);
      case 'expire':
        return outcome(
          this.#expire.run(key, Number(updated), etag, expiresAt, Math.trunc(action.expiresAt)).changes,
          0,
        );
      case 'unlink':
        return outcome(this.#unlink.run(key, Number(updated), etag, expiresAt).changes, bytes);
      case 'reindex':
        throw new RangeError('the table is its own index');
    }
  }

  async lock(owner: LockOwner, ttlMs: number): Promise<HeldLock | undefined> {
    return this.#sync(() => this.#state.lock(owner, ttlMs));
  }

  async renewLock(owner: LockOwner, ttlMs: number): Promise<boolean> {
    return this.#sync(() => this.#state.renewLock(owner, ttlMs));
  }

  async unlock(owner: LockOwner): Promise<void> {
    this.#sync(() => this.#state.unlock(owner));
  }

  async loadCheckpoint(): Promise<string | undefined> {
    return this.#sync(() => this.#state.get('cursor'));
  }

  async saveCheckpoint(text: string, ttlMs: number): Promise<void> {
    this.#sync(() => this.#state.set('cursor', text, ttlMs));
  }

  async clearCheckpoint(): Promise<void> {
    this.#sync(() => this.#state.delete('cursor'));
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #sync<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fromSqlite(error, this.#file);
    }
  }
}

interface Row {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly updated_at: number;
  readonly expires_at: number | null;
}

function factsOf(row: Row, { now }: PageOptions): EntryFacts {
  const gone = row.expires_at !== null && row.expires_at <= now;
  return {
    kind: 'entry',
    key: row.key,
    ref: { name: row.key, bucket: 0 },
    gone,
    expiresAt: row.expires_at ?? undefined,
    indexed: true,
    expiryIndexed: true,
    due: gone,
    updatedAt: row.updated_at,
    version: `${row.updated_at}\n${row.etag}`,
    bytes: row.bytes + Buffer.byteLength(row.key),
  };
}

function outcome(changes: number | bigint, bytes: number): Outcome {
  return Number(changes) > 0 ? { result: 'done', bytes } : { result: 'changed', bytes: 0 };
}
