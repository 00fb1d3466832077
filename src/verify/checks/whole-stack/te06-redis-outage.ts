import { isReady, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import { parseCacheStatus } from '../../../telemetry/cache-status.ts';
import type { Check, CheckContext } from '../../check.ts';
import type { HttpAnswer } from '../../cluster-access/cluster-access.ts';
import { askPod, canaryKey, dataPath, inOneLine, writeCanary } from '../../facts/api-http.ts';
import { effectiveConfig } from '../../facts/effective-config.ts';
import { needsReadyApiPod, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { allStores } from '../../facts/store-status.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { apiPods, getRedis, must, readyApiPods, redisPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  noticed: {
    en: 'every API Pod notices within {seconds} s that Redis is away',
    zh: '每个 API Pod 在 {seconds} 秒内发现 Redis 不可用',
  },
  alive: { en: '/livez 200 throughout, restarts +0', zh: '/livez 始终为 200，重启次数 +0' },
  whyAlive: {
    en: 'a liveness probe that depends on Redis turns a blink of Redis into a restart of every API Pod',
    zh: '依赖 Redis 的存活态探针会把 Redis 的一次抖动变成所有 API Pod 的重启',
  },
  served: {
    en: 'the cached entry, marked as stale (Cache-Status: …; hit; detail="store unavailable")',
    zh: '返回缓存的数据并标记为陈旧（Cache-Status: …; hit; detail="store unavailable"）',
  },
  whyServed: {
    en: 'what is still in memory may be served for cache.staleIfErrorSeconds while the store is away',
    zh: '存储不可用期间，内存中的数据可在 cache.staleIfErrorSeconds 内继续返回',
  },
  fast: { en: 'a write refused with 503 within {seconds} s', zh: '写操作在 {seconds} 秒内以 503 拒绝' },
  whyFast: {
    en: 'a request that waits for a lost store piles up with all the others',
    zh: '等待已断开的存储，请求会不断堆积',
  },
  recovers: {
    en: 'every API Pod back on Redis within {seconds} s of its return',
    zh: 'Redis 恢复后 {seconds} 秒内每个 API Pod 重新连接',
  },
  whyRecovers: {
    en: 'the new Pod has a new address: the client must look the name up again and must not give up',
    zh: '新 Pod 的地址已变化：客户端必须重新解析名称，且不能放弃重连',
  },
  seen: {
    en: '{seconds} s without Redis: {looks} looks, all alive, stale reads served, back after {back} s',
    zh: '{seconds} 秒没有 Redis：观察 {looks} 次，全部存活，返回陈旧数据，{back} 秒后恢复',
  },
});

const outageMs = 30_000;
const noticeWithinMs = 30_000;
const recoverWithinMs = 120_000;
const refuseWithinMs = 3_000;

export const redisOutage: Check = {
  id: 'TE06',
  title: {
    en: 'without Redis for 30 s the API stays alive, serves what it has and recovers by itself',
    zh: 'Redis 中断 30 秒时 API 保持存活、返回已有数据，并自行恢复',
  },
  proves: {
    en: 'Scales Redis to 0 for 30 s. Meanwhile each API Pod is asked every second: liveness 200, no restart, a cached entry still served and marked stale, a write refused quickly. Then Redis comes back, and every Pod must find it.',
    zh: '将 Redis 缩容到 0 持续 30 秒。期间每秒询问每个 API Pod：存活态为 200、没有重启、缓存的数据仍可返回并标记为陈旧、写操作被迅速拒绝。随后恢复 Redis，每个 Pod 都必须重新连上。',
  },
  covers: ['probes-right', 'api-connects-to-redis'],
  disruptive: {
    en: 'scale Redis to 0 for 30 s: writes fail meanwhile',
    zh: '将 Redis 缩容到 0 持续 30 秒：期间写操作会失败',
  },
  timeoutMs: 300_000,
  needs: [needsReadyRedisPod, needsReadyApiPod],
  async run(context) {
    const { clock, signal, stack } = context;
    const pods = await readyApiPods(context);
    const key = canaryKey(context, 'outage');
    await writeCanary(context, { key, value: 'kept', ttlSeconds: 600 });
    // Read once on each Pod: only what is in a Pod's memory can be served by it.
    for (const pod of pods) await askPod(context, pod, { path: dataPath(key) });
    const restartsBefore = restarts(pods);
    const [config] = await Promise.all(pods.map((pod) => effectiveConfig(context, pod)));
    const staleFor = Number(config?.config?.settings.find((s) => s.path === 'cache.staleIfErrorSeconds')?.value ?? 0);
    await scaleRedis(context, 0);
    const noticed = await waitUntil(context, () => allStores(context, pods, 'down'), { timeoutMs: noticeWithinMs });
    const looks: OutageLook[] = [];
    for (const end = clock.now() + outageMs; clock.now() < end; await clock.wait(1_000, signal)) {
      looks.push(...(await Promise.all(pods.map((pod) => look(context, pod, key)))));
    }
    await scaleRedis(context, 1);
    const returnedAt = clock.now();
    await waitUntil(context, async () => ((await redisPods(context)).some(isReady) ? true : undefined), {
      timeoutMs: recoverWithinMs,
    });
    const recovered = await waitUntil(context, () => allStores(context, pods, 'up'), { timeoutMs: recoverWithinMs });
    return judgeOutage({
      namespace: stack.namespace,
      noticed: noticed === true,
      looks,
      staleExpected: staleFor * 1_000 > noticeWithinMs + outageMs,
      restartsBefore,
      restartsAfter: restarts(await apiPods(context)),
      recovered: recovered === true,
      recoveredMs: clock.now() - returnedAt,
    });
  },
};

