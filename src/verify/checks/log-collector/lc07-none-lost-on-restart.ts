import { isReady } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { startPod } from '../../facts/canary-pod.ts';
import { type CollectedRecord, watchRecords } from '../../facts/collected-records.ts';
import { needsReadyCollectorPod } from '../../facts/preconditions.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'each of {n} numbered lines, at least once', zh: '{n} 条编号的日志行，每条至少一次' },
  actual: {
    en: 'missing {missing}: {which}; before the deletion {before}, after it {after}',
    zh: '缺少 {missing} 条：{which}；删除前 {before} 条，删除后 {after} 条',
  },
  noPod: { en: 'no new collector Pod became Ready', zh: '没有新的采集器 Pod 变为 Ready' },
  why: {
    en: 'the position is saved only for what was delivered, on the node (not in the Pod): the next collector goes on from there. A line may come twice, never not at all',
    zh: '位置只为已送出的内容保存，且保存在节点上（不在 Pod 内）：下一个采集器从那里继续。同一行可能重复，但绝不会缺失',
  },
  seen: {
    en: '{n} lines, {twice} of them twice, over {pods} Pods',
    zh: '{n} 条日志，其中 {twice} 条重复，跨越 {pods} 个 Pod',
  },
});

const lines = 200;
const everyMs = 100;

const script = `
const [marker, count, everyMs] = process.argv.slice(-3);
let n = 0;
const timer = setInterval(() => {
  console.log('line ' + n + ' ' + marker);
  if (++n === Number(count)) clearInterval(timer);
}, Number(everyMs));
`;

export const noneLostOnRestart: Check = {
  id: 'LC07',
  title: {
    en: 'a collector that is deleted while lines flow loses none',
    zh: '日志持续写出时删除采集器，不会丢失任何一行',
  },
  proves: {
    en: 'A short-lived Pod writes a numbered line every 100 ms; in the midst of it the collector of its node is deleted. Between the output of the old and the new collector every number must be there.',
    zh: '一个短暂的 Pod 每 100 毫秒写一条编号的日志；中途删除其节点上的采集器。新旧采集器的输出合在一起必须包含每个编号。',
  },
  covers: ['logs-output'],
  disruptive: { en: 'delete the log collector Pod of one node once', zh: '删除一个节点上的日志采集器 Pod 一次' },
  timeoutMs: 180_000,
  needs: [needsReadyCollectorPod],
  async run(context) {
    const { cluster, stack, runId, signal } = context;
    const [old] = (await logCollectorPods(context)).filter(isReady);
    const node = old?.spec.nodeName ?? '';
    const marker = `journey-verify-flow-${runId}`;
    const before = watchRecords(context, old === undefined ? [] : [old], marker);
    await startPod(context, {
      name: `journey-verify-flow-${runId}`,
      image: old?.spec.containers[0]?.image ?? '',
      nodeName: node,
      script,
      args: [marker, String(lines), String(everyMs)],
    });
    await waitUntil(context, async () => (before.records.length >= lines / 10 ? true : undefined), {
      timeoutMs: 40_000,
    });
    await cluster.delete('pods', stack.nodeNamespace, old?.metadata.name ?? '', { signal });
    const next = await waitUntil(
      context,
      async () =>
        (await logCollectorPods(context)).find(
          (p) => p.spec.nodeName === node && p.metadata.uid !== old?.metadata.uid && isReady(p),
        ),
      { timeoutMs: 90_000 },
    );
    const after = watchRecords(context, next === undefined ? [] : [next], marker, 120);
    const all = (): number => new Set([...before.records, ...after.records].map(numberOf)).size;
    await waitUntil(context, async () => (all() >= lines ? true : undefined), { timeoutMs: 40_000 });
    return judgeFlow({ lines, before: [...before.records], after: [...after.records], replaced: next !== undefined });
  },
};

export interface FlowFacts {
  /** How many were written, numbered from 0. */
  readonly lines: number;
  readonly before: readonly CollectedRecord[];
  readonly after: readonly CollectedRecord[];
  /** A new collector Pod became Ready. */
  readonly replaced: boolean;
}

export function judgeFlow({ lines: wanted, before, after, replaced }: FlowFacts): Outcome {
  const all = [...before, ...after].map(numberOf);
  const arrived = new Set(all);
  const missing = Array.from({ length: wanted }, (_, n) => n).filter((n) => !arrived.has(n));
  if (missing.length > 0 || !replaced) {
    return fail({
      expected: said(text.expected, { n: wanted }),
      actual: replaced
        ? said(text.actual, {
            missing: missing.length,
            which: missing.slice(0, 20).join(', '),
            before: before.length,
            after: after.length,
          })
        : said(text.noPod),
      why: said(text.why),
      fix: raw(
        'kubectl -n journey-node describe daemonset log-collector; kubectl -n journey-node logs daemonset/log-collector --tail=30',
      ),
    });
  }
  return pass(said(text.seen, { n: wanted, twice: all.length - arrived.size, pods: after.length > 0 ? 2 : 1 }));
}

function numberOf({ log = '' }: CollectedRecord): number {
  return Number(/^line (\d+) /.exec(log)?.[1] ?? Number.NaN);
}
