/** Told about every round trip to a store; the seam for `store_command_duration_seconds{command}` and the like. */
export interface StoreObserver {
  /** @param command a method of the store port, from a fixed set, so safe as a metric label. */
  command(command: StoreCommand, seconds: number, outcome: 'ok' | 'error'): void;
}

export const storeCommands = ['get', 'put', 'delete', 'list', 'ping', 'cleanupRuns', 'recordCleanupRun'] as const;
export type StoreCommand = (typeof storeCommands)[number];

/** Runs one command and reports how long it took, also when it fails. */
export async function observed<T>(
  observer: StoreObserver | undefined,
  command: StoreCommand,
  work: () => Promise<T>,
): Promise<T> {
  if (observer === undefined) return work();
  const start = performance.now();
  let outcome: 'ok' | 'error' = 'error';
  try {
    const result = await work();
    outcome = 'ok';
    return result;
  } finally {
    observer.command(command, (performance.now() - start) / 1_000, outcome);
  }
}
