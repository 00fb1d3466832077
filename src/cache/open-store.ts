import type { Logger } from '../telemetry/logger.ts';
import type { Store } from './cache.ts';
import type { StoreSettings } from './config.ts';
import type { StoreObserver } from './store-observer.ts';

export interface OpenStoreOptions {
  readonly settings: StoreSettings;
  /** Who we are, as the server shows it in CLIENT LIST: `journey-api`. */
  readonly clientName: string;
  readonly logger: Logger;
  readonly observer?: StoreObserver | undefined;
}

/**
 * Opens the configured store. Only the adapter in use is loaded.
 *
 * SQLite: the file is checked and ready when this resolves. Redis: resolves at once and connects in the background,
 * for ever, since a program must start and serve without it; use {@link whenUp} where that is not wanted.
 *
 * @throws JourneyError `store-corrupt`, `store-newer`, `store-foreign`, `folder-not-writable` (SQLite), `config-invalid` (Redis address).
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { settings, clientName, logger, observer } = options;
  if (settings.kind === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite.ts');
    return openSqliteStore({ ...settings.sqlite, logger, observer });
  }
  const { openRedisStore } = await import('./redis.ts');
  return openRedisStore({ ...settings.redis, clientName, logger, observer });
}

/** Waits until the store is up. @returns whether it is, by then; never rejects. */
export function whenUp(store: Store, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      unsubscribe();
      signal?.removeEventListener('abort', done);
      resolve(store.status().up);
    };
    const unsubscribe = store.onStatus((status) => status.up && done());
    const timer = setTimeout(done, timeoutMs);
    signal?.addEventListener('abort', done);
    if (store.status().up || signal?.aborted === true) done();
  });
}
