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
import { RedisConnection } from './redis-connection.ts';
import { bucketOf, type RedisKeys, redisKeys } from './redis-keys.ts';
import { listRedis } from './redis-list.ts';
import { storeScripts } from './redis-script.ts';
import { checkedRedisAddress } from './redis-settings.ts';
import type { RedisTlsFiles } from './redis-tls.ts';
import { observed, type StoreObserver } from './store-observer.ts';
import { Subscribers } from './subscribers.ts';

export interface OpenRedisStoreOptions extends RedisTlsFiles {
  /** `redis://host:port/database`, or `rediss://` for TLS. */
  readonly url: string;
  readonly user: string;
  readonly passwordFile: string;
  readonly commandTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly keyPrefix: string;
  readonly clientName: string;
  readonly logger: Logger;
  readonly observer?: StoreObserver | undefined;
}

/** Starts connecting and returns at once. @throws JourneyError `config-invalid` for settings that can never work. */
export function openRedisStore(options: OpenRedisStoreOptions): RedisStore {
  return new RedisStore(openRedisConnection(options), options);
}

/** The connection alone, for a program with commands of its own. @throws JourneyError `config-invalid`. */
export function openRedisConnection(options: Omit<OpenRedisStoreOptions, 'observer'>): RedisConnection {
  return new RedisConnection({ ...options, address: checkedRedisAddress(options) });
}

/** The shared store: entries in a Redis (or Valkey) of version 7 or later, laid out as {@link redisKeys} says. */
export class RedisStore implements Store {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #options: OpenRedisStoreOptions;
  readonly #invalidationListeners: Subscribers<readonly string[] | 'all'>;

  constructor(connection: RedisConnection, options: OpenRedisStoreOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#keys = redisKeys(options.keyPrefix);
    this.#invalidationListeners = new Subscribers(options.logger);
    // While we were away anybody may have written.
    connection.onStatus(({ up }) => up && this.#invalidationListeners.emit('all'));
  }

  get(key: string): Promise<Entry | undefined> {
    return observed(this.#options.observer, 'get', async () => {
      checkKey(key);
      const reply = await this.#connection.run(storeScripts.get, [this.#keys.data(key)], []);
      if (reply === null) return undefined;
      const [value, etag, updated, expires, left] = reply as [Buffer, Buffer, Buffer, number, number];
      return {
        key,
        value,
        bytes: value.length,
        etag: etag.toString(),
        updatedAt: Number(updated.toString()),
        expiresAt: expires < 0 ? undefined : expires,
        ttlLeftMs: left < 0 ? undefined : left,
      };
    });
  }

  put(request: PutRequest): Promise<PutResult> {
    return observed(this.#options.observer, 'put', async () => {
      checkPut(request);
      const { key, value, ttlMs, precondition } = request;
      const etag = etagOf(value);
      const args = [key, value, etag, String(ttlMs), ...preconditionArgs(precondition)];
      const reply = await this.#connection.run(storeScripts.put, this.#entryKeys(key), args);
      const [code, updatedAt = 0, expires = -1] = reply as [number, number?, number?];
      if (code === 0) return { outcome: 'precondition-failed' };
      const expiresAt = expires < 0 ? undefined : expires;
      const entry = { key, bytes: value.length, etag, updatedAt, expiresAt };
      const ttlLeftMs = expires < 0 ? undefined : expires - updatedAt;
      return { outcome: code === 1 ? 'created' : 'updated', entry, ttlLeftMs };
    });
  }

  delete(key: string, precondition?: Precondition): Promise<DeleteResult> {
    return observed(this.#options.observer, 'delete', async () => {
      checkKey(key);
      const args = [key, ...preconditionArgs(precondition)];
      const reply = await this.#connection.run(storeScripts.delete, this.#entryKeys(key), args);
      return reply === 0 ? 'precondition-failed' : reply === 1 ? 'deleted' : 'not-found';
    });
  }

  list(request: ListRequest): Promise<ListPage> {
    const { observer, commandTimeoutMs } = this.#options;
    return observed(observer, 'list', () => listRedis(this.#connection, this.#keys, request, commandTimeoutMs));
  }

  ping(): Promise<number> {
    return observed(this.#options.observer, 'ping', async () => {
      const start = performance.now();
      await this.#connection.command(['PING'], { writes: false });
      return performance.now() - start;
    });
  }

  cleanupRuns(limit: number): Promise<CleanupRun[]> {
    return observed(this.#options.observer, 'cleanupRuns', async () => {
      const command = ['LRANGE', this.#keys.cleanupRuns, '0', String(limit - 1)];
      const reply = (await this.#connection.command(command, { writes: false })) as Buffer[];
      return reply.map((run) => readCleanupRun(run.toString()));
    });
  }

  recordCleanupRun(run: CleanupRun): Promise<void> {
    return observed(this.#options.observer, 'recordCleanupRun', async () => {
      const args = [JSON.stringify(run), String(maxCleanupRuns)];
      await this.#connection.run(storeScripts.recordRun, [this.#keys.cleanupRuns], args);
    });
  }

  status(): StoreStatus {
    return this.#connection.status();
  }

  onStatus(listener: (status: StoreStatus) => void): () => void {
    return this.#connection.onStatus(listener);
  }

  onInvalidation(listener: (keys: readonly string[] | 'all') => void): () => void {
    return this.#invalidationListeners.add(listener);
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.#invalidationListeners.clear();
  }

  #entryKeys(key: string): string[] {
    const bucket = bucketOf(key);
    return [this.#keys.data(key), this.#keys.index(bucket), this.#keys.expiry(bucket)];
  }
}

/** A precondition as `redis-scripts/precondition.lua.ts` reads it. */
function preconditionArgs(precondition: Precondition | undefined): string[] {
  return [precondition?.ifMatch, precondition?.ifNoneMatch].flatMap((tags) => {
    if (tags === undefined) return ['-'];
    return tags === '*' ? ['*'] : [String(tags.length), ...tags];
  });
}
