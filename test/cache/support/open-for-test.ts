import type { Store } from '../../../src/cache/cache.ts';
import type { StoreSettings } from '../../../src/cache/config.ts';
import { openStore, whenUp } from '../../../src/cache/open-store.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

export const noTls = { caFile: '', certFile: '', keyFile: '' };

export const silent = createLogger({ service: 'test', level: 'silent', destination: { write: () => {} } });

/** Opens a store and waits until it is up. The deadlines in `settings` are the test's own. */
export async function openForTest(settings: StoreSettings): Promise<Store> {
  const store = await openStore({ settings, clientName: 'journey-test', logger: silent });
  if (!(await whenUp(store, 10_000))) throw new Error(`the store did not come up: ${store.status().reason}`);
  return store;
}

/** Settings of a store for a test; generous deadlines, since test machines are slow and this is not what is tested. */
export function settingsOf(
  kind: StoreSettings['kind'],
  place: { readonly file?: string; readonly url?: string; readonly keyPrefix?: string; readonly caFile?: string },
): StoreSettings {
  const { file = '/nonexistent', url = 'redis://127.0.0.1:1/0', keyPrefix = 'journey', caFile = '' } = place;
  const login = { user: '', passwordFile: '', ...noTls, caFile };
  const redis = { url, ...login, commandTimeoutMs: 10_000, connectTimeoutMs: 5_000, keyPrefix };
  return { kind, sqlite: { file, busyTimeoutMs: 10_000 }, redis };
}
