import { condition, type Deployment, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { absentWorkload } from '../../facts/absent-workload.ts';
import { podTrouble } from '../../facts/pod-trouble.ts';
import { getApi, podsOf } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, progressing } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  whyExists: { en: 'the API is what users talk to', zh: 'API 是用户访问的入口' },
  counts: {
    en: '{replicas} updated, {replicas} available, no old Pod',
    zh: '{replicas} 个已更新，{replicas} 个可用，没有旧 Pod',
  },
  actual: {
    en: '{updated} updated, {available} available, {total} in all\n{troubles}',
    zh: '{updated} 个已更新，{available} 个可用，共 {total} 个\n{troubles}',
  },
  atLeastOne: { en: 'at least one replica', zh: '至少一个副本' },
  why: {
    en: 'a rollout that hangs leaves the old version serving; the reason is with the newest Pod',
    zh: '上线卡住时仍由旧版本提供服务；原因要看最新的 Pod',
  },
});

export const apiRolledOut: Check = {
  id: 'AP01',
  title: {
    en: 'the API Deployment is rolled out: all replicas current and available',
    zh: 'API Deployment 已完成上线：所有副本均为最新且可用',
  },
  proves: {
    en: 'Reads the controller’s status (observed generation, updated, available) rather than one Pod’s phase, and names what keeps a Pod from being Ready.',
    zh: '读取控制器的状态（observedGeneration、已更新数、可用数），而不是某个 Pod 的阶段，并指出 Pod 未 Ready 的原因。',
  },
  covers: ['api-endpoints', 'pods-running'],
  fatal: true,
  async run(context) {
    const { namespace, api: names } = context.stack;
    const api = await getApi(context);
    const pods = api === undefined ? [] : await podsOf(context, namespace, api.spec.selector);
    return judgeRollout({ namespace, name: names.deployment, api, pods });
  },
};

export interface RolloutFacts {
  readonly namespace: string;
  readonly name: string;
  readonly api: Deployment | undefined;
  readonly pods: readonly Pod[];
}

export function judgeRollout({ namespace, name, api, pods }: RolloutFacts): Outcome {
  if (api === undefined) {
    return absentWorkload({ kind: 'Deployment', name, namespace }, said(text.whyExists));
  }
  const wanted = api.spec.replicas ?? 1;
  if (wanted === 0) {
    const fix = raw(`kubectl -n ${namespace} scale deployment/${name} --replicas=2`);
    return fail({ expected: said(text.atLeastOne), actual: raw('replicas: 0'), why: said(text.whyExists), fix });
  }
  const { updatedReplicas: updated = 0, availableReplicas: available = 0, replicas: total = 0 } = api.status;
  const observed = (api.status.observedGeneration ?? 0) >= (api.metadata.generation ?? 0);
  if (observed && updated === wanted && available === wanted && total === wanted) {
    return pass(raw(`${available}/${wanted}: ${pods.map((p) => p.metadata.name).join(', ')}`));
  }
  const troubles = pods.map(podTrouble).filter((t) => t !== undefined);
  const gaveUp = condition(api.status.conditions, 'Progressing')?.status === 'False';
  const stuck = gaveUp || troubles.some((t) => !t.settling) || pods.length === 0;
  return (stuck ? fail : progressing)({
    expected: said(text.counts, { replicas: wanted }),
    actual: said(text.actual, {
      updated,
      available,
      total,
      troubles: troubles.map((t) => t.text).join('\n') || failure(api),
    }),
    why: said(text.why),
    fix: raw(`kubectl -n ${namespace} rollout status deployment/${name}; kubectl -n ${namespace} describe rs,pods`),
  });
}

/** Without any Pod the reason is on the Deployment: a quota, or Pod Security admission. */
function failure(api: Deployment): string {
  return condition(api.status.conditions, 'ReplicaFailure')?.message ?? '';
}
