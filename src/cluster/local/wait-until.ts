import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly deadlineMs: number;
  readonly everyMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Looks again and again until the condition holds. @returns `false` when the deadline came first. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { deadlineMs, everyMs, signal }: WaitOptions,
): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() + everyMs > end) return false;
    await delay(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}
