import { condition, isReady, type Node } from '../../cluster/objects.ts';
import { defineMessages } from '../../i18n/messages.ts';
import type { Precondition } from '../check.ts';
import { said } from '../said.ts';
import { getApi, getCleanup, getLogCollector, getRedis, podsOf } from './workloads.ts';

const text = defineMessages({
  apiPod: { en: 'needs a Ready API Pod, there is none', zh: '需要一个 Ready 的 API Pod，目前没有' },
  redisPod: { en: 'needs a Ready Redis Pod, there is none', zh: '需要一个 Ready 的 Redis Pod，目前没有' },
  collectorPod: {
    en: 'needs a Ready log collector Pod, there is none',
    zh: '需要一个 Ready 的日志采集器 Pod，目前没有',
  },
  cleanup: { en: 'needs the CronJob of the clean-up, there is none', zh: '需要清理任务的 CronJob，目前没有' },
  nodes: {
    en: 'needs {wanted} Ready nodes that accept Pods, there are {found} (minikube node add)',
    zh: '需要 {wanted} 个可调度的 Ready 节点，现有 {found} 个（minikube node add）',
  },
});

export const needsReadyApiPod: Precondition = async (context) => {
  const api = await getApi(context);
  const pods = api === undefined ? [] : await podsOf(context, context.stack.namespace, api.spec.selector);
  return pods.some(isReady) ? undefined : said(text.apiPod);
};

export const needsReadyRedisPod: Precondition = async (context) => {
  const redis = await getRedis(context);
  const pods = redis === undefined ? [] : await podsOf(context, context.stack.namespace, redis.spec.selector);
  return pods.some(isReady) ? undefined : said(text.redisPod);
};

export const needsReadyCollectorPod: Precondition = async (context) => {
  const collector = await getLogCollector(context);
  const pods =
    collector === undefined ? [] : await podsOf(context, context.stack.nodeNamespace, collector.spec.selector);
  return pods.some(isReady) ? undefined : said(text.collectorPod);
};

export const needsCleanup: Precondition = async (context) =>
  (await getCleanup(context)) === undefined ? said(text.cleanup) : undefined;

export function needsNodes(wanted: number): Precondition {
  return async ({ cluster, signal }) => {
    const nodes = await cluster.list<Node>('nodes', '', { signal });
    const found = nodes.filter(acceptsPods).length;
    return found >= wanted ? undefined : said(text.nodes, { wanted, found });
  };
}

export function acceptsPods(node: Node): boolean {
  const repelled = node.spec.taints?.some((t) => t.effect === 'NoSchedule' || t.effect === 'NoExecute') ?? false;
  return condition(node.status.conditions, 'Ready')?.status === 'True' && node.spec.unschedulable !== true && !repelled;
}