async function scaleRedis(context: CheckContext, replicas: number): Promise<void> {
  const { stack, canaries, cluster, signal } = context;
  const { statefulSet: name } = stack.redis;
  const wanted = must(await getRedis(context), 'statefulsets', name).spec.replicas ?? 1;
  const change = { kind: 'statefulsets', namespace: stack.namespace, name } as const;
  if (replicas === 0) {
    await canaries.change({ ...change, patch: { spec: { replicas } }, undo: { spec: { replicas: wanted } } }, signal);
  } else {
    await cluster.patch(change.kind, change.namespace, change.name, { spec: { replicas } }, { signal });
  }
}

async function look(context: CheckContext, pod: Pod, key: string): Promise<OutageLook> {
  const startedAt = context.clock.now();
  const write = await askPod(context, pod, {
    method: 'POST',
    path: '/api/v1/data',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: canaryKey(context, 'refused'), value: 1, ttl: 60 }),
  });
  const writeMs = context.clock.now() - startedAt;
  const [live, read] = await Promise.all([
    askPod(context, pod, { path: '/livez' }),
    askPod(context, pod, { path: dataPath(key) }),
  ]);
  return { pod: pod.metadata.name, live, read, write, writeMs };
}

function restarts(pods: readonly Pod[]): string {
  return pods
    .map((p) => `${p.metadata.name}: ${p.status.containerStatuses?.map((c) => c.restartCount).join() ?? '-'}`)
    .join(', ');
}

export interface OutageLook {
  readonly pod: string;
  readonly live: HttpAnswer;
  readonly read: HttpAnswer;
  readonly write: HttpAnswer;
  readonly writeMs: number;
}

export interface OutageFacts {
  readonly namespace: string;
  /** Every Pod said "store down" in time. */
  readonly noticed: boolean;
  readonly looks: readonly OutageLook[];
  /** The configuration promises stale answers for longer than the outage. */
  readonly staleExpected: boolean;
  readonly restartsBefore: string;
  readonly restartsAfter: string;
  readonly recovered: boolean;
  readonly recoveredMs: number;
}

export function judgeOutage(facts: OutageFacts): Outcome {
  const { namespace, noticed, looks, staleExpected, restartsBefore, restartsAfter, recovered, recoveredMs } = facts;
  const fix = raw(
    `kubectl -n ${namespace} logs deployment/api --since=5m; kubectl -n ${namespace} describe pods -l app.kubernetes.io/name=api`,
  );
  if (!noticed || looks.length === 0) {
    const expected = said(text.noticed, { seconds: noticeWithinMs / 1_000 });
    return fail({ expected, actual: raw('store up'), why: said(text.whyAlive), fix });
  }
  const dead = looks.find(({ live }) => !live.reached || live.status !== 200);
  if (dead !== undefined || restartsBefore !== restartsAfter) {
    const actual =
      dead === undefined ? `${restartsBefore} → ${restartsAfter}` : `${dead.pod}: /livez ${inOneLine(dead.live)}`;
    return fail({ expected: said(text.alive), actual: raw(actual), why: said(text.whyAlive), fix });
  }
  const slow = looks.find(({ write, writeMs }) => !write.reached || write.status !== 503 || writeMs > refuseWithinMs);
  if (slow !== undefined) {
    const expected = said(text.fast, { seconds: refuseWithinMs / 1_000 });
    return fail({
      expected,
      actual: raw(`${slow.pod}: ${inOneLine(slow.write)} (${slow.writeMs} ms)`),
      why: said(text.whyFast),
      fix,
    });
  }
  const unserved = looks.find(({ read }) => !read.reached || read.status !== 200);
  const last = looks.at(-1);
  if (staleExpected && (unserved !== undefined || !isStale(last?.read))) {
    const read = (unserved ?? last)?.read ?? { reached: false, reason: '-' };
    const status = read.reached ? ` (Cache-Status: ${read.headers['cache-status'] ?? '-'})` : '';
    return fail({ expected: said(text.served), actual: raw(inOneLine(read) + status), why: said(text.whyServed), fix });
  }
  if (!recovered) {
    const expected = said(text.recovers, { seconds: recoverWithinMs / 1_000 });
    return fail({ expected, actual: raw('store down'), why: said(text.whyRecovers), fix });
  }
  return pass(
    said(text.seen, { seconds: outageMs / 1_000, looks: looks.length, back: (recoveredMs / 1_000).toFixed(1) }),
  );
}

function isStale(answer: HttpAnswer | undefined): boolean {
  if (answer?.reached !== true) return false;
  const [status] = parseCacheStatus(answer.headers['cache-status']);
  return status?.hit === true && status.detail === 'store unavailable';
}
