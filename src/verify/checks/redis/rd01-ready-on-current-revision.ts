import type { Pod, StatefulSet } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { absentWorkload } from '../../facts/absent-workload.ts';
import { podTrouble } from '../../facts/pod-trouble.ts';
import { getRedis, podsOf } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, progressing } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  whyExists: { en: 'Redis needs a stable name and a volume that follows it', zh: 'Redis 需要稳定的名称和随之移动的卷' },
  ready: { en: '{replicas} of {replicas} Pods Ready', zh: '{replicas} 个 Pod 全部 Ready' },
  scaled: { en: 'scaled to 0', zh: '副本数为 0' },
  whyReady: { en: 'without Redis nothing can be written', zh: '没有 Redis 就无法写入任何数据' },
  revision: { en: 'every Pod on revision {revision}', zh: '每个 Pod 都处于修订版本 {revision}' },
  whyRevision: {
    en: 'a StatefulSet does not replace a Pod that is not Ready, not even after its template was mended (kubernetes/kubernetes#67250)',
    zh: 'StatefulSet 不会替换尚未 Ready 的 Pod，即使模板已经修好（kubernetes/kubernetes#67250）',
  },
  seen: { en: '{pods} Ready on revision {revision}', zh: '{pods} 在修订版本 {revision} 上 Ready' },
});

export const redisReadyOnCurrentRevision: Check = {
  id: 'RD01',
  title: { en: 'every Redis Pod is Ready on the current revision', zh: '每个 Redis Pod 都在当前修订版本上 Ready' },
  proves: {
    en: 'Compares the StatefulSet with its Pods: as many Ready as wanted, and each made from the template as it is now. A template that is right with a Pod that is not is the rollback trap.',
    zh: '将 StatefulSet 与它的 Pod 对照：Ready 的数量符合预期，并且每个 Pod 都由当前模板创建。模板正确而 Pod 不是，就是“回滚陷阱”。',
  },
  covers: ['redis-statefulset'],
  fatal: true,
  async run(context) {
    const { stack } = context;
    const redis = await getRedis(context);
    const pods = redis === undefined ? [] : await podsOf(context, stack.namespace, redis.spec.selector);
    return judgeRedis({ namespace: stack.namespace, name: stack.redis.statefulSet, redis, pods });
  },
};

export interface RedisFacts {
  readonly namespace: string;
  readonly name: string;
  readonly redis: StatefulSet | undefined;
  readonly pods: readonly Pod[];
}

export function judgeRedis({ namespace, name, redis, pods }: RedisFacts): Outcome {
  if (redis === undefined) {
    return absentWorkload({ kind: 'StatefulSet', name, namespace }, said(text.whyExists));
  }
  const replicas = redis.spec.replicas ?? 1;
  const expected = said(text.ready, { replicas: Math.max(replicas, 1) });
  if (replicas === 0) {
    const fix = raw(`kubectl -n ${namespace} scale statefulset/${name} --replicas=1`);
    return fail({ expected, actual: said(text.scaled), why: said(text.whyReady), fix });
  }
  const { updateRevision = '', observedGeneration = 0 } = redis.status;
  const old = pods.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] !== updateRevision);
  const troubles = pods.map(podTrouble).filter((t) => t !== undefined);
  const settling = observedGeneration < (redis.metadata.generation ?? 0) || troubles.every((t) => t.settling);
  const report = settling ? progressing : fail;
  if (old.length > 0) {
    return report({
      expected: said(text.revision, { revision: updateRevision }),
      actual: raw(old.map((p) => `${p.metadata.name}: ${p.metadata.labels?.['controller-revision-hash']}`).join('\n')),
      why: said(text.whyRevision),
      fix: raw(`kubectl -n ${namespace} delete pod ${old.map((p) => p.metadata.name).join(' ')}`),
    });
  }
  if (troubles.length > 0 || pods.length < replicas) {
    const actual =
      troubles.length > 0 ? raw(troubles.map((t) => t.text).join('\n')) : raw(`${pods.length}/${replicas}`);
    const fix = raw(`kubectl -n ${namespace} describe pod ${name}-0`);
    return report({ expected, actual, why: said(text.whyReady), fix });
  }
  return pass(said(text.seen, { pods: pods.map((p) => p.metadata.name).join(', '), revision: updateRevision }));
}
