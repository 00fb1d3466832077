export interface CleanupSchedule {
  stop(): void;
  /** Milliseconds since the epoch. */
  nextAt(): number | undefined;
}

/** Calls `run` at the wall-clock times of five cron fields, in local time, as a CronJob without `timeZone` does. */
export async function scheduleCleanup(fields: string, run: () => Promise<void>): Promise<CleanupSchedule> {
  const { Cron } = await import('croner');
  const cron = new Cron(fields, { unref: true }, run);
  return { stop: () => cron.stop(), nextAt: () => cron.nextRun()?.getTime() };
}
