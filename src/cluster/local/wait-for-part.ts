import { JourneyError } from '../../errors/journey-error.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { waitUntil } from './wait-until.ts';

/** Waits for a part; one that dies meanwhile is reported with its last words rather than waited for. */
export async function waitForPart(
  { processes, context }: LocalClusterContext,
  role: string,
  seconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  let died = false;
  const ready = await waitUntil(
    async () => {
      if (await condition()) return true;
      died = processes.record(role) === undefined;
      return died;
    },
    { deadlineMs: seconds * 1000, everyMs: 100, signal: context.signal },
  );
  if (ready && !died) return;
  throw new JourneyError('cluster-part-failed', {
    part: role,
    seconds,
    reason: died ? 'exited' : 'timeout',
    log: processes.logFile(role),
    tail: processes.tail(role),
  });
}
