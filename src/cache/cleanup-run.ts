import type { CleanupRun } from './cache.ts';

/** A run from the JSON a store keeps; JSON has no `undefined`, so an absent reason becomes one again. */
export function readCleanupRun(text: string): CleanupRun {
  const run = JSON.parse(text) as CleanupRun;
  return { ...run, reason: run.reason };
}
