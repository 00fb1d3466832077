import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Hands out the moments at which requests are due.
 *
 * In an open loop they are fixed beforehand and latency counts from them: a server that stalls is charged for every
 * request that should have been sent meanwhile. Counting from the actual sending would hide the stall, which Gil Tene
 * named coordinated omission.
 */
export interface Tickets {
  /** @returns the due time of the next request on the monotonic clock, `undefined` when the run is over. */
  next(): Promise<number | undefined>;
}

export interface TicketsOptions {
  /** Monotonic milliseconds. */
  readonly startAt: number;
  readonly endAt: number;
  readonly ratePerSecond: number | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export function createTickets({ startAt, endAt, ratePerSecond, signal, now }: TicketsOptions): Tickets {
  if (ratePerSecond === undefined) {
    return {
      async next() {
        const time = now();
        return time < endAt && !signal.aborted ? time : undefined;
      },
    };
  }
  let given = 0;
  return {
    async next() {
      const due = startAt + (given++ * 1_000) / ratePerSecond;
      if (due >= endAt || signal.aborted) return undefined;
      // Timers have whole milliseconds and are late rather than early: sleep for all but the last, then yield.
      const early = due - now() - 1;
      if (early >= 1) await sleep(early, undefined, { signal }).catch(() => undefined);
      while (now() < due && !signal.aborted) await new Promise<void>((resolve) => setImmediate(resolve));
      return signal.aborted ? undefined : due;
    },
  };
}
