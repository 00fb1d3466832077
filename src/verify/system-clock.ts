import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './check.ts';

/** A clock for real runs. */
export const systemClock: Clock = {
  now: Date.now,
  // Node rejects with an error of its own; whoever waits here is told the signal's reason.
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted()),
};
