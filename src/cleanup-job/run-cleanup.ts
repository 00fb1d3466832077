import { reasonOf } from '../errors/journey-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type Checkpoint, checkpointBasis, checkpointTtlMs, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { type CleanupStore, type LockOwner, passes } from './cleanup-store.ts';
import type { CleanupSettings } from './config.ts';
import { type Lease, takeLease } from './lease.ts';
import { type BigKey, BigKeys } from './rules/big-keys.ts';
import { type PassContext, runPass } from './run-pass.ts';
import { type Counts, Tally } from './tally.ts';

export interface RunCleanupOptions {
  readonly store: CleanupStore;
  readonly settings: CleanupSettings;
  readonly owner: LockOwner;
  readonly logger: Logger;
  /** Ends the run after the batch in hand, in good order; the abort reason is a sentence. */
  readonly signal: AbortSignal;
  /** How often the position is written down at most, in milliseconds. */
  readonly checkpointEveryMs?: number;
}

export interface CleanupResult {
  readonly outcome: 'done' | 'partial' | 'failed';
  /** Why it is partial or failed. */
  readonly reason: string | undefined;
  /** What failed, to be told and to choose the exit code by. */
  readonly error: unknown;
  readonly counts: Readonly<Counts>;
  readonly bigKeys: readonly BigKey[];
  /** The store's own figures; empty when it could not be asked. */
  readonly memory: {
    readonly before: Readonly<Record<string, number>>;
    readonly after: Readonly<Record<string, number>>;
  };
}

/**
 * One run over a store: look before the leap, take the lock, go on where the last run stopped, walk the passes, remember
 * where this one stopped. Never rejects; what went wrong is in the result, with what had been done by then.
 *
 * A report takes no lock and writes no position: it changes nothing and always starts at the beginning.
 */
export async function runCleanup(options: RunCleanupOptions): Promise<CleanupResult> {
  const { store, settings, owner, logger } = options;
  const tally = new Tally();
  const bigKeys = new BigKeys(settings.bigKeys);
  const memory: { before: Readonly<Record<string, number>>; after: Readonly<Record<string, number>> } = {
    before: {},
    after: {},
  };
  const result = (outcome: CleanupResult['outcome'], reason?: string, error?: unknown): CleanupResult => {
    return { outcome, reason, error, counts: tally.read(), bigKeys: bigKeys.list(), memory };
  };
  let lease: Lease | undefined;
  try {
    const { warnings, instance } = await store.preflight();
    for (const warning of warnings) logger.warn(warning);
    if (settings.mode !== 'report') lease = await takeLease({ store, owner });
    memory.before = await store.memory();
    const stopped = await walk(options, instance, lease, tally, bigKeys);
    memory.after = await store.memory();
    return stopped === undefined ? result('done') : result('partial', stopped);
  } catch (error) {
    return result('failed', reasonOf(error), error);
  } finally {
    await lease?.release();
  }
}

/** @returns why it stopped early; `undefined` when every pass is complete. */
async function walk(
  { store, settings, logger, signal, checkpointEveryMs = 250 }: RunCleanupOptions,
  instance: string,
  lease: Lease | undefined,
  tally: Tally,
  bigKeys: BigKeys,
): Promise<string | undefined> {
  const started = performance.now();
  const basis = checkpointBasis(instance, settings);
  let saved = Number.NEGATIVE_INFINITY;
  const save = async (checkpoint: Checkpoint): Promise<void> => {
    if (lease === undefined) return;
    await store.saveCheckpoint(encodeCheckpoint(checkpoint, basis), checkpointTtlMs);
    saved = performance.now();
  };
  const resumed = lease === undefined ? undefined : decodeCheckpoint(await store.loadCheckpoint(), basis);
  if (resumed !== undefined) logger.info({ pass: resumed.pass }, 'going on where the last run stopped');
  const context: PassContext = {
    store,
    settings,
    rules: {
      mode: settings.mode,
      now: await store.now(),
      graceMs: settings.graceSeconds * 1_000,
      minIdleMs: settings.minIdleSeconds * 1_000,
      cachePrefixes: settings.cachePrefixes,
      retention: settings.retention,
    },
    tally,
    bigKeys,
    logger,
    signal: lease === undefined ? signal : AbortSignal.any([signal, lease.lost]),
    deadline: started + settings.timeBudgetSeconds * 1_000,
    reached: async (checkpoint) => {
      if (performance.now() - saved >= checkpointEveryMs) await save(checkpoint);
    },
  };
  const remaining = resumed === undefined ? passes : passes.slice(passes.indexOf(resumed.pass));
  for (const pass of remaining) {
    const from = pass === resumed?.pass ? resumed.cursor : undefined;
    const { stopped, cursor } = await runPass(pass, from, context);
    if (stopped !== undefined) {
      await save({ pass, cursor });
      return stopped;
    }
    logger.debug({ pass, counts: tally.read() }, 'pass complete');
  }
  if (lease !== undefined) await store.clearCheckpoint();
  return undefined;
}
