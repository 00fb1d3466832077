import type { CheckContext } from '../check.ts';

export interface WaitUntilOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/**
 * Looks again and again until there is something to see.
 * @returns `undefined` when the time is up; rejects when the check's signal aborts.
 */
export async function waitUntil<T>(
  { clock, signal }: CheckContext,
  look: () => Promise<T | undefined>,
  { timeoutMs, everyMs = 500 }: WaitUntilOptions,
): Promise<T | undefined> {
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (clock.now() + everyMs > deadline) return undefined;
    await clock.wait(everyMs, signal);
  }
}
