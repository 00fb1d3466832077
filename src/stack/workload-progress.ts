import type { ClusterEvent, Pod, Workload } from '../cluster/objects.ts';
import { podReason } from './pod-reason.ts';

/** How far one workload is. */
export interface WorkloadProgress {
  readonly kind: Workload['kind'];
  readonly namespace: string;
  readonly name: string;
  readonly wanted: number;
  /** Pods of the newest version that serve. */
  readonly ready: number;
  readonly done: boolean;
  /** What holds it up, one line each; empty when it only takes time. */
  readonly reasons: readonly string[];
}

export interface ProgressInput {
  readonly workload: Workload;
  /** Of its namespace; which are the workload's own is found out here. */
  readonly pods: readonly Pod[];
  /** Of its namespace, oldest first. */
  readonly events: readonly ClusterEvent[];
}

/** As `kubectl rollout status` judges it, for all three kinds, with the reasons it leaves out. */
export function workloadProgress({ workload, pods, events }: ProgressInput): WorkloadProgress {
  const { kind, metadata } = workload;
  const { wanted, ready, settled } = counts(workload);
  const observed = (workload.status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const done = observed && settled && ready >= wanted && wanted > 0;
  const reasons = done ? [] : reasonsOf(workload, pods, events);
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name, wanted, ready, done, reasons };
}

function counts({ kind, spec, status }: Workload): { wanted: number; ready: number; settled: boolean } {
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
    return { wanted, ready: Math.min(numberAvailable, updatedNumberScheduled), settled: true };
  }
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
  const ready = Math.min(updatedReplicas, availableReplicas);
  // A StatefulSet that has just been made counts no updated replicas but has equal revisions.
  if (kind === 'StatefulSet' && status.currentRevision === status.updateRevision) {
    return { wanted, ready: availableReplicas, settled: true };
  }
  // Old Pods still there: the update is not over.
  return { wanted, ready, settled: replicas <= updatedReplicas };
}

function reasonsOf(workload: Workload, pods: readonly Pod[], events: readonly ClusterEvent[]): string[] {
  const own = pods.filter((pod) => selects(workload, pod));
  const fromPods = own.flatMap((pod) => {
    const about = events.filter(({ involvedObject }) => involvedObject.uid === pod.metadata.uid);
    const reason = podReason(pod, about);
    return reason === undefined ? [] : [`${pod.metadata.name}: ${reason}`];
  });
  if (fromPods.length > 0) return fromPods;
  // No Pod to ask: they may not even be allowed (Pod Security, a policy, a quota).
  const refused = workload.status.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  if (refused?.message !== undefined) return [refused.message];
  const { ready, wanted } = counts(workload);
  const last = events.filter((event) => event.reason === 'FailedCreate' && isAbout(event, workload)).at(-1);
  return last === undefined || ready >= wanted || own.length >= wanted ? [] : [`FailedCreate: ${last.message}`];
}

function isAbout({ involvedObject }: ClusterEvent, { kind, metadata }: Workload): boolean {
  return involvedObject.kind === kind && involvedObject.name === metadata.name;
}

function selects({ spec }: Workload, pod: Pod): boolean {
  const labels = Object.entries(spec.selector.matchLabels ?? {});
  return labels.every(([name, value]) => pod.metadata.labels?.[name] === value);
}
