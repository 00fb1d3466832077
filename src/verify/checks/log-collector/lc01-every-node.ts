import { condition, type DaemonSet, isReady, type Node, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { absentWorkload } from '../../facts/absent-workload.ts';
import { podTrouble } from '../../facts/pod-trouble.ts';
import { getLogCollector, podsOf } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, progressing, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  whyExists: { en: 'without it the logs of a node are lost with the node', zh: '没有它，节点上的日志会随节点一起丢失' },
  covered: { en: 'a Ready collector on each of {nodes}', zh: '{nodes} 上各有一个 Ready 的采集器' },
  uncovered: { en: 'none on {nodes}{troubles}', zh: '{nodes} 上没有{troubles}' },
  why: {
    en: 'the DaemonSet’s own "desired" leaves out nodes that its nodeSelector or missing tolerations exclude: 1 of 1 can be one of three',
    zh: 'DaemonSet 自己的 desired 不包含被 nodeSelector 或缺少的容忍度排除的节点：1/1 也可能只是三个节点之一',
  },
  tainted: {
    en: 'collectors on tainted nodes as well, if their logs matter',
    zh: '如果需要其日志，带污点的节点上也应有采集器',
  },
  whyTainted: {
    en: 'a taint that the DaemonSet does not tolerate keeps it away, on purpose or not',
    zh: 'DaemonSet 不容忍的污点会使其无法运行在该节点上，无论是否有意',
  },
  fixTainted: {
    en: 'add the toleration in k8s/v0.2/log-collector/daemonset.yaml',
    zh: '在 k8s/v0.2/log-collector/daemonset.yaml 中添加容忍度',
  },
  seen: { en: '{n} nodes: {nodes}', zh: '{n} 个节点：{nodes}' },
});

export const collectorOnEveryNode: Check = {
  id: 'LC01',
  title: { en: 'a Ready log collector runs on every node', zh: '每个节点上都有 Ready 的日志采集器' },
  proves: {
    en: 'Compares the list of nodes, not the DaemonSet’s own count, with the nodes of its Ready Pods. Nodes that are down do not count; nodes with a taint of their own are a warning.',
    zh: '将节点列表（而不是 DaemonSet 自己的计数）与其 Ready Pod 所在节点对照。已宕机的节点不计；带有自定义污点的节点只给出警告。',
  },
  covers: ['logs-every-node'],
  fatal: true,
  async run(context) {
    const { cluster, stack, signal } = context;
    const daemonSet = await getLogCollector(context);
    const nodes = await cluster.list<Node>('nodes', '', { signal });
    const pods = daemonSet === undefined ? [] : await podsOf(context, stack.nodeNamespace, daemonSet.spec.selector);
    return judgeCoverage({
      namespace: stack.nodeNamespace,
      name: stack.logCollector.daemonSet,
      daemonSet,
      nodes,
      pods,
    });
  },
};

export interface CoverageFacts {
  readonly namespace: string;
  readonly name: string;
  readonly daemonSet: DaemonSet | undefined;
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
}

/** Taints that Kubernetes sets by itself, and the one every collector must tolerate. */
const ordinaryTaint = /^(node\.kubernetes\.io\/|node-role\.kubernetes\.io\/(control-plane|master)$)/;

export function judgeCoverage({ namespace, name, daemonSet, nodes, pods }: CoverageFacts): Outcome {
  if (daemonSet === undefined) {
    return absentWorkload({ kind: 'DaemonSet', name, namespace }, said(text.whyExists));
  }
  const up = nodes.filter((node) => condition(node.status.conditions, 'Ready')?.status === 'True');
  const isTainted = (node: Node): boolean =>
    node.spec.taints?.some((t) => t.effect !== 'PreferNoSchedule' && !ordinaryTaint.test(t.key)) ?? false;
  const has = (node: Node): boolean => pods.some((pod) => pod.spec.nodeName === node.metadata.name && isReady(pod));
  const wanted = up.filter((node) => !isTainted(node));
  const missing = wanted.filter((node) => !has(node));
  if (missing.length > 0 || wanted.length === 0) {
    const troubles = pods.map(podTrouble).filter((t) => t !== undefined);
    const observed = (daemonSet.status.observedGeneration ?? 0) >= (daemonSet.metadata.generation ?? 0);
    const onTheWay = missing.every((node) => pods.some((pod) => pod.spec.nodeName === node.metadata.name));
    const settling = !observed || (onTheWay && troubles.length > 0 && troubles.every((t) => t.settling));
    return (settling ? progressing : fail)({
      expected: said(text.covered, { nodes: names(wanted) }),
      actual: said(text.uncovered, { nodes: names(missing), troubles: troubles.map((t) => `\n${t.text}`).join('') }),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} get daemonset ${name} -o yaml; kubectl describe nodes | grep -A3 Taints`),
    });
  }
  const outside = up.filter((node) => isTainted(node) && !has(node));
  if (outside.length > 0) {
    const actual = said(text.uncovered, { nodes: names(outside), troubles: '' });
    return warn({ expected: said(text.tainted), actual, why: said(text.whyTainted), fix: said(text.fixTainted) });
  }
  return pass(said(text.seen, { n: wanted.length, nodes: names(wanted) }));
}

function names(nodes: readonly Node[]): string {
  return nodes.map((node) => node.metadata.name).join(', ') || '-';
}
