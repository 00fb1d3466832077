import { setTimeout as sleep } from 'node:timers/promises';
import { JourneyError } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import {
  type CleanupRun,
  type DeleteResult,
  type Entry,
  type ListPage,
  type ListRequest,
  maxCleanupRuns,
  type Precondition,
  type PutRequest,
  type PutResult,
  type Store,
  type StoreStatus,
} from './cache.ts';
import { checkKey, checkPut } from './check-request.ts';
import { readCleanupRun } from './cleanup-run.ts';
import { etagOf } from './etag.ts';
import { endOfPrefix } from './key-order.ts';
import { holds } from './precondition.ts';
import { fromSqlite, isBusy, isDamage } from './sqlite-errors.ts';
import { identityOf, openSqliteFile, type SqliteFile } from './sqlite-file.ts';
import { type EntryRow, prepareStatements, type SummaryRow, toSummary } from './sqlite-statements.ts';
import { observed, type StoreCommand, type StoreObserver } from './store-observer.ts';
import { Subscribers } from './subscribers.ts';

export interface OpenSqliteStoreOptions {
  readonly file: string;
  /** Longest wait for another process that is writing, in milliseconds. */
  readonly busyTimeoutMs: number;
  readonly logger: Logger;
  readonly observer?: StoreObserver | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How often to look whether another process has written, in milliseconds. */
  readonly coherencePollMs?: number;
}

/** @throws what {@link openSqliteFile} throws. */
export function openSqliteStore(options: OpenSqliteStoreOptions): SqliteStore {
  const { file, busyTimeoutMs, now = Date.now } = options;
  return new SqliteStore(openSqliteFile({ file, busyTimeoutMs, now }), options);
}

/**
 * The embedded store: one SQLite file, shared with the clean-up process.
 *
 * Statements run synchronously (a few microseconds); only waiting for another writer is asynchronous, and is ours
 * rather than SQLite's so that the event loop goes on meanwhile.
 */
export class SqliteStore implements Store {
  readonly name = 'sqlite';
  readonly #opened: SqliteFile;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #options: OpenSqliteStoreOptions;
  readonly #now: () => number;
  readonly #statusListeners: Subscribers<StoreStatus>;
  readonly #invalidationListeners: Subscribers<readonly string[] | 'all'>;
  readonly #poll: NodeJS.Timeout;
  #dataVersion: unknown;
  #status: StoreStatus;
  /** The path no longer leads to the file we hold open. */
  #lost = false;

