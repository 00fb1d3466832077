import type { ClusterEvent, ContainerStatus, Pod } from '../cluster/objects.ts';
import { isReady } from '../cluster/objects.ts';

/** Waiting reasons of a container on its ordinary way up. */
const ordinary: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * Why a Pod is not Ready, in Kubernetes' own words, so that they can be searched for. `undefined` when it is Ready, or
 * simply on its way.
 *
 * @param events of the Pod, oldest first.
 */
export function podReason(pod: Pod, events: readonly ClusterEvent[]): string | undefined {
  const { phase, reason, message, conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status;
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  if (isReady(pod)) return undefined;
  if (phase === 'Failed' || phase === 'Unknown') return joined(reason ?? phase, message);
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return joined(scheduled.reason ?? 'Unschedulable', scheduled.message);
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const found = containerReason(container);
    if (found !== undefined) return found;
  }
  return warningOf(containerStatuses, events);
}

function containerReason({ name, state, lastState, restartCount }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return `${name}: ${joined(terminated.reason ?? 'Error', `exit code ${terminated.exitCode}`)}`;
  }
  if (waiting?.reason === undefined || ordinary.has(waiting.reason)) return undefined;
  const last = lastState?.terminated;
  // Kubernetes' message there is only how long it waits; how the program ended says more.
  if (waiting.reason === 'CrashLoopBackOff' && last !== undefined) {
    const end = last.reason === 'Error' || last.reason === undefined ? '' : `${last.reason}, `;
    return `${name}: CrashLoopBackOff: ${end}exit code ${last.exitCode}, ${restartCount} restarts`;
  }
  return `${name}: ${joined(waiting.reason, waiting.message)}`;
}

/** Volumes that cannot be mounted and probes that fail show up in events only. */
function warningOf(containers: readonly ContainerStatus[], events: readonly ClusterEvent[]): string | undefined {
  const running = containers.some(({ state }) => state?.running !== undefined);
  const telling = running ? ['Unhealthy'] : ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'];
  const last = events
    .filter((event) => event.type === 'Warning' && telling.includes(event.reason) && !isEarly(event))
    .at(-1);
  return last === undefined ? undefined : joined(last.reason, last.message);
}

/** A start-up probe asks once a second from the first moment: its first noes are no news. */
function isEarly({ message, count = 1 }: ClusterEvent): boolean {
  return message.startsWith('Startup probe failed') && count < 10;
}

function joined(reason: string, message: string | undefined): string {
  return message === undefined || message === '' ? reason : `${reason}: ${message.replace(/\s+/g, ' ').trim()}`;
}
