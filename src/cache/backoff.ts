export interface BackoffOptions {
  /** First delay in milliseconds; it doubles from there. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Exponential delay with jitter over its upper half, so that replicas cut off together do not come back together.
 *
 * @param attempt 0 for the first.
 * @returns milliseconds, at most `maxMs`, for any number of attempts.
 */
export function backoffMs(attempt: number, { firstMs, maxMs, random }: BackoffOptions): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}
