import type { Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { type PodTrouble, podTrouble } from '../../facts/pod-trouble.ts';
import { stackPods } from '../../facts/stack-pods.ts';
import { fail, type Outcome, pass, progressing } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'every Pod in {namespaces} Running and Ready',
    zh: '{namespaces} 中的每个 Pod 都处于 Running 且 Ready',
  },
  none: { en: 'there is no Pod', zh: '没有 Pod' },
  why: {
    en: 'the reason is with the Pod: its events, its conditions, the log of its last instance',
    zh: '原因在 Pod 上：它的事件、状况，以及上一个实例的日志',
  },
  seen: { en: '{n} Pods Running and Ready', zh: '{n} 个 Pod 处于 Running 且 Ready' },
});

export const podsRunning: Check = {
  id: 'TE01',
  title: { en: 'every Pod of the stack is Running and Ready', zh: '所有 Pod 都处于 Running 且 Ready' },
  proves: {
    en: 'Lists all Pods of both namespaces and looks at their conditions and container states. Pods of Jobs count only while they cannot start: a finished or failed one is history (CJ05).',
    zh: '列出两个命名空间中的所有 Pod，检查其状况与容器状态。Job 的 Pod 只在无法启动时计入：已结束或失败的属于历史（CJ05）。',
  },
  covers: ['pods-running'],
  async run(context) {
    const { namespace, nodeNamespace } = context.stack;
    return judgePods({ namespaces: [namespace, nodeNamespace], pods: await stackPods(context) });
  },
};

export interface PodFacts {
  readonly namespaces: readonly string[];
  readonly pods: readonly Pod[];
}

export function judgePods({ namespaces, pods }: PodFacts): Outcome {
  const counted = pods.filter((pod) => !isOfJob(pod) || cannotStart(pod));
  const troubled = counted
    .map((pod) => ({ pod, trouble: podTrouble(pod) }))
    .filter((t): t is Troubled => t.trouble !== undefined);
  const expected = said(text.expected, { namespaces: namespaces.join(', ') });
  if (counted.length === 0) {
    return fail({ expected, actual: said(text.none), why: said(text.why), fix: raw('kubectl apply -k k8s/v0.2') });
  }
  const [first] = troubled;
  if (first !== undefined) {
    const { name, namespace = '' } = first.pod.metadata;
    return (troubled.every((t) => t.trouble.settling) ? progressing : fail)({
      expected,
      actual: raw(troubled.map((t) => t.trouble.text).join('\n')),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} describe pod ${name}; kubectl -n ${namespace} logs ${name} --previous`),
    });
  }
  return pass(said(text.seen, { n: counted.length }));
}

interface Troubled {
  readonly pod: Pod;
  readonly trouble: PodTrouble;
}

function isOfJob(pod: Pod): boolean {
  return pod.metadata.ownerReferences?.some((owner) => owner.kind === 'Job') ?? false;
}

function cannotStart(pod: Pod): boolean {
  return pod.status.phase === 'Pending' && podTrouble(pod)?.settling === false;
}
