import Type, { type Static } from 'typebox';
import type { NearCacheStats } from '../cache/near-cache.ts';

const Rate = Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()]);
const HitRate = Type.Object(
  { oneMinute: Rate, fiveMinutes: Rate, sinceStart: Rate },
  { description: 'Share of reads the tier answered itself; null when there were none.' },
);

export const CacheStats = Type.Object({
  near: Type.Object({
    requests: Type.Object({
      hit: Type.Integer(),
      negative: Type.Integer({ description: 'Answered "no such key" from memory.' }),
      miss: Type.Integer(),
      joined: Type.Integer({ description: 'Waited for a load that another read had begun.' }),
      stale: Type.Integer({ description: 'Answered past freshness, because the store was away.' }),
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
