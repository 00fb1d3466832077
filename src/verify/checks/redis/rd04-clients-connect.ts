import type { Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsReadyApiPod, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { askRedis, parseClientList, type RedisClient, readyRedisPod } from '../../facts/redis-server.ts';
import { reconnectWithinMs } from '../../facts/store-status.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'a connection from every Ready API Pod', zh: '每个 Ready 的 API Pod 都有连接' },
  actual: { en: 'none from {missing}; connected: {connected}', zh: '{missing} 没有连接；已连接的地址：{connected}' },
  nobody: { en: 'nobody', zh: '无' },
  why: {
    en: 'the name in store.redis.url, the client Service, a NetworkPolicy or the password stands between them; the API’s /readyz says which',
    zh: '问题可能在 store.redis.url 中的名称、客户端 Service、NetworkPolicy 或密码；API 的 /readyz 会说明是哪一个',
  },
  defaultUser: { en: 'each API Pod logged in as its own ACL user', zh: '每个 API Pod 都以自己的 ACL 用户登录' },
  isDefault: { en: '{pods} as the user `default`', zh: '{pods} 使用用户 `default`' },
  whyUser: {
    en: '`default` may do anything: a mistake in the API could then drop every key',
    zh: '`default` 可以执行任何命令：API 的一个错误就可能删除所有键',
  },
});

export const redisClientsConnect: Check = {
  id: 'RD04',
  title: { en: 'every Ready API Pod holds a connection to Redis', zh: '每个 Ready 的 API Pod 都与 Redis 保持连接' },
  proves: {
    en: 'Reads `CLIENT LIST` on the server and looks for the address of each API Pod: the other side’s word, not the API’s own.',
    zh: '在服务器上读取 `CLIENT LIST`，查找每个 API Pod 的地址：以服务器一侧为准，而不是 API 的自述。',
  },
  covers: ['redis-clients', 'api-connects-to-redis'],
  needs: [needsReadyRedisPod, needsReadyApiPod],
  async run(context) {
    const apiPods = await readyApiPods(context);
    let clients: readonly RedisClient[] = [];
    const connected = async (): Promise<true | undefined> => {
      clients = parseClientList(await askRedis(context, await readyRedisPod(context), 'CLIENT LIST'));
      return apiPods.every((pod) => isConnected(pod, clients)) ? true : undefined;
    };
    // Right after `journey up` or a restart of Redis the API may be between two attempts.
    await waitUntil(context, connected, { timeoutMs: reconnectWithinMs });
    return judgeClients({ namespace: context.stack.namespace, apiPods, clients });
  },
};

export interface ClientFacts {
  readonly namespace: string;
  readonly apiPods: readonly Pod[];
  readonly clients: readonly RedisClient[];
}

function isConnected({ status }: Pod, clients: readonly RedisClient[]): boolean {
  return clients.some((client) => client.address === status.podIP);
}

export function judgeClients({ namespace, apiPods, clients }: ClientFacts): Outcome {
  const missing = apiPods.filter((pod) => !isConnected(pod, clients));
  if (missing.length > 0 || apiPods.length === 0) {
    const connected = [...new Set(clients.map((c) => c.address))].join(', ');
    return fail({
      expected: said(text.expected),
      actual: said(text.actual, { missing: missing.map(label).join(', '), connected: connected || '-' }),
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} logs deployment/api --tail=20`),
    });
  }
  const anonymous = apiPods.filter((pod) =>
    clients.some((c) => c.address === pod.status.podIP && c.user === 'default'),
  );
  if (anonymous.length > 0) {
    return fail({
      expected: said(text.defaultUser),
      actual: said(text.isDefault, { pods: anonymous.map(label).join(', ') }),
      why: said(text.whyUser),
      fix: raw('store.redis.user: api'),
    });
  }
  return pass(
    raw(
      apiPods.map((pod) => `${label(pod)}: ${clients.filter((c) => c.address === pod.status.podIP).length}`).join(', '),
    ),
  );
}

function label(pod: Pod): string {
  return `${pod.metadata.name} (${pod.status.podIP ?? '?'})`;
}
