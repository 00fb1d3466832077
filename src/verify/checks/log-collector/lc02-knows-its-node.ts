import { isReady, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { inOneLine, jsonOf } from '../../facts/api-http.ts';
import { askCollector, type Streams } from '../../facts/collector-http.ts';
import { stackPods } from '../../facts/stack-pods.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  node: { en: '{pod} says that it is on node {node}', zh: '{pod} 报告自己位于节点 {node}' },
  whyNode: {
    en: 'NODE_NAME comes from the downward API (spec.nodeName); without it nobody can tell where a line was written',
    zh: 'NODE_NAME 来自 downward API（spec.nodeName）；没有它就无法知道日志来自哪个节点',
  },
  follows: { en: '{pod} follows every container of the stack on {node}', zh: '{pod} 跟踪 {node} 上本服务的每个容器' },
  misses: { en: 'not: {containers}', zh: '缺少：{containers}' },
  whyFollows: {
    en: 'the hostPath or logs.root leads elsewhere, or the files may not be read (0640 root: supplementalGroups [0])',
    zh: 'hostPath 或 logs.root 指向了别处，或文件不可读（0640 root：需要 supplementalGroups [0]）',
  },
});

export const collectorKnowsItsNode: Check = {
  id: 'LC02',
  title: {
    en: 'each collector knows its node and follows the containers on it',
    zh: '每个采集器都知道自己所在的节点，并跟踪其上的容器',
  },
  proves: {
    en: 'Asks `/streams` of each collector and compares: the node it names with the node its Pod is on, and the containers it follows with the Pods of the stack that Kubernetes has there.',
    zh: '请求每个采集器的 `/streams` 并对照：它报告的节点与其 Pod 实际所在节点，以及它跟踪的容器与 Kubernetes 在该节点上运行的本服务 Pod。',
  },
  covers: ['logs-node-information'],
  async run(context) {
    const collectors = (await logCollectorPods(context)).filter(isReady);
    const pods = (await stackPods(context)).filter(isReady);
    const answers = await Promise.all(
      collectors.map(async (collector) => ({ collector, answer: await askCollector(context, collector, '/streams') })),
    );
    return judgeStreams({ answers, pods });
  },
};

export interface StreamFacts {
  readonly answers: readonly { readonly collector: Pod; readonly answer: HttpAnswer }[];
  /** Ready Pods of the stack, collectors included. */
  readonly pods: readonly Pod[];
}

export function judgeStreams({ answers, pods }: StreamFacts): Outcome {
  const seen: string[] = [];
  for (const { collector, answer } of answers) {
    const { name, namespace = '' } = collector.metadata;
    const node = collector.spec.nodeName ?? '';
    const streams = jsonOf<Streams>(answer);
    const fix = raw(`kubectl -n ${namespace} logs ${name} --tail=20; kubectl -n ${namespace} describe pod ${name}`);
    if (streams?.node !== node) {
      const actual = raw(streams === undefined ? inOneLine(answer) : `node: ${JSON.stringify(streams.node)}`);
      return fail({ expected: said(text.node, { pod: name, node }), actual, why: said(text.whyNode), fix });
    }
    // A collector leaves its own log alone.
    const wanted = pods.filter((pod) => pod.spec.nodeName === node && pod.metadata.uid !== collector.metadata.uid);
    const missing = wanted.flatMap((pod) =>
      pod.spec.containers
        .filter((c) => !streams.streams.some((s) => s.uid === pod.metadata.uid && s.container === c.name))
        .map((c) => `${pod.metadata.namespace}/${pod.metadata.name}/${c.name}`),
    );
    if (missing.length > 0) {
      const actual = said(text.misses, { containers: missing.join(', ') });
      return fail({ expected: said(text.follows, { pod: name, node }), actual, why: said(text.whyFollows), fix });
    }
    seen.push(`${name}: ${node}, ${streams.streams.length}`);
  }
  if (answers.length === 0) {
    const expected = said(text.node, { pod: '-', node: '-' });
    return fail({ expected, actual: raw('0 Pods'), why: said(text.whyNode), fix: raw('journey verify --only LC01') });
  }
  return pass(raw(seen.join('\n')));
}
