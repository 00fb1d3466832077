import { isReady, type PersistentVolumeClaim, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import { parseCacheStatus } from '../../../telemetry/cache-status.ts';
import type { Check, CheckContext } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askApi, canaryKey, dataPath, inOneLine, jsonOf, writeCanary } from '../../facts/api-http.ts';
import { needsReadyApiPod, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { readyRedisPod } from '../../facts/redis-server.ts';
import { allStores, reconnectWithinMs } from '../../facts/store-status.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods, redisPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  back: { en: 'a new {pod}, Ready within {seconds} s', zh: '新的 {pod} 在 {seconds} 秒内 Ready' },
  notBack: { en: 'not Ready after {seconds} s', zh: '{seconds} 秒后仍未 Ready' },
  whyBack: {
    en: 'a Pod that does not come back by itself is an outage at every drain',
    zh: 'Pod 若不能自行恢复，每次腾空节点都是一次故障',
  },
  data: { en: 'the entry written before, from the store', zh: '从存储中读回之前写入的数据' },
  whyData: {
    en: 'the new Pod began with an empty data folder: an emptyDir, the volume mounted beside `dir`, or the append-only file off',
    zh: '新 Pod 从空的数据目录启动：使用了 emptyDir、卷没有挂载在 `dir` 上，或没有开启 AOF',
  },
  claim: { en: 'the same claim as before', zh: '与之前相同的 PVC' },
  otherClaim: { en: 'the claim {claim} was made anew', zh: 'PVC {claim} 被重新创建' },
  seen: { en: 'Ready again after {seconds} s, entry intact', zh: '{seconds} 秒后恢复 Ready，数据完好' },
});

const readyWithinMs = 120_000;

export const redisDataSurvives: Check = {
  id: 'RD09',
  title: { en: 'data survives the deletion of the Redis Pod', zh: '删除 Redis Pod 后数据不丢失' },
  proves: {
    en: 'Writes an entry through the API, deletes the Redis Pod, waits for its successor, and reads the entry back from the store: not from the memory of an API Pod, which Cache-Status tells apart.',
    zh: '通过 API 写入一条数据，删除 Redis Pod，等待新的 Pod，再从存储中读回该数据；Cache-Status 可以区分它是否来自 API Pod 的内存。',
  },
  covers: ['redis-persistence'],
  disruptive: {
    en: 'delete the Redis Pod once: the API serves from memory for some seconds',
    zh: '删除一次 Redis Pod：API 会在数秒内只能从内存提供数据',
  },
  timeoutMs: 240_000,
  needs: [needsReadyRedisPod, needsReadyApiPod],
  async run(context) {
    const { cluster, stack, signal, clock } = context;
    const before = await readyRedisPod(context);
    const claimBefore = await claimOf(context, before);
    const key = canaryKey(context, 'survives');
    const value = { writtenAt: clock.now() };
    await writeCanary(context, { key, value, ttlSeconds: 900 });
    const { name } = before.metadata;
    const startedAt = clock.now();
    await cluster.delete('pods', stack.namespace, name, { signal });
    const after = await waitUntil(
      context,
      async () =>
        (await redisPods(context)).find(
          (p) => p.metadata.name === name && p.metadata.uid !== before.metadata.uid && isReady(p),
        ),
      { timeoutMs: readyWithinMs },
    );
    const recoveredMs = clock.now() - startedAt;
    const answer = after === undefined ? undefined : await fromStore(context, key);
    // The checks after this one find the stack as it was. Whether it comes so far is theirs to judge.
    const pods = await readyApiPods(context);
    await waitUntil(context, () => allStores(context, pods, 'up'), { timeoutMs: 3 * reconnectWithinMs });
    const claimAfter = after === undefined ? undefined : await claimOf(context, after);
    return judgeSurvival({
      namespace: stack.namespace,
      pod: name,
      value,
      back: after !== undefined,
      recoveredMs,
      answer,
      claim: claimBefore?.metadata.name ?? '-',
      sameClaim: claimBefore !== undefined && claimBefore.metadata.uid === claimAfter?.metadata.uid,
    });
  },
};

/** Reads until it is the store that answers, yes or no: an API Pod may need a moment to find the new address. */
async function fromStore(context: CheckContext, key: string): Promise<HttpAnswer> {
  let last: HttpAnswer = { reached: false, reason: '-' };
  await waitUntil(
    context,
    async () => {
      last = await askApi(context, { path: dataPath(key) });
      if (!last.reached || last.status >= 500) return undefined;
      const [status] = parseCacheStatus(last.headers['cache-status']);
      return status?.hit === true ? undefined : last;
    },
    { timeoutMs: 60_000 },
  );
  return last;
}

async function claimOf({ cluster, signal }: CheckContext, pod: Pod): Promise<PersistentVolumeClaim | undefined> {
  const name = pod.spec.volumes?.find((v) => v.persistentVolumeClaim !== undefined)?.persistentVolumeClaim?.claimName;
  if (name === undefined) return undefined;
  return cluster.get<PersistentVolumeClaim>('persistentvolumeclaims', pod.metadata.namespace ?? '', name, { signal });
}

export interface SurvivalFacts {
  readonly namespace: string;
  readonly pod: string;
  readonly value: object;
  readonly back: boolean;
  readonly recoveredMs: number;
  readonly answer: HttpAnswer | undefined;
  readonly claim: string;
  readonly sameClaim: boolean;
}

export function judgeSurvival(facts: SurvivalFacts): Outcome {
  const { namespace, pod, value, back, recoveredMs, answer, claim, sameClaim } = facts;
  const seconds = readyWithinMs / 1_000;
  if (!back || answer === undefined) {
    return fail({
      expected: said(text.back, { pod, seconds }),
      actual: said(text.notBack, { seconds }),
      why: said(text.whyBack),
      fix: raw(`kubectl -n ${namespace} describe pod ${pod}`),
    });
  }
  const hit = answer.reached && parseCacheStatus(answer.headers['cache-status'])[0]?.hit === true;
  const read = jsonOf<{ value?: unknown }>(answer)?.value;
  if (!answer.reached || answer.status !== 200 || hit || JSON.stringify(read) !== JSON.stringify(value)) {
    const tier = answer.reached ? ` (${answer.headers['cache-status'] ?? '-'})` : '';
    return fail({
      expected: said(text.data),
      actual: raw(inOneLine(answer) + tier),
      why: said(text.whyData),
      fix: raw('journey verify --only RD03,RD06'),
    });
  }
  if (!sameClaim) {
    return fail({
      expected: said(text.claim),
      actual: said(text.otherClaim, { claim }),
      why: said(text.whyData),
      fix: raw(`kubectl -n ${namespace} get pvc`),
    });
  }
  return pass(said(text.seen, { seconds: (recoveredMs / 1_000).toFixed(1) }));
}
