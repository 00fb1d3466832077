import type { Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import type { HttpAnswer } from '../cluster-access/cluster-access.ts';
import { portOf } from './workloads.ts';

/** One GET to one collector Pod. */
export function askCollector({ cluster, signal, stack }: CheckContext, pod: Pod, path: string): Promise<HttpAnswer> {
  const { name, namespace = stack.nodeNamespace } = pod.metadata;
  return cluster.http({ kind: 'pods', namespace, name, port: portOf(pod) }, { path }, { signal });
}

/** What `/streams` of a collector says; the members the checks read. */
export interface Streams {
  readonly node: string;
  readonly streams: readonly {
    readonly namespace: string;
    readonly pod: string;
    readonly uid: string;
    readonly container: string;
    readonly state: string;
    readonly lagSeconds: number;
    readonly lostBytes: Readonly<Record<string, number>>;
  }[];
}
