import { randomUUID } from 'node:crypto';
import type { CleanupRun, Store } from '../cache/cache.ts';
import { openStore, whenUp } from '../cache/open-store.ts';
import { isJourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { CleanupJobConfig } from './config.ts';
import { openCleanupStore } from './open-cleanup-store.ts';
import { type CleanupResult, runCleanup } from './run-cleanup.ts';
import { Tally } from './tally.ts';

export interface CleanUpOptions {
  readonly config: CleanupJobConfig;
  readonly logger: Logger;
  /** Who runs it, to be named to a second run: Pod or host name. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly clock: { now(): number };
}

/** How long the record of a run may wait for its connection, in milliseconds. */
const recordWithinMs = 2_000;

/**
 * One whole run: open, clean, sum up, record. In this order on the way out: the batch in hand is finished, the position
 * saved, the lock given back, the run recorded, the connections closed.
 *
 * @returns the exit code.
 * @throws JourneyError when the configuration cannot work.
 */
export async function cleanUp({ config, logger, holder, signal, clock }: CleanUpOptions): Promise<number> {
  const id = randomUUID();
  const startedAt = clock.now();
  const start = performance.now();
  const { store: settings, cleanup } = config;
  logger.info({ run: id, mode: cleanup.mode, store: settings.kind }, 'clean-up started');
  const result = await clean();
  if (result.outcome === 'failed') explain(result, logger);
  const run: CleanupRun = {
    id,
    mode: cleanup.mode,
    startedAt,
    durationMs: Math.round(performance.now() - start),
    outcome: result.outcome,
    reason: result.reason,
    counts: { ...result.counts },
  };
  if (!isOutOfReach(result.error)) await record(run, { config, logger });
  logger.info({ run, memory: result.memory, bigKeys: result.bigKeys }, 'clean-up finished');
  return exitCodeOf(result);

  async function clean(): Promise<CleanupResult> {
    try {
      const store = await openCleanupStore({
        settings,
        clientName: 'journey-cleanup-job',
        now: clock.now,
        connectWithinMs: cleanup.connectWithinSeconds * 1_000,
        signal,
      });
      try {
        const owner = { token: id, holder };
        return await runCleanup({ store, settings: cleanup, owner, logger, signal });
      } finally {
        await store.close();
      }
    } catch (error) {
      if (isJourneyError(error, 'config-invalid')) throw error;
      const nothing = { counts: new Tally().read(), bigKeys: [], memory: { before: {}, after: {} } };
      return { outcome: 'failed', reason: reasonOf(error), error, ...nothing };
    }
  }
}

/**
 * The store's own list of runs is what the API shows. The record is the only thing a report writes. That it could not be
 * written does not undo the work: it is a warning.
 */
async function record(run: CleanupRun, { config, logger }: Pick<CleanUpOptions, 'config' | 'logger'>): Promise<void> {
  let store: Store | undefined;
  try {
    store = await openStore({ settings: config.store, clientName: 'journey-cleanup-job', logger });
    await whenUp(store, recordWithinMs);
    await store.recordCleanupRun(run);
  } catch (error) {
    logger.warn({ error }, 'the run could not be recorded; the API will not show it');
  } finally {
    await store?.close();
  }
}

/** Whether trying to record the failure would only meet the same failure. */
function isOutOfReach(error: unknown): boolean {
  const codes = ['store-unavailable', 'store-credentials', 'store-corrupt', 'store-newer'] as const;
  return isJourneyError(error, 'folder-not-writable') || codes.some((code) => isJourneyError(error, code));
}

function explain({ error }: CleanupResult, logger: Logger): void {
  if (isJourneyError(error)) logger.error({ code: error.code, exitCode: error.kind.exitCode }, error.message);
  else logger.error({ error, code: 'internal', exitCode: 70 }, 'clean-up failed in a way nobody foresaw');
}

function exitCodeOf({ outcome, error }: CleanupResult): number {
  if (outcome !== 'failed') return 0;
  return isJourneyError(error) ? error.kind.exitCode : 70;
}
