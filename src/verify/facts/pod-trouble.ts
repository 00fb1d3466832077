import { type ContainerStatus, condition, isReady, type Pod } from '../../cluster/objects.ts';

/** Why a Pod is not Ready, in the words of `kubectl describe`. */
export interface PodTrouble {
  /** `redis-0: CrashLoopBackOff, last exit code 1 (Error)`. */
  readonly text: string;
  /** Nothing is known to be wrong, it only takes time: reporting that as the fault would mislead (skaffold#4857). */
  readonly settling: boolean;
}

/** Waiting reasons of a Pod on its ordinary way up. */
const ordinary: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** @returns `undefined` for a Pod that is Ready. */
export function podTrouble(pod: Pod): PodTrouble | undefined {
  if (isReady(pod)) return undefined;
  const { name, deletionTimestamp } = pod.metadata;
  const { phase, reason, conditions, containerStatuses = [], initContainerStatuses = [] } = pod.status;
  if (deletionTimestamp !== undefined) return { text: `${name}: Terminating`, settling: true };
  if (phase === 'Failed' || phase === 'Unknown') return { text: `${name}: ${reason ?? phase}`, settling: false };
  const scheduled = condition(conditions, 'PodScheduled');
  if (scheduled?.status === 'False')
    return { text: `${name}: ${scheduled.message ?? 'Unschedulable'}`, settling: false };
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = containerTrouble(container);
    if (trouble !== undefined) return { text: `${name}: ${trouble.text}`, settling: trouble.settling };
  }
  const notReady = containerStatuses.filter((c) => !c.ready).map((c) => c.name);
  const what = notReady.length === 0 ? phase : `${notReady.join(', ')} running, not ready`;
  return { text: `${name}: ${what}`, settling: true };
}

function containerTrouble({ state, lastState, restartCount }: ContainerStatus): PodTrouble | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const exit = ended === undefined ? '' : `, last exit code ${ended.exitCode} (${ended.reason ?? 'Error'})`;
  if (state?.terminated !== undefined && state.terminated.exitCode !== 0) {
    return { text: `terminated${exit}`, settling: false };
  }
  const waiting = state?.waiting;
  if (waiting === undefined) return undefined;
  const reason = waiting.reason ?? 'waiting';
  if (ordinary.has(reason) && restartCount === 0) return { text: reason, settling: true };
  const message = reason === 'CrashLoopBackOff' || waiting.message === undefined ? exit : `, ${waiting.message}`;
  return { text: `${reason}${message}`, settling: false };
}
