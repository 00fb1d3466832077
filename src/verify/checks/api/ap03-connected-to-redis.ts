import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askPod, inOneLine, jsonOf } from '../../facts/api-http.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'every Pod: store redis, up', zh: '每个 Pod：存储为 redis，状态 up' },
  why: {
    en: 'a Pod without Redis stays Ready and serves what it has in memory (degraded); writes fail',
    zh: '没有 Redis 的 Pod 仍保持 Ready，仅能返回内存中的数据（降级）；写入会失败',
  },
});

export const apiConnectedToRedis: Check = {
  id: 'AP03',
  title: { en: 'every API Pod says that Redis is its store and is up', zh: '每个 API Pod 都报告其存储为 Redis 且可用' },
  proves: {
    en: 'Asks `/readyz` of each Pod by itself, not through the Service: one Pod that lost its connection would hide behind the others.',
    zh: '逐个 Pod 请求 `/readyz`，不经过 Service：否则一个断开连接的 Pod 会被其他 Pod 掩盖。',
  },
  covers: ['api-connects-to-redis', 'redis-clients'],
  async run(context) {
    const pods = await readyApiPods(context);
    const answers = await Promise.all(
      pods.map(async (pod) => ({ pod: pod.metadata.name, answer: await askPod(context, pod, { path: '/readyz' }) })),
    );
    return judgeConnection({ namespace: context.stack.namespace, answers });
  },
};

export interface ConnectionFacts {
  readonly namespace: string;
  readonly answers: readonly { readonly pod: string; readonly answer: HttpAnswer }[];
}

interface Ready {
  readonly status?: string;
  readonly store?: { readonly name?: string; readonly status?: string; readonly reason?: string | null };
}

export function judgeConnection({ namespace, answers }: ConnectionFacts): Outcome {
  const wrong = answers.filter(({ answer }) => {
    const store = jsonOf<Ready>(answer)?.store;
    return store?.name !== 'redis' || store.status !== 'up';
  });
  if (wrong.length > 0 || answers.length === 0) {
    return fail({
      expected: said(text.expected),
      actual: raw(wrong.map(({ pod, answer }) => `${pod}: ${storeLine(answer)}`).join('\n') || '0 Pods'),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} logs ${wrong[0]?.pod ?? 'deployment/api'} --tail=20; journey verify --only RD`),
    });
  }
  return pass(raw(answers.map(({ pod, answer }) => `${pod}: ${storeLine(answer)}`).join('\n')));
}

function storeLine(answer: HttpAnswer): string {
  const store = jsonOf<Ready>(answer)?.store;
  if (store === undefined) return inOneLine(answer);
  return `store ${store.name} ${store.status}${store.reason ? `, ${store.reason}` : ''}`;
}
