import type { Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import { parseCacheStatus } from '../../../telemetry/cache-status.ts';
import type { Check, CheckContext } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askPod, canaryKey, dataPath, inOneLine, jsonOf, writeCanary } from '../../facts/api-http.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  reads: { en: '{pod} reads back what was written, with its ETag', zh: '{pod} 读回写入的值，并带有 ETag' },
  whyReads: {
    en: 'all replicas share one store; what one accepted, every other must serve',
    zh: '所有副本共用同一个存储；一个副本接受的数据，其他副本都必须能返回',
  },
  near: {
    en: '{pod}: the second read is a hit of the near cache (Cache-Status: …; hit)',
    zh: '{pod}：第二次读取命中近端缓存（Cache-Status: …; hit）',
  },
  whyNear: {
    en: 'every read goes to Redis: cache.maxBytes or cache.nearTtlSeconds is 0, or the cache is always being emptied',
    zh: '每次读取都访问 Redis：cache.maxBytes 或 cache.nearTtlSeconds 为 0，或缓存一直被清空',
  },
  unchanged: {
    en: '{pod}: 304 to If-None-Match with the present ETag',
    zh: '{pod}：携带当前 ETag 的 If-None-Match 返回 304',
  },
  whyUnchanged: {
    en: 'clients with a copy would fetch every byte again',
    zh: '持有副本的客户端将不得不重新下载全部内容',
  },
  change: { en: '{pod} serves the new value within {seconds} s', zh: '{pod} 在 {seconds} 秒内返回新值' },
  whyChange: {
    en: 'a near cache that is not told of changes serves old data',
    zh: '近端缓存若未得知变更，就会返回旧数据',
  },
  gone: { en: '{pod}: 404 within {seconds} s after the deletion', zh: '{pod}：删除后 {seconds} 秒内返回 404' },
  fix: {
    en: 'journey explain AP04; kubectl -n {namespace} logs {pod} --tail=20',
    zh: 'journey explain AP04；kubectl -n {namespace} logs {pod} --tail=20',
  },
  seen: {
    en: 'written, read, cached, revalidated, changed and deleted on {n} Pods',
    zh: '在 {n} 个 Pod 上完成写入、读取、缓存、重新验证、修改与删除',
  },
});

/** The near cache may be behind by `cache.nearTtlSeconds`, 5 by default; with margin. */
const coherentWithinMs = 15_000;

export const apiCacheReadsAndWrites: Check = {
  id: 'AP04',
  title: {
    en: 'an entry written once is read, cached, changed and deleted on every API Pod',
    zh: '一条数据在每个 API Pod 上都能读取、缓存、修改和删除',
  },
  proves: {
    en: 'Writes a canary through the Service and follows it on each Pod: first read, second read (a near-cache hit by Cache-Status), If-None-Match → 304, a change made elsewhere, a deletion made elsewhere.',
    zh: '经由 Service 写入一条金丝雀数据，并在每个 Pod 上跟踪：第一次读取、第二次读取（Cache-Status 显示近端缓存命中）、If-None-Match → 304、在别处的修改、在别处的删除。',
  },
  covers: ['api-cache-read-write'],
  timeoutMs: 60_000,
  async run(context) {
    const pods = await readyApiPods(context);
    const key = canaryKey(context, 'cache');
    const path = dataPath(key);
    await writeCanary(context, { key, value: 'first', ttlSeconds: 300 });
    const reads: PodReads[] = [];
    for (const pod of pods) {
      const first = await askPod(context, pod, { path });
      const second = await askPod(context, pod, { path });
      const etag = second.reached ? (second.headers['etag'] ?? '') : '';
      const revalidated = await askPod(context, pod, { path, headers: { 'if-none-match': etag } });
      reads.push({ pod: pod.metadata.name, first, second, revalidated });
    }
    await writeCanary(context, { key, value: 'second', ttlSeconds: 300 });
    const changed = await onEvery(context, pods, path, (answer) => entryValue(answer) === 'second');
    const [writer] = pods;
    if (writer !== undefined) await askPod(context, writer, { method: 'DELETE', path });
    const deleted = await onEvery(context, pods, path, (answer) => answer.reached && answer.status === 404);
    return judgeCache({ namespace: context.stack.namespace, reads, changed, deleted });
  },
};

/** The last answer of each Pod, asked until it is as wanted or the time is up. */
async function onEvery(
  context: CheckContext,
  pods: readonly Pod[],
  path: string,
  wanted: (answer: HttpAnswer) => boolean,
): Promise<PodAnswer[]> {
  return Promise.all(
    pods.map(async (pod) => {
      let answer: HttpAnswer = { reached: false, reason: '-' };
      const look = async (): Promise<true | undefined> => {
        answer = await askPod(context, pod, { path });
        return wanted(answer) ? true : undefined;
      };
      await waitUntil(context, look, { timeoutMs: coherentWithinMs, everyMs: 250 });
      return { pod: pod.metadata.name, answer };
    }),
  );
}

export interface PodReads {
  readonly pod: string;
  readonly first: HttpAnswer;
  readonly second: HttpAnswer;
  readonly revalidated: HttpAnswer;
}

export interface PodAnswer {
  readonly pod: string;
  readonly answer: HttpAnswer;
}

export interface CacheFacts {
  readonly namespace: string;
  /** After "first" was written. */
  readonly reads: readonly PodReads[];
  /** After "second" was written over it. */
  readonly changed: readonly PodAnswer[];
  /** After it was deleted. */
  readonly deleted: readonly PodAnswer[];
}

export function judgeCache({ namespace, reads, changed, deleted }: CacheFacts): Outcome {
  const seconds = coherentWithinMs / 1_000;
  const problem = (
    pod: string,
    expected: ReturnType<typeof said>,
    actual: HttpAnswer,
    why: ReturnType<typeof said>,
  ): Outcome => {
    const status = actual.reached ? ` (Cache-Status: ${actual.headers['cache-status'] ?? '-'})` : '';
    return fail({ expected, actual: raw(inOneLine(actual) + status), why, fix: said(text.fix, { namespace, pod }) });
  };
  for (const { pod, first, second, revalidated } of reads) {
    const etag = first.reached ? first.headers['etag'] : undefined;
    if (entryValue(first) !== 'first' || etag === undefined) {
      return problem(pod, said(text.reads, { pod }), first, said(text.whyReads));
    }
    if (!isNearHit(second) || entryValue(second) !== 'first') {
      return problem(pod, said(text.near, { pod }), second, said(text.whyNear));
    }
    if (!revalidated.reached || revalidated.status !== 304) {
      return problem(pod, said(text.unchanged, { pod }), revalidated, said(text.whyUnchanged));
    }
  }
  for (const { pod, answer } of changed) {
    if (entryValue(answer) !== 'second')
      return problem(pod, said(text.change, { pod, seconds }), answer, said(text.whyChange));
  }
  for (const { pod, answer } of deleted) {
    if (!answer.reached || answer.status !== 404)
      return problem(pod, said(text.gone, { pod, seconds }), answer, said(text.whyChange));
  }
  if (reads.length === 0)
    return problem('api', said(text.reads, { pod: 'api' }), { reached: false, reason: '0 Pods' }, said(text.whyReads));
  return pass(said(text.seen, { n: reads.length }));
}

function entryValue(answer: HttpAnswer): unknown {
  return answer.reached && answer.status === 200 ? jsonOf<{ value?: unknown }>(answer)?.value : undefined;
}

function isNearHit(answer: HttpAnswer): boolean {
  return answer.reached && parseCacheStatus(answer.headers['cache-status'])[0]?.hit === true;
}
