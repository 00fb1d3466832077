import Type from 'typebox';
import type { Store } from '../cache/cache.ts';
import { CacheStats, statsOf } from './cache-stats.ts';
import { CacheTest, type CacheTestResult, testCache } from './cache-test.ts';
import type { ApiServer, Clock } from './context.ts';
import type { EntryCache } from './entry-answer.ts';

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
        tags: ['cache'],
        summary:
          'Writes, reads, lets expire and deletes an entry of its own, through both tiers, and says how long each step took.',
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
        tags: ['cache'],
        summary: 'Hits, misses, hit rates, entries and bytes of both tiers.',
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
