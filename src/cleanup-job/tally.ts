import { createHistogram } from 'node:perf_hooks';
import type { Action, Outcome } from './cleanup-store.ts';
import type { Finding } from './rules/rule.ts';

/** The counters of a run, in the order of the summary. `found` in any mode, `done` from the store's own replies. */
export interface Counts {
  /** Index members and keys looked at, over all passes. */
  scanned: number;
  /** Entries some rule found something about; the sum of the six after it. */
  matched: number;
  expiredIndexEntries: number;
  orphans: number;
  unindexed: number;
  wrongExpiry: number;
  noTtl: number;
  retention: number;
  /** Data of ours in a bucket where the store does not look; reported, never touched. */
  misplaced: number;
  /** Entries gone whose remains were taken out (Redis: index entries; SQLite: rows). */
  forgotten: number;
  reindexed: number;
  softExpired: number;
  unlinked: number;
  /** Changed, refreshed or in use between look and act. */
  leftAlone: number;
  /** What the store reckons the deleted entries occupied. */
  bytesFreedEstimate: number;
  /** Pages worked through. */
  batches: number;
  /** Milliseconds from asking for a page to having acted on it, the wait for our turn included. */
  p99BatchMs: number;
  /** Pauses taken because the store answered PING too slowly. */
  backoffs: number;
}

const doneBy = { forget: 'forgotten', reindex: 'reindexed', expire: 'softExpired', unlink: 'unlinked' } as const;

/** Counts what happens during a run. */
export class Tally {
  readonly #counts: Counts = {
    scanned: 0,
    matched: 0,
    expiredIndexEntries: 0,
    orphans: 0,
    unindexed: 0,
    wrongExpiry: 0,
    noTtl: 0,
    retention: 0,
    misplaced: 0,
    forgotten: 0,
    reindexed: 0,
    softExpired: 0,
    unlinked: 0,
    leftAlone: 0,
    bytesFreedEstimate: 0,
    batches: 0,
    p99BatchMs: 0,
    backoffs: 0,
  };
  // Constant memory however long the run; microseconds.
  readonly #batchMicros = createHistogram();

  scanned(entries: number, misplaced: number): void {
    this.#counts.scanned += entries;
    this.#counts.misplaced += misplaced;
  }

  found(finding: Finding): void {
    this.#counts.matched++;
    this.#counts[finding]++;
  }

  acted(action: Action, { result, bytes }: Outcome): void {
    if (result !== 'done') {
      this.#counts.leftAlone++;
      return;
    }
    this.#counts[doneBy[action.do]]++;
    this.#counts.bytesFreedEstimate += bytes;
  }

  batch(ms: number): void {
    this.#counts.batches++;
    this.#batchMicros.record(Math.max(1, Math.round(ms * 1_000)));
  }

  backoff(): void {
    this.#counts.backoffs++;
  }

  /** Entries taken away or given an expiry so far: what `maxDelete` bounds. */
  get removed(): number {
    return this.#counts.softExpired + this.#counts.unlinked;
  }

  get looked(): number {
    return this.#counts.scanned;
  }

  read(): Readonly<Counts> {
    const p99 = this.#counts.batches === 0 ? 0 : this.#batchMicros.percentile(99) / 1_000;
    return { ...this.#counts, p99BatchMs: Math.round(p99 * 100) / 100 };
  }
}
