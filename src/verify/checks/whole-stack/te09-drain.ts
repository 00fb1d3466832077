import type { Node, Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check, CheckContext } from '../../check.ts';
import { askApi, inOneLine } from '../../facts/api-http.ts';
import { acceptsPods, needsNodes, needsReadyApiPod } from '../../facts/preconditions.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { readyApiPods, redisPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, skip } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  noNode: {
    en: 'no node has an API Pod and not Redis, whose volume stays where it is',
    zh: '没有节点只运行 API Pod 而不运行 Redis（Redis 的卷不能移动）',
  },
  emptied: {
    en: 'the API Pods of {node} evicted and Ready elsewhere within {seconds} s',
    zh: '{node} 上的 API Pod 被驱逐，并在 {seconds} 秒内于其他节点 Ready',
  },
  notEmptied: {
    en: '{evicted} of {all} evicted; Ready elsewhere: {elsewhere}',
    zh: '已驱逐 {evicted}/{all}；其他节点上 Ready 的：{elsewhere}',
  },
  whyEmptied: {
    en: 'a PodDisruptionBudget that allows nothing, or no room on the other nodes, makes a drain hang for ever',
    zh: '不允许任何中断的 PodDisruptionBudget，或其他节点没有空间，都会让腾空永远卡住',
  },
  served: {
    en: 'no failed request through the Service during the drain',
    zh: '腾空期间经由 Service 的请求没有一个失败',
  },
  failed: { en: '{failed} of {all} failed, first: {first}', zh: '{all} 个请求中有 {failed} 个失败，第一个：{first}' },
  whyServed: {
    en: 'a Pod must go on serving for some seconds after SIGTERM, until every node’s proxy has learnt that it leaves',
    zh: 'Pod 收到 SIGTERM 后必须继续服务数秒，直到所有节点的代理都得知它将离开',
  },
  seen: {
    en: '{node}: {pods} Pods moved in {seconds} s, {all} requests, none failed',
    zh: '{node}：{seconds} 秒内迁移 {pods} 个 Pod，共 {all} 个请求，无一失败',
  },
});

const moveWithinMs = 120_000;

export const nodeDrain: Check = {
  id: 'TE09',
  title: {
    en: 'draining a node moves its API Pods without a failed request',
    zh: '腾空节点时 API Pod 迁移到其他节点，且没有请求失败',
  },
  proves: {
    en: 'Cordons a node that has an API Pod but not Redis, evicts the API Pods as `kubectl drain` does, and sends requests through the Service all the while. The node is uncordoned at the end.',
    zh: '封锁一个有 API Pod 而没有 Redis 的节点，像 `kubectl drain` 一样驱逐其上的 API Pod，期间持续经由 Service 发送请求。结束后解除封锁。',
  },
  covers: ['pods-running', 'api-endpoints'],
  disruptive: {
    en: 'cordon one node and evict its API Pods, then uncordon it',
    zh: '封锁一个节点并驱逐其上的 API Pod，随后解除封锁',
  },
  timeoutMs: 240_000,
  needs: [needsNodes(2), needsReadyApiPod],
  async run(context) {
    const { cluster, canaries, stack, signal, clock } = context;
    const before = await readyApiPods(context);
    const node = await drainableNode(context, before);
    if (node === undefined) return skip(said(text.noNode));
    const moving = before.filter((pod) => pod.spec.nodeName === node);
    const change = { kind: 'nodes', namespace: '', name: node } as const;
    await canaries.change(
      { ...change, patch: { spec: { unschedulable: true } }, undo: { spec: { unschedulable: null } } },
      signal,
    );
    const startedAt = clock.now();
    const watch = new AbortController();
    const requests = keepAsking(context, watch.signal);
    let evicted = 0;
    for (const pod of moving) {
      const gone = async (): Promise<true | undefined> =>
        (await cluster.evict(stack.namespace, pod.metadata.name, { signal })) ? true : undefined;
      if ((await waitUntil(context, gone, { timeoutMs: 60_000, everyMs: 1_000 })) === true) evicted++;
    }
    const moved = async (): Promise<readonly Pod[] | undefined> => {
      const now = await readyApiPods(context);
      return now.length >= before.length && now.every((p) => p.spec.nodeName !== node) ? now : undefined;
    };
    // What may not leave is not waited for.
    const elsewhere =
      evicted === moving.length ? await waitUntil(context, moved, { timeoutMs: moveWithinMs }) : undefined;
    const tookMs = clock.now() - startedAt;
    watch.abort();
    return judgeDrain({
      node,
      moving: moving.length,
      evicted,
      elsewhere: elsewhere?.length ?? (await readyApiPods(context)).filter((p) => p.spec.nodeName !== node).length,
      wanted: before.length,
      requests: await requests,
      tookMs,
    });
  },
};

async function drainableNode(context: CheckContext, pods: readonly Pod[]): Promise<string | undefined> {
  const nodes = await context.cluster.list<Node>('nodes', '', { signal: context.signal });
  const redisNodes = new Set((await redisPods(context)).map((pod) => pod.spec.nodeName));
  return nodes
    .filter(acceptsPods)
    .map((node) => node.metadata.name)
    .find((name) => !redisNodes.has(name) && pods.some((pod) => pod.spec.nodeName === name));
}

/** Sends one request after the other. @returns a line for each that failed, `undefined` for each that did not. */
async function keepAsking(context: CheckContext, until: AbortSignal): Promise<readonly (string | undefined)[]> {
  const results: (string | undefined)[] = [];
  while (!until.aborted && !context.signal.aborted) {
    const answer = await askApi(context, { path: '/api/v1/info' });
    results.push(answer.reached && answer.status === 200 ? undefined : inOneLine(answer));
    await context.clock.wait(100, context.signal);
  }
  return results;
}

export interface DrainFacts {
  readonly node: string;
  readonly moving: number;
  readonly evicted: number;
  readonly elsewhere: number;
  readonly wanted: number;
  /** A line for each failed request, `undefined` for each that succeeded. */
  readonly requests: readonly (string | undefined)[];
  readonly tookMs: number;
}

export function judgeDrain({ node, moving, evicted, elsewhere, wanted, requests, tookMs }: DrainFacts): Outcome {
  if (evicted < moving || elsewhere < wanted) {
    return fail({
      expected: said(text.emptied, { node, seconds: moveWithinMs / 1_000 }),
      actual: said(text.notEmptied, { evicted, all: moving, elsewhere }),
      why: said(text.whyEmptied),
      fix: raw('kubectl -n journey get pdb,pods -o wide'),
    });
  }
  const failures = requests.filter((r) => r !== undefined);
  if (failures.length > 0 || requests.length === 0) {
    return fail({
      expected: said(text.served),
      actual: said(text.failed, { failed: failures.length, all: requests.length, first: failures[0] ?? '-' }),
      why: said(text.whyServed),
      fix: raw('server.drainMs: 5000; terminationGracePeriodSeconds: 30'),
    });
  }
  return pass(said(text.seen, { node, pods: moving, seconds: (tookMs / 1_000).toFixed(1), all: requests.length }));
}
