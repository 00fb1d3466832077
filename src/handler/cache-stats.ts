import type { Static } from 'typebox';
import * as Type from 'typebox';
import type { NearCacheStats } from '../cache/near-cache.ts';
import { says } from './explain.ts';

const Rate = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]);
const HitRate = Type.Object(
  { oneMinute: Rate, fiveMinutes: Rate, sinceStart: Rate },
  says({
    en: 'Share of reads the tier answered itself; null when there were none.',
    zh: '由该层直接应答的读取占比；没有读取时为 null。',
  }),
);

export const CacheStats = Type.Object({
  near: Type.Object({
    requests: Type.Object({
      hit: Type.Integer(),
      negative: Type.Integer(says({ en: 'Answered "no such key" from memory.', zh: '直接由内存回答“键不存在”。' })),
      miss: Type.Integer(),
      joined: Type.Integer(
        says({ en: 'Waited for a load that another read had begun.', zh: '等待另一个读取已发起的加载。' }),
      ),
      stale: Type.Integer(
        says({
          en: 'Answered past freshness, because the store was away.',
          zh: '存储不可用时，返回了已过新鲜期的数据。',
        }),
      ),
      error: Type.Integer(),
    }),
    hitRate: HitRate,
    entries: Type.Integer(),
    bytes: Type.Integer(),
    maxBytes: Type.Integer(),
    fills: Type.Integer(),
    evictions: Type.Integer(),
    invalidations: Type.Integer(),
    loading: Type.Integer(),
  }),
  store: Type.Object({
    requests: Type.Object({ hit: Type.Integer(), miss: Type.Integer(), error: Type.Integer() }),
    hitRate: HitRate,
  }),
});

export function statsOf(stats: NearCacheStats): Static<typeof CacheStats> {
  const { counts, rates, entries, bytes, maxBytes, loading } = stats;
  const { fills, evictions, invalidations } = counts;
  return {
    near: {
      requests: counts.near,
      hitRate: rateOf(rates.near),
      entries,
      bytes,
      maxBytes,
      fills,
      evictions,
      invalidations,
      loading,
    },
    store: { requests: counts.store, hitRate: rateOf(rates.store) },
  };
}

function rateOf({ oneMinute, fiveMinutes, sinceStart }: NearCacheStats['rates']['near']): Static<typeof HitRate> {
  return { oneMinute: oneMinute ?? null, fiveMinutes: fiveMinutes ?? null, sinceStart: sinceStart ?? null };
}
