import { setTimeout as sleep } from 'node:timers/promises';

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>;

/** Waits for a condition instead of sleeping: fails, saying what it waited for, when the deadline passes first. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: number | { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 10_000, everyMs = 5 } = typeof options === 'number' ? { timeoutMs: options } : options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result as Truthy<T>;
      last = result;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for: ${what}`, { cause: last instanceof Error ? last : undefined });
    }
    await sleep(everyMs);
  }
}
