import { JourneyError } from '../errors/journey-error.ts';
import type { CleanupStore, LockOwner } from './cleanup-store.ts';

/**
 * Shorter than the back-off of a Job's first two retries together (10 s + 20 s), so that a retry of a killed Pod gets
 * the lock within `backoffLimit: 2`.
 */
const leaseTtlMs = 20_000;

export interface TakeLeaseOptions {
  readonly store: CleanupStore;
  readonly owner: LockOwner;
  readonly ttlMs?: number;
}

/** The lock of a run, renewed until released. */
export interface Lease {
  /** Aborts when the lock is no longer ours, with the reason. */
  readonly lost: AbortSignal;
  /** Stops renewing and gives the lock back. Never rejects: a lock that cannot be given back lapses. */
  release(): Promise<void>;
}

/**
 * One run at a time. A second belt beside `concurrencyPolicy: Forbid`, which does not bind runs started by hand; not a
 * precondition of safety, since every action is re-checked where it happens.
 *
 * @throws JourneyError `cleanup-locked`: retryable, because the other run ends.
 */
export async function takeLease({ store, owner, ttlMs = leaseTtlMs }: TakeLeaseOptions): Promise<Lease> {
  const held = await store.lock(owner, ttlMs);
  if (held !== undefined) {
    const seconds = Math.ceil(held.remainingMs / 1_000);
    throw new JourneyError('cleanup-locked', { holder: held.holder, seconds });
  }
  const lost = new AbortController();
  let renewing: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    // A renewal that fails is not yet a lost lock; the run itself will meet a store that is gone.
    const ours = await store.renewLock(owner, ttlMs).catch(() => true);
    if (!ours) lost.abort('the lock was lost to another run');
  };
  const timer = setInterval(() => {
    renewing = renewing.then(renew);
  }, ttlMs / 4);
  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await renewing;
      await store.unlock(owner).catch(() => {});
    },
  };
}
