import { setTimeout as delay } from 'node:timers/promises';
import type { StoreSettings } from '../cache/config.ts';
import { isJourneyError } from '../errors/journey-error.ts';
import type { CleanupStore } from './cleanup-store.ts';

export interface OpenCleanupStoreOptions {
  readonly settings: StoreSettings;
  /** As the server shows it in CLIENT LIST. */
  readonly clientName: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a Redis out of reach is tried, in milliseconds. */
  readonly connectWithinMs: number;
  /** Ends the trying. */
  readonly signal: AbortSignal;
}

const tryAgainAfterMs = 500;

/**
 * Connects to the configured store for one run, with a connection of its own beside the one that records the run. Only the
 * adapter in use is loaded.
 *
 * @throws JourneyError `store-unavailable`, `store-credentials`, `store-corrupt`, `folder-not-writable`, `config-invalid` …
 */
export async function openCleanupStore(options: OpenCleanupStoreOptions): Promise<CleanupStore> {
  const { settings, clientName, now } = options;
  if (settings.kind === 'sqlite') {
    const { openSqliteFile } = await import('../cache/sqlite-file.ts');
    const { SqliteCleanupStore } = await import('./sqlite/sqlite-cleanup-store.ts');
    const { file, busyTimeoutMs } = settings.sqlite;
    const { db } = openSqliteFile({ file, busyTimeoutMs, now });
    // Unlike the API this process has nothing better to do than to wait for the other writer.
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    return new SqliteCleanupStore({ db, file, now });
  }
  const { redisKeys } = await import('../cache/redis-keys.ts');
  const { checkedRedisAddress } = await import('../cache/redis-settings.ts');
  const { RedisSession } = await import('./redis/redis-session.ts');
  const { RedisCleanupStore } = await import('./redis/redis-cleanup-store.ts');
  const address = checkedRedisAddress(settings.redis);
  const session = await patiently(options, () => RedisSession.open({ ...settings.redis, address, clientName }));
  return new RedisCleanupStore({ session, keys: redisKeys(settings.redis.keyPrefix) });
}

/**
 * Most network plugins let a Pod start before its NetworkPolicy is in force (kubernetes/kubernetes#66607): for a second or
 * so nothing lets it through. An attempt of the Job is too much to spend on that.
 */
async function patiently<T>({ connectWithinMs, signal }: OpenCleanupStoreOptions, open: () => Promise<T>): Promise<T> {
  const end = performance.now() + connectWithinMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const over = signal.aborted || performance.now() + tryAgainAfterMs > end;
      if (over || !isJourneyError(error, 'store-unavailable')) throw error;
      // A stop ends the wait; what is told then is why there is no connection.
      await delay(tryAgainAfterMs, undefined, { signal }).catch(() => Promise.reject(error));
    }
  }
}
