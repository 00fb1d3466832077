import {
  type CronJob,
  type DaemonSet,
  type Deployment,
  isReady,
  type KubernetesObject,
  type Pod,
  type Selector,
  type StatefulSet,
} from '../../cluster/objects.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import type { CheckContext } from '../check.ts';
import type { Kind } from '../cluster-access/cluster-access.ts';

/** What the checks look at again and again, read freshly every time: a cached object would hide a change. */
export function getApi({ cluster, stack, signal }: CheckContext): Promise<Deployment | undefined> {
  return cluster.get<Deployment>('deployments', stack.namespace, stack.api.deployment, { signal });
}

export function getRedis({ cluster, stack, signal }: CheckContext): Promise<StatefulSet | undefined> {
  return cluster.get<StatefulSet>('statefulsets', stack.namespace, stack.redis.statefulSet, { signal });
}

export function getLogCollector({ cluster, stack, signal }: CheckContext): Promise<DaemonSet | undefined> {
  return cluster.get<DaemonSet>('daemonsets', stack.nodeNamespace, stack.logCollector.daemonSet, { signal });
}

export function getCleanup({ cluster, stack, signal }: CheckContext): Promise<CronJob | undefined> {
  return cluster.get<CronJob>('cronjobs', stack.namespace, stack.cleanup.cronJob, { signal });
}

/**
 * An object that an earlier, fatal check has shown to exist.
 * @throws JourneyError `cluster-refused` when it has vanished since.
 */
export function must<T extends KubernetesObject>(object: T | undefined, kind: Kind, name: string): T {
  if (object === undefined)
    throw new JourneyError('cluster-refused', { action: `get ${kind}/${name}`, reason: 'not found' });
  return object;
}

/** Pods of a workload that are not on their way out, ordered by name. */
export async function podsOf(
  { cluster, signal }: CheckContext,
  namespace: string,
  { matchLabels = {} }: Selector,
): Promise<readonly Pod[]> {
  const selector = Object.entries(matchLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const pods = await cluster.list<Pod>('pods', namespace, { signal, selector });
  return pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

export async function apiPods(context: CheckContext): Promise<readonly Pod[]> {
  const api = must(await getApi(context), 'deployments', context.stack.api.deployment);
  return podsOf(context, context.stack.namespace, api.spec.selector);
}

export async function readyApiPods(context: CheckContext): Promise<readonly Pod[]> {
  return (await apiPods(context)).filter(isReady);
}

export async function redisPods(context: CheckContext): Promise<readonly Pod[]> {
  const redis = must(await getRedis(context), 'statefulsets', context.stack.redis.statefulSet);
  return podsOf(context, context.stack.namespace, redis.spec.selector);
}

export async function logCollectorPods(context: CheckContext): Promise<readonly Pod[]> {
  const collector = must(await getLogCollector(context), 'daemonsets', context.stack.logCollector.daemonSet);
  return podsOf(context, context.stack.nodeNamespace, collector.spec.selector);
}

/** The port a container offers under a name, else its first one. */
export function portOf(pod: Pod, name = 'http'): number {
  const ports = pod.spec.containers.flatMap((c) => c.ports ?? []);
  const port = ports.find((p) => p.name === name) ?? ports[0];
  if (port === undefined) {
    throw new JourneyError('cluster-refused', {
      action: `find a port of ${pod.metadata.name}`,
      reason: 'it declares none',
    });
  }
  return port.containerPort;
}
