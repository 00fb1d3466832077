import type { Kubectl } from '../../cluster/kubectl.ts';
import type { List, Pod } from '../../cluster/objects.ts';
import { isReady } from '../../cluster/objects.ts';
import { stackNames } from '../../stack/stack-layout.ts';

/** The collector of one node, as it is now. */
export interface CollectorPod {
  readonly node: string;
  readonly pod: string;
  /** Where it lets people read along; `undefined` when it does not (`follow.port` is 0). */
  readonly port: number | undefined;
  readonly ready: boolean;
}

/** The collectors that are not on their way out. @throws JourneyError as kubectl fails. */
export async function collectorPods(kubectl: Kubectl): Promise<CollectorPod[]> {
  const selector = ['--selector', 'app.kubernetes.io/name=log-collector'];
  const list = await kubectl.json<List<Pod>>(['--namespace', stackNames.nodeNamespace, 'get', 'pods', ...selector]);
  return (list?.items ?? []).flatMap((each) => {
    const { metadata, spec } = each;
    if (metadata.deletionTimestamp !== undefined || spec.nodeName === undefined) return [];
    const ports = spec.containers.flatMap((container) => container.ports ?? []);
    const port = ports.find(({ name }) => name === 'follow')?.containerPort;
    return [{ node: spec.nodeName, pod: metadata.name, port, ready: isReady(each) }];
  });
}
