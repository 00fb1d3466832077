import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { canaryLabels } from '../stack.ts';

/** All Pods of both namespaces that are neither canaries nor on their way out. */
export async function stackPods({ cluster, stack, signal }: CheckContext): Promise<readonly Pod[]> {
  const namespaces = [...new Set([stack.namespace, stack.nodeNamespace])];
  const lists = await Promise.all(namespaces.map((namespace) => cluster.list<Pod>('pods', namespace, { signal })));
  const [label, value] = canaryLabels.managedBy;
  return lists
    .flat()
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined && pod.metadata.labels?.[label] !== value && !isOfCanaryJob(pod),
    );
}

/** Pods of our canary Jobs carry the Job template's labels, but their Job's name gives them away. */
function isOfCanaryJob(pod: Pod): boolean {
  return pod.metadata.labels?.['batch.kubernetes.io/job-name']?.includes('-verify-') ?? false;
}
