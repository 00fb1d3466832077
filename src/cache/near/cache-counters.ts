import { HitRate } from './hit-rate.ts';

/**
 * How the near cache answered a read.
 *
 * - `hit`: from memory, fresh · `negative`: from memory, "no such key"
 * - `miss`: this read began a load · `joined`: it waited for a load another read had begun
 * - `stale`: the store is away; from memory, past its freshness
 * - `error`: the store is away and memory had nothing to offer
 */
export const nearResults = ['hit', 'negative', 'miss', 'joined', 'stale', 'error'] as const;
export type NearResult = (typeof nearResults)[number];

/** What a load found in the store: the entry, nothing, or a failure. */
export const storeResults = ['hit', 'miss', 'error'] as const;
export type StoreResult = (typeof storeResults)[number];

/** Counts since start, the values of monotonic counters. */
export interface CacheCounts {
  readonly near: Readonly<Record<NearResult, number>>;
  readonly store: Readonly<Record<StoreResult, number>>;
  /** Loads and writes whose outcome was kept in memory. */
  readonly fills: number;
  /** Entries that had to make room. */
  readonly evictions: number;
  /** Keys told to be forgotten; forgetting everything counts as one. */
  readonly invalidations: number;
}

/** Share of reads a tier answered; `undefined` when there were none. */
export interface Rates {
  readonly oneMinute: number | undefined;
  readonly fiveMinutes: number | undefined;
  readonly sinceStart: number | undefined;
}

/**
 * Hit rate of the near tier: `hit` and `negative` over all reads. A joined read counts against it, since it waited for
 * the store, though it cost the store nothing. Hit rate of the store tier: loads that found an entry over all loads.
 */
export class CacheCounters {
  readonly near: Record<NearResult, number> = { hit: 0, negative: 0, miss: 0, joined: 0, stale: 0, error: 0 };
  readonly store: Record<StoreResult, number> = { hit: 0, miss: 0, error: 0 };
  fills = 0;
  evictions = 0;
  invalidations = 0;
  readonly #nearRate: HitRate;
  readonly #storeRate: HitRate;

  constructor(now: number) {
    this.#nearRate = new HitRate(now);
    this.#storeRate = new HitRate(now);
  }

  answered(result: NearResult, now: number): void {
    this.near[result]++;
    this.#nearRate.count(result === 'hit' || result === 'negative', now);
  }

  loaded(result: StoreResult, now: number): void {
    this.store[result]++;
    this.#storeRate.count(result === 'hit', now);
  }

  rates(tier: 'near' | 'store', now: number): Rates {
    const rate = tier === 'near' ? this.#nearRate : this.#storeRate;
    return {
      oneMinute: rate.over(60_000, now),
      fiveMinutes: rate.over(300_000, now),
      sinceStart: rate.sinceStart(),
    };
  }
}
