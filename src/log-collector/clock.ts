import { hrtime } from 'node:process';

/** Time as the collector needs it. Deadlines use the monotonic one, so that a step of the wall clock moves none. */
export interface Clock {
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds that never step back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: Date.now,
  // Not `performance.now()`: the first use of `performance` loads all of `node:perf_hooks`, half a megabyte.
  monotonic: () => Number(hrtime.bigint()) / 1e6,
};
