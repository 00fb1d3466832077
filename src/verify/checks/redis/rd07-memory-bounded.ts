import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsReadyRedisPod } from '../../facts/preconditions.ts';
import { quantity } from '../../facts/quantity.ts';
import { askRedis, parseConfigGet, readyRedisPod } from '../../facts/redis-server.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  bounded: {
    en: 'maxmemory at most 75 % of the container’s limit, {limit}',
    zh: 'maxmemory 不超过容器内存限制 {limit} 的 75 %',
  },
  unbounded: { en: 'maxmemory {maxmemory}, limit {limit}', zh: 'maxmemory {maxmemory}，限制 {limit}' },
  whyBounded: {
    en: 'buffers and the copy-on-write pages of an AOF rewrite come on top; at the limit the kernel kills Redis (exit code 137)',
    zh: '缓冲区以及 AOF 重写时的写时复制页还要额外占用内存；达到限制时内核会杀死 Redis（退出码 137）',
  },
  fixBounded: {
    en: 'lower maxmemory in k8s/v0.2/redis/configmap.yaml or raise limits.memory',
    zh: '调低 k8s/v0.2/redis/configmap.yaml 中的 maxmemory，或调高 limits.memory',
  },
  policy: { en: 'maxmemory-policy noeviction or volatile-*', zh: 'maxmemory-policy 为 noeviction 或 volatile-*' },
  whyPolicy: {
    en: 'Redis is the store here: allkeys-* would silently delete data that was never given a TTL',
    zh: '此处 Redis 是存储而不是缓存：allkeys-* 会悄悄删除没有 TTL 的数据',
  },
  fixPolicy: {
    en: 'set maxmemory-policy noeviction in k8s/v0.2/redis/configmap.yaml',
    zh: '在 k8s/v0.2/redis/configmap.yaml 中设置 maxmemory-policy noeviction',
  },
});

export const redisMemoryBounded: Check = {
  id: 'RD07',
  title: {
    en: 'Redis stops before its memory limit and evicts nothing that must stay',
    zh: 'Redis 在达到内存限制之前停止写入，且不会淘汰应保留的数据',
  },
  proves: {
    en: 'Compares `maxmemory` of the running server with the container’s memory limit, and looks at the eviction policy.',
    zh: '比较运行中的 `maxmemory` 与容器的内存限制，并检查淘汰策略。',
  },
  covers: ['resources-set'],
  needs: [needsReadyRedisPod],
  async run(context) {
    const pod = await readyRedisPod(context);
    const running = parseConfigGet(await askRedis(context, pod, 'CONFIG GET maxmemory*'));
    const container = pod.spec.containers.find((c) => c.name === context.stack.redis.container);
    return judgeMemory({
      limit: container?.resources?.limits?.['memory'],
      maxmemory: running.get('maxmemory') ?? '0',
      policy: running.get('maxmemory-policy') ?? '',
    });
  },
};

export interface MemoryFacts {
  /** `limits.memory` of the container. */
  readonly limit: string | undefined;
  /** Bytes, as CONFIG GET prints them; 0 is no bound. */
  readonly maxmemory: string;
  readonly policy: string;
}

const share = 0.75;

export function judgeMemory({ limit, maxmemory, policy }: MemoryFacts): Outcome {
  const limitBytes = quantity(limit) ?? Number.POSITIVE_INFINITY;
  const bytes = Number(maxmemory);
  if (bytes === 0 || bytes > limitBytes * share) {
    const shown = limit ?? '-';
    return fail({
      expected: said(text.bounded, { limit: shown }),
      actual: said(text.unbounded, { maxmemory, limit: shown }),
      why: said(text.whyBounded),
      fix: said(text.fixBounded),
    });
  }
  if (policy !== 'noeviction' && !policy.startsWith('volatile-')) {
    return fail({
      expected: said(text.policy),
      actual: raw(`maxmemory-policy ${policy}`),
      why: said(text.whyPolicy),
      fix: said(text.fixPolicy),
    });
  }
  return pass(raw(`maxmemory ${bytes}, limits.memory ${limit ?? '-'}, ${policy}`));
}
