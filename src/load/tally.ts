import { parseCacheStatus } from '../telemetry/cache-status.ts';
import { Latency, type LatencySummary } from './latency.ts';

/** Who answered a read, by its Cache-Status header; `unknown` without one. */
export type Tier = 'near' | 'stale' | 'negative' | 'store' | 'unknown';

export interface ErrorCount {
  /** `http 503 store-unavailable`, or the code of the network failure. */
  readonly kind: string;
  readonly count: number;
  /** The first one's own words. */
  readonly example: string;
}

export interface TallyResult {
  readonly requests: number;
  readonly reads: LatencySummary;
  readonly writes: LatencySummary;
  readonly tiers: Readonly<Record<Tier, number>>;
  /** Share of reads that the near cache answered itself; `undefined` when there were none. */
  readonly hitRate: number | undefined;
  readonly errors: readonly ErrorCount[];
}

/** Counts what a load run sees. */
export class Tally {
  readonly #reads = new Latency();
  readonly #writes = new Latency();
  readonly #tiers: Record<Tier, number> = { near: 0, stale: 0, negative: 0, store: 0, unknown: 0 };
  readonly #errors = new Map<string, { count: number; example: string }>();
  #requests = 0;

  read(ms: number, cacheStatus: string | undefined): void {
    this.#requests++;
    this.#reads.record(ms);
    this.#tiers[tierOf(cacheStatus)]++;
  }

  write(ms: number): void {
    this.#requests++;
    this.#writes.record(ms);
  }

  /** Failed requests are no latencies: a refused connection answers quickest of all. */
  error(kind: string, example: string): void {
    this.#requests++;
    const known = this.#errors.get(kind);
    if (known === undefined) this.#errors.set(kind, { count: 1, example });
    else known.count++;
  }

  result(): TallyResult {
    const reads = this.#reads.summary();
    const { near, negative, stale } = this.#tiers;
    return {
      requests: this.#requests,
      reads,
      writes: this.#writes.summary(),
      tiers: { ...this.#tiers },
      hitRate: reads.count === 0 ? undefined : (near + negative + stale) / reads.count,
      errors: [...this.#errors].map(([kind, e]) => ({ kind, ...e })).sort((a, b) => b.count - a.count),
    };
  }
}

function tierOf(header: string | undefined): Tier {
  const [status] = parseCacheStatus(header);
  if (status === undefined) return 'unknown';
  if (!status.hit) return 'store';
  if (status.detail === 'negative') return 'negative';
  return status.detail === undefined ? 'near' : 'stale';
}
