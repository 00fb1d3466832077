import { setTimeout as sleep } from 'node:timers/promises';
import type { Kubectl } from '../cluster/kubectl.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Language } from '../i18n/language.ts';
import { say } from '../i18n/messages.ts';
import { stackMessages } from './messages.ts';
import { stackProgress, type WorkloadName } from './stack-progress.ts';
import type { WorkloadProgress } from './workload-progress.ts';

export interface WaitForStackOptions {
  readonly kubectl: Kubectl;
  readonly workloads: readonly WorkloadName[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly language: Language;
  /** One line of progress; called only when something has changed. */
  readonly report: (line: string) => void;
}

const pollMs = 1_000;

/**
 * Waits until every workload has all its Pods Ready, in the newest version, and says on the way what holds them up.
 *
 * No reason is final before the deadline: a Pod that crashes because Redis is not there yet, or a volume whose Secret
 * comes a second later, gets well by itself, and an image that cannot be pulled now can be a minute later.
 *
 * @throws JourneyError `stack-not-ready` with each workload that is not, and why; the signal's reason when aborted.
 */
export async function waitForStack(options: WaitForStackOptions): Promise<void> {
  const { kubectl, workloads, deadlineMs, signal, report } = options;
  const deadline = performance.now() + deadlineMs;
  const progressOf = createNarrator(options.language);
  for (;;) {
    const progress = await stackProgress(kubectl, workloads);
    for (const line of progressOf(progress, performance.now())) report(line);
    if (progress.every(({ done }) => done)) return;
    if (performance.now() >= deadline) throw notReady(progress, deadlineMs, options.language);
    await sleep(pollMs, undefined, { signal });
  }
}

/** A Pod that has just been made misses this and that for a moment; what is still missing after this long is told. */
const patienceMs = 5_000;

/** Tells what is new since the last look: a workload that got on, a reason that has held one up for a while. */
export function createNarrator(language: Language) {
  const heads = new Map<string, string>();
  const reasonsSince = new Map<string, number>();
  const told = new Set<string>();
  return (progress: readonly WorkloadProgress[], nowMs: number): string[] => {
    const current = new Set<string>();
    const lines = progress.flatMap((each) => {
      const key = `${each.namespace}/${each.kind}/${each.name}`;
      const [head = '', ...reasons] = linesOf(each, language);
      const due = reasons.filter((reason) => {
        const known = `${key} ${reason}`;
        current.add(known);
        const since = reasonsSince.get(known) ?? nowMs;
        reasonsSince.set(known, since);
        return nowMs - since >= patienceMs && !told.has(known) && told.add(known);
      });
      const isNew = heads.get(key) !== head;
      heads.set(key, head);
      return isNew || due.length > 0 ? [head, ...due] : [];
    });
    // One that went away and comes back is news again.
    for (const known of reasonsSince.keys()) {
      if (current.has(known)) continue;
      reasonsSince.delete(known);
      told.delete(known);
    }
    return lines;
  };
}

function linesOf({ kind, name, ready, wanted, reasons }: WorkloadProgress, language: Language): string[] {
  const head = say(language, stackMessages.progress, { kind, name, ready, wanted });
  return [head, ...reasons.map((reason) => say(language, stackMessages.heldUp, { reason }))];
}

function notReady(progress: readonly WorkloadProgress[], deadlineMs: number, language: Language): JourneyError {
  const left = progress.filter(({ done }) => !done);
  const [first] = left;
  return new JourneyError('stack-not-ready', {
    seconds: Math.round(deadlineMs / 1000),
    what: left.flatMap((each) => linesOf(each, language)).join('\n'),
    namespace: first?.namespace ?? '',
  });
}
