import { Counter, Gauge, type Registry } from 'prom-client';
import type { Store } from '../cache/cache.ts';
import type { NearCacheStats } from '../cache/near-cache.ts';

export interface CacheMetricsOptions {
  readonly registry: Registry;
  readonly store: Store;
  readonly stats: () => NearCacheStats;
}

/** What a scrape reads of the two tiers. They count for themselves; here the counts get their names. */
export function registerCacheMetrics({ registry, store, stats }: CacheMetricsOptions): void {
  const registers = [registry];
  new Counter({
    name: 'journey_cache_requests_total',
    help: 'Reads by the tier that was asked and how it answered.',
    labelNames: ['tier', 'result'],
    registers,
    collect() {
      const { counts } = stats();
      this.reset();
      for (const tier of ['near', 'store'] as const) {
        for (const [result, count] of Object.entries(counts[tier])) this.inc({ tier, result }, count);
      }
    },
  });
  const counter = (name: string, help: string, read: (s: NearCacheStats) => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(stats()));
      },
    });
  };
  const gauge = (name: string, help: string, read: (s: NearCacheStats) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(stats()));
      },
    });
  };
  gauge('journey_cache_entries', 'Entries held by the near cache.', (s) => s.entries);
  gauge('journey_cache_bytes', 'Memory held by the near cache, keys and bookkeeping included.', (s) => s.bytes);
  gauge('journey_cache_max_bytes', 'Most memory the near cache may hold.', (s) => s.maxBytes);
  gauge('journey_cache_loading', 'Keys being loaded from the store now.', (s) => s.loading);
  counter('journey_cache_fills_total', 'Loads and writes kept in the near cache.', (s) => s.counts.fills);
  counter('journey_cache_evictions_total', 'Entries that had to make room.', (s) => s.counts.evictions);
  counter(
    'journey_cache_invalidations_total',
    'Keys the near cache was told to forget; forgetting everything counts as one.',
    (s) => s.counts.invalidations,
  );
  new Gauge({
    name: 'journey_store_up',
    help: 'Whether the store answers.',
    labelNames: ['store'],
    registers,
    collect() {
      this.set({ store: store.name }, store.status().up ? 1 : 0);
    },
  });
}
