import * as Type from 'typebox';
import type { Store } from '../cache/cache.ts';
import { CacheStats, statsOf } from './cache-stats.ts';
import { CacheTest, type CacheTestResult, testCache } from './cache-test.ts';
import type { ApiServer, Clock } from './context.ts';
import type { EntryCache } from './entry-answer.ts';
import { explain } from './explain.ts';

export interface CacheContext {
  readonly store: Store;
  readonly cache: EntryCache;
  readonly clock: Clock;
}

export function registerCache(app: ApiServer, { store, cache, clock }: CacheContext): void {
  /** The round trip takes more than a second: whoever asks meanwhile gets the result of the one that is running. */
  let running: Promise<CacheTestResult> | undefined;

  app.get(
    '/api/v1/cache/test',
    {
      schema: {
        ...explain({
          tag: 'cache',
          summary: {
            en: 'A real round trip: writes, reads, lets expire and deletes an entry of its own.',
            zh: '真实的往返测试：写入、读取、等待过期并删除一条自己的数据。',
          },
          description: {
            en: 'Goes through both tiers and says how long each step took. Takes a little more than a second, the time the entry needs to expire.',
            zh: '经过两层缓存，并给出每一步的耗时。耗时略多于一秒，即数据过期所需的时间。',
          },
          example: 'curl localhost:8080/api/v1/cache/test',
        }),
        response: { 200: CacheTest },
      },
    },
    async (_request, reply) => {
      running ??= testCache({ store, cache, clock }).finally(() => {
        running = undefined;
      });
      const result = await running;
      reply.header('cache-control', 'no-store');
      return result;
    },
  );

  app.get(
    '/api/v1/cache/stats',
    {
      schema: {
        ...explain({
          tag: 'cache',
          summary: {
            en: 'Hits, misses, hit rates, entries and bytes of both tiers.',
            zh: '两层缓存的命中、未命中、命中率、条目数与字节数。',
          },
          example: 'curl localhost:8080/api/v1/cache/stats',
        }),
        response: {
          200: Type.Intersect([
            CacheStats,
            Type.Object({ store: Type.Object({ name: Type.String(), up: Type.Boolean() }) }),
          ]),
        },
      },
    },
    async (_request, reply) => {
      const { near, store: reads } = statsOf(cache.stats());
      reply.header('cache-control', 'no-store');
      return { near, store: { name: store.name, up: store.status().up, ...reads } };
    },
  );
}
