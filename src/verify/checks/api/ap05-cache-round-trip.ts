import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askPod, inOneLine, jsonOf } from '../../facts/api-http.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'ok: true with every step, from the store redis, on every Pod',
    zh: '每个 Pod 都返回 ok: true 及全部步骤，且存储为 redis',
  },
  why: {
    en: 'the endpoint writes, reads, expires and deletes a real entry; its problem names the step that did not',
    zh: '该端点会真实地写入、读取、过期并删除一条数据；返回的 problem 会指出失败的步骤',
  },
});

export const apiCacheRoundTrip: Check = {
  id: 'AP05',
  title: { en: "the API's own cache test passes on every Pod", zh: '每个 Pod 上 API 自带的缓存测试均通过' },
  proves: {
    en: 'Calls `GET /api/v1/cache/test` on each Pod: a write, reads from both tiers, expiry and deletion on the real store, with the time of each step.',
    zh: '在每个 Pod 上调用 `GET /api/v1/cache/test`：在真实存储上写入、从两层读取、过期与删除，并给出每一步的耗时。',
  },
  covers: ['api-cache-read-write'],
  async run(context) {
    const pods = await readyApiPods(context);
    const answers = await Promise.all(
      pods.map(async (pod) => ({
        pod: pod.metadata.name,
        answer: await askPod(context, pod, { path: '/api/v1/cache/test' }),
      })),
    );
    return judgeRoundTrip({ namespace: context.stack.namespace, answers });
  },
};

interface RoundTrip {
  readonly ok?: boolean;
  readonly store?: string;
  readonly totalMs?: number;
  readonly steps?: readonly { readonly name: string; readonly ok: boolean; readonly ms: number }[];
}

export interface RoundTripFacts {
  readonly namespace: string;
  readonly answers: readonly { readonly pod: string; readonly answer: HttpAnswer }[];
}

/** Without these a round trip has proved less than its name says. */
const neededSteps = ['write', 'read', 'expire', 'delete'];

export function judgeRoundTrip({ namespace, answers }: RoundTripFacts): Outcome {
  const wrong = answers.filter(({ answer }) => {
    const trip = jsonOf<RoundTrip>(answer);
    const done = new Set(trip?.steps?.filter((s) => s.ok).map((s) => s.name));
    return trip?.ok !== true || trip.store !== 'redis' || !neededSteps.every((name) => done.has(name));
  });
  if (wrong.length > 0 || answers.length === 0) {
    return fail({
      expected: said(text.expected),
      actual: raw(wrong.map(({ pod, answer }) => `${pod}: ${inOneLine(answer)}`).join('\n') || '0 Pods'),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} logs ${wrong[0]?.pod ?? 'deployment/api'} --tail=20`),
    });
  }
  return pass(
    raw(
      answers
        .map(({ pod, answer }) => {
          const steps = jsonOf<RoundTrip>(answer)?.steps ?? [];
          return `${pod}: ${steps.map((s) => `${s.name} ${s.ms} ms`).join(', ')}`;
        })
        .join('\n'),
    ),
  );
}
