import { say } from '../../i18n/messages.ts';
import type { ClusterContext } from '../cluster-provider.ts';
import { localMessages } from './messages.ts';

const everyMs = 30_000;

/** Does a piece of work that takes minutes, and says now and then that it is alive: silence looks like death. */
export async function withHeartbeat<T>(
  { language, report }: ClusterContext,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - before) / 1000);
    report(say(language, localMessages.stillWorking, { what, seconds }));
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
