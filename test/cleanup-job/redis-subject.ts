import { createHash } from 'node:crypto';
import { parseRedisAddress } from '../../src/cache/redis-address.ts';
import { bucketOf, redisKeys } from '../../src/cache/redis-keys.ts';
import { RedisCleanupStore } from '../../src/cleanup-job/redis/redis-cleanup-store.ts';
import { RedisSession } from '../../src/cleanup-job/redis/redis-session.ts';
import { noTls } from '../cache/support/open-for-test.ts';
import { newClient, RedisServer, type StartRedisOptions } from '../support/redis-server.ts';
import type { PutEntry, Subject } from './subject.ts';

export const keys = redisKeys('journey');

export type RedisSubject = Awaited<ReturnType<typeof openRedisSubject>>;

/** A redis-server of its own with the clean-up's store on it, and a plain client that writes the documented layout. */
export async function openRedisSubject(options: StartRedisOptions = {}) {
  const ends: (() => unknown)[] = [];
  const server = await RedisServer.start({ after: (end) => ends.push(end) }, options);
  const client = newClient({ url: server.url });
  client.on('error', () => {});
  await client.connect();
  const open = async (login: { user: string; passwordFile: string } = { user: '', passwordFile: '' }) => {
    const address = parseRedisAddress(server.url);
    const session = await RedisSession.open({
      ...noTls,
      ...login,
      address,
      connectTimeoutMs: 5_000,
      clientName: 'test',
    });
    return new RedisCleanupStore({ session, keys });
  };
  const store = await open();
  const subject = {
    server,
    client,
    store,
    another: open,
    async put(key: string, { value = '1', ttlMs, updatedAt = Date.now() }: PutEntry = {}) {
      const etag = `"${createHash('sha256').update(value).digest('base64url')}"`;
      const bucket = bucketOf(key);
      const at = ttlMs === undefined ? undefined : Date.now() + ttlMs;
      const change = client.multi();
      change.hSet(keys.data(key), { value, etag, updated: String(updatedAt) });
      change.zAdd(keys.index(bucket), { score: 0, value: key });
      if (at === undefined) change.persist(keys.data(key)).zRem(keys.expiry(bucket), key);
      else change.pExpireAt(keys.data(key), at).zAdd(keys.expiry(bucket), { score: at, value: key });
      await change.exec();
    },
    async delete(key: string) {
      const bucket = bucketOf(key);
      await client.multi().del(keys.data(key)).zRem(keys.index(bucket), key).zRem(keys.expiry(bucket), key).exec();
    },
    async leaveRemains(key: string) {
      const bucket = bucketOf(key);
      await client.zAdd(keys.index(bucket), { score: 0, value: key });
      await client.zAdd(keys.expiry(bucket), { score: Date.now() - 60_000, value: key });
    },
    async read(key: string) {
      const at = await client.pExpireTime(keys.data(key));
      return at === -2 ? undefined : { expiresAt: at === -1 ? undefined : at };
    },
    async traces(key: string) {
      const bucket = bucketOf(key);
      const [data, index, expiry] = await Promise.all([
        client.exists(keys.data(key)),
        client.zScore(keys.index(bucket), key),
        client.zScore(keys.expiry(bucket), key),
      ]);
      return data === 1 || index !== null || expiry !== null;
    },
    async dump() {
      const all: Record<string, unknown> = {};
      for await (const page of client.scanIterator()) {
        for (const key of page) all[key] = [await client.pExpireTime(key), await content(key)];
      }
      return Object.fromEntries(Object.entries(all).sort());
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      client.destroy();
      for (const end of ends) await end();
    },
  };
  const content = async (key: string): Promise<unknown> => {
    switch (await client.type(key)) {
      case 'hash':
        return { ...(await client.hGetAll(key)) };
      case 'zset':
        return client.zRangeWithScores(key, 0, -1);
      case 'list':
        return client.lRange(key, 0, -1);
      case 'stream':
        return client.xRange(key, '-', '+');
      default:
        return client.get(key);
    }
  };
  return subject satisfies Subject;
}