  constructor(opened: SqliteFile, options: OpenSqliteStoreOptions) {
    this.#opened = opened;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#statements = prepareStatements(opened.db);
    this.#statusListeners = new Subscribers(options.logger);
    this.#invalidationListeners = new Subscribers(options.logger);
    this.#status = { up: true, since: this.#now(), reason: undefined };
    this.#dataVersion = this.#readDataVersion();
    this.#poll = setInterval(() => this.#look(), options.coherencePollMs ?? 250);
    this.#poll.unref();
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    return this.#run('get', () => {
      const now = this.#now();
      const row = this.#statements.get.get({ key, now }) as EntryRow | undefined;
      if (row === undefined) return undefined;
      const { value, expires_at } = row;
      return {
        ...toSummary(row),
        value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        ttlLeftMs: expires_at === null ? undefined : expires_at - now,
      };
    });
  }

  async put(request: PutRequest): Promise<PutResult> {
    checkPut(request);
    const { key, value, ttlMs, precondition } = request;
    const etag = etagOf(value);
    return this.#write('put', () => {
      const now = this.#now();
      const present = this.#statements.summary.get({ key, now }) as SummaryRow | undefined;
      if (!holds(precondition, present?.etag)) return { outcome: 'precondition-failed' };
      const kept = present?.expires_at ?? null;
      const expires_at = ttlMs === 'keep' ? kept : ttlMs === 'never' ? null : now + ttlMs;
      const row = { key, bytes: value.length, etag, updated_at: now, expires_at };
      this.#statements.put.run({ ...row, value });
      const ttlLeftMs = expires_at === null ? undefined : expires_at - now;
      return { outcome: present === undefined ? 'created' : 'updated', entry: toSummary(row), ttlLeftMs };
    });
  }

  async delete(key: string, precondition?: Precondition): Promise<DeleteResult> {
    checkKey(key);
    return this.#write('delete', () => {
      const present = this.#statements.summary.get({ key, now: this.#now() }) as SummaryRow | undefined;
      if (!holds(precondition, present?.etag)) return 'precondition-failed';
      this.#statements.delete.run({ key });
      return present === undefined ? 'not-found' : 'deleted';
    });
  }

  list({ prefix, limit, after }: ListRequest): Promise<ListPage> {
    return this.#run('list', () => {
      const end = endOfPrefix(prefix) ?? null;
      const range = { first: prefix, after: after ?? '', end, limit: limit + 1, now: this.#now() };
      const rows = this.#statements.list.all(range) as unknown as SummaryRow[];
      const entries = rows.slice(0, limit).map(toSummary);
      return { entries, next: rows.length > limit ? entries.at(-1)?.key : undefined };
    });
  }

  ping(): Promise<number> {
    return this.#run('ping', () => {
      const start = performance.now();
      this.#statements.readHeader.get();
      return performance.now() - start;
    });
  }

  cleanupRuns(limit: number): Promise<CleanupRun[]> {
    return this.#run('cleanupRuns', () =>
      this.#statements.runs.all({ limit }).map((row) => readCleanupRun(String(row['run']))),
    );
  }

  async recordCleanupRun(run: CleanupRun): Promise<void> {
    await this.#write('recordCleanupRun', () => {
      this.#statements.addRun.run({ run: JSON.stringify(run) });
      this.#statements.trimRuns.run({ kept: maxCleanupRuns });
    });
  }

  status(): StoreStatus {
    return this.#status;
  }

  onStatus(listener: (status: StoreStatus) => void): () => void {
    return this.#statusListeners.add(listener);
  }

  onInvalidation(listener: (keys: readonly string[] | 'all') => void): () => void {
    return this.#invalidationListeners.add(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#setStatus(false, 'it was closed');
    this.#statusListeners.clear();
    this.#invalidationListeners.clear();
    if (this.#opened.db.isOpen) this.#opened.db.close();
  }

  #write<T>(command: StoreCommand, work: () => T): Promise<T> {
    const { db } = this.#opened;
    return this.#run(command, () => {
      // Our handle would go on writing into a file that nobody can reach any more.
      this.#checkIdentity();
      this.#checkUp();
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Runs `work`, again after a short wait for as long as another process holds the lock. */
  async #run<T>(command: StoreCommand, work: () => T): Promise<T> {
    const { file, busyTimeoutMs, observer } = this.#options;
    return observed(observer, command, async () => {
      const deadline = performance.now() + busyTimeoutMs;
      for (;;) {
        try {
          this.#checkUp();
          return work();
        } catch (error) {
          if (!isBusy(error) || performance.now() >= deadline) {
            if (isDamage(error)) this.#setStatus(false, `${file} is damaged`);
            throw fromSqlite(error, file);
          }
          await sleep(1 + Math.random() * 9);
        }
      }
    });
  }

  #checkUp(): void {
    const { up, reason = '' } = this.#status;
    if (!up) throw new JourneyError('store-unavailable', { store: 'SQLite', reason });
  }

  #checkIdentity(): void {
    const { file } = this.#options;
    const lost = identityOf(file) !== this.#opened.identity;
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#setStatus(
      !lost,
      lost ? `${file} was moved, deleted or replaced while in use; put it back or restart` : undefined,
    );
  }

  #look(): void {
    try {
      this.#checkIdentity();
      const dataVersion = this.#readDataVersion();
      if (dataVersion === this.#dataVersion) return;
      this.#dataVersion = dataVersion;
      this.#invalidationListeners.emit('all');
    } catch (error) {
      // A lock held for a moment; the next look sees the same change.
      if (!isBusy(error))
        this.#options.logger.warn({ error }, 'cannot see whether another process wrote the data file');
    }
  }

  #readDataVersion(): unknown {
    return this.#statements.dataVersion.get()?.['data_version'];
  }

  #setStatus(up: boolean, reason: string | undefined): void {
    if (this.#status.up === up && this.#status.reason === reason) return;
    this.#status = { up, since: this.#now(), reason };
    this.#statusListeners.emit(this.#status);
  }
}
