import type { TestContext } from 'node:test';
import type { Store } from '../../../src/cache/cache.ts';
import {
  type OpenRedisStoreOptions,
  openRedisConnection,
  openRedisStore,
  type RedisStore,
} from '../../../src/cache/redis.ts';
import type { RedisConnection } from '../../../src/cache/redis-connection.ts';
import { until } from '../../support/until.ts';
import { noTls, silent } from './open-for-test.ts';
import { json } from './subject.ts';

type Place = Pick<OpenRedisStoreOptions, 'url'> & Partial<OpenRedisStoreOptions>;

/** The deadlines of production. */
const production = {
  user: '',
  passwordFile: '',
  ...noTls,
  commandTimeoutMs: 250,
  connectTimeoutMs: 500,
  keyPrefix: 'journey',
  clientName: 'journey-test',
  logger: silent,
};

/** A Redis store; not waited for. */
export function redisStore(t: TestContext, place: Place): RedisStore {
  const store = openRedisStore({ ...production, ...place });
  t.after(() => store.close());
  return store;
}

/** One for tests that are not about deadlines: on a busy machine those of production are soon over. */
export const patientRedisStore = (t: TestContext, place: Place): RedisStore =>
  redisStore(t, { commandTimeoutMs: 10_000, ...place });

/** The connection alone, with time for large commands; not waited for. */
export function redisConnection(t: TestContext, place: Place): RedisConnection {
  const connection = openRedisConnection({ ...production, commandTimeoutMs: 10_000, ...place });
  t.after(() => connection.close());
  return connection;
}

export const isUp = (store: Store): Promise<true> => until('the store to be up', () => store.status().up);

export const isDown = (store: Store, reason: RegExp): Promise<true> =>
  until(`the store to be down with ${reason}`, () => !store.status().up && reason.test(store.status().reason ?? ''));

export const put = (store: Store, key: string, value: unknown = 1) =>
  store.put({ key, value: json(value), ttlMs: 'never' });

/** Reads until it works again. */
export const readsAgain = (store: Store, key: string) =>
  until('a read that works', async () => (await store.get(key)) ?? true, { everyMs: 20 });
