import { Gauge, type Registry } from 'prom-client';
import type { CleanupRun, Store } from '../cache/cache.ts';

/** The counts of a run that count entries; what else it counts is batches, milliseconds and bytes. */
const entryKinds = [
  'scanned',
  'matched',
  'expiredIndexEntries',
  'orphans',
  'unindexed',
  'wrongExpiry',
  'noTtl',
  'retention',
  'misplaced',
  'forgotten',
  'reindexed',
  'softExpired',
  'unlinked',
  'leftAlone',
] as const;

const outcomes = ['done', 'partial', 'failed'] as const;

/**
 * `journey_cleanup_last_run_…`: the newest run on record, read from the store at every scrape. The clean-up job ends
 * before anybody could scrape it, so the API speaks for it. No series while no run is on record or the store is away:
 * an old value would look like a new one.
 */
export function registerCleanupMetrics(registry: Registry, store: Store): void {
  let reading: Promise<CleanupRun | undefined> | undefined;
  // All gauges of a scrape collect at once: they share one read.
  const newest = (): Promise<CleanupRun | undefined> => {
    reading ??= store
      .cleanupRuns(1)
      .then(([run]) => run)
      .catch(() => undefined) // journey_store_up tells of it
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const gauge = (name: string, help: string, labelNames: string[], set: (gauge: Gauge, run: CleanupRun) => void) => {
    new Gauge({
      name: `journey_cleanup_last_run_${name}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const run = await newest();
        // Without labels, resetting would leave a 0 behind.
        if (labelNames.length > 0) this.reset();
        else this.remove();
        if (run !== undefined) set(this, run);
      },
    });
  };
  gauge('timestamp_seconds', 'When the newest clean-up run ended, in seconds since the epoch.', [], (g, run) =>
    g.set((run.startedAt + run.durationMs) / 1_000),
  );
  gauge('duration_seconds', 'How long the newest clean-up run took in seconds.', [], (g, run) =>
    g.set(run.durationMs / 1_000),
  );
  gauge('outcome', '1 for what became of the newest clean-up run.', ['mode', 'outcome'], (g, { mode, outcome }) => {
    for (const each of outcomes) g.set({ mode, outcome: each }, each === outcome ? 1 : 0);
  });
  gauge('entries', 'Entries of the newest clean-up run by what was found or done.', ['kind'], (g, { counts }) => {
    for (const kind of entryKinds) g.set({ kind }, counts[kind] ?? 0);
  });
  gauge('freed_bytes', 'What the newest clean-up run freed, as the store reckons.', [], (g, { counts }) =>
    g.set(counts['bytesFreedEstimate'] ?? 0),
  );
}
