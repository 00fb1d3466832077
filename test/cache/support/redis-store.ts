import type { TestContext } from 'node:test';
import type { Store } from '../../../src/cache/cache.ts';
import { type OpenRedisStoreOptions, openRedisStore, type RedisStore } from '../../../src/cache/redis.ts';
import { until } from '../../support/until.ts';
import { silent } from './open-for-test.ts';
import { json } from './subject.ts';

/** A Redis store with the deadlines of production; not waited for. */
export function redisStore(
  t: TestContext,
  place: Pick<OpenRedisStoreOptions, 'url'> & Partial<OpenRedisStoreOptions>,
): RedisStore {
  const store = openRedisStore({
    user: '',
    passwordFile: '',
    commandTimeoutMs: 250,
    connectTimeoutMs: 500,
    keyPrefix: 'journey',
    clientName: 'journey-test',
    logger: silent,
    ...place,
  });
  t.after(() => store.close());
  return store;
}

export const isUp = (store: Store): Promise<true> => until('the store to be up', () => store.status().up);

export const isDown = (store: Store, reason: RegExp): Promise<true> =>
  until(`the store to be down with ${reason}`, () => !store.status().up && reason.test(store.status().reason ?? ''));

export const put = (store: Store, key: string, value: unknown = 1) =>
  store.put({ key, value: json(value), ttlMs: 'never' });

/** Reads until it works again. */
export const readsAgain = (store: Store, key: string) =>
  until('a read that works', async () => (await store.get(key)) ?? true, { everyMs: 20 });
