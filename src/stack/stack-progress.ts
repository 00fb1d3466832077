import type { Kubectl } from '../cluster/kubectl.ts';
import type { ClusterEvent, List, Pod, Workload } from '../cluster/objects.ts';
import { stackNamespaces } from './stack-layout.ts';
import { type WorkloadProgress, workloadProgress } from './workload-progress.ts';

/** Which workloads to wait for. */
export interface WorkloadName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Looks once at some workloads and all that is around them. One that is not there counts as not ready. */
export async function stackProgress(kubectl: Kubectl, wanted: readonly WorkloadName[]): Promise<WorkloadProgress[]> {
  const namespaces = [...new Set(wanted.map(({ namespace }) => namespace))];
  const seen = await Promise.all(
    namespaces.map(async (namespace) => {
      const kinds = 'deployments,statefulsets,daemonsets,pods,events';
      const found = await kubectl.json<List<Workload | Pod | ClusterEvent>>(['--namespace', namespace, 'get', kinds]);
      return { namespace, items: found?.items ?? [] };
    }),
  );
  return wanted.map(({ kind, namespace, name }) => {
    const items = seen.find((each) => each.namespace === namespace)?.items ?? [];
    const workload = items.find(
      (item): item is Workload => item.kind === kind && (item as Workload).metadata.name === name,
    );
    if (workload === undefined) {
      const absent = { kind: kind as Workload['kind'], namespace, name, wanted: 1, ready: 0, done: false };
      return { ...absent, reasons: [`${kind.toLowerCase()}s.apps "${name}" not found`] };
    }
    const pods = items.filter((item): item is Pod => item.kind === 'Pod');
    const events = items.filter((item): item is ClusterEvent => item.kind === 'Event').sort(byTime);
    return workloadProgress({ workload, pods, events });
  });
}

/** The workloads of our namespaces, whatever they are. */
export async function listWorkloads(kubectl: Kubectl): Promise<WorkloadName[]> {
  const lists = await Promise.all(
    stackNamespaces.map((namespace) =>
      kubectl.json<List<Workload>>(['--namespace', namespace, 'get', 'deployments,statefulsets,daemonsets']),
    ),
  );
  return lists.flatMap((list) =>
    (list?.items ?? []).map(({ kind, metadata }) => ({
      kind,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
    })),
  );
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  const time = ({ lastTimestamp, eventTime }: ClusterEvent) => lastTimestamp ?? eventTime ?? '';
  return time(a) < time(b) ? -1 : 1;
}
