import { isReady } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { startPod } from '../../facts/canary-pod.ts';
import { type CollectedRecord, watchRecords } from '../../facts/collected-records.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  arrives: {
    en: 'line "{kind}" of a fresh Pod on {node} within {seconds} s',
    zh: '{node} 上新 Pod 写出的“{kind}”行在 {seconds} 秒内到达',
  },
  absent: { en: 'not collected; of that Pod came: {others}', zh: '未采集到；该 Pod 已到达的行：{others}' },
  whyArrives: {
    en: 'a collector that is Ready and delivers nothing: wrong path, unreadable files, a sink that is stuck',
    zh: '采集器 Ready 却没有送出任何内容：路径错误、文件不可读或输出端卡住',
  },
  right: {
    en: 'stream {stream}, {where}, the text exactly as written',
    zh: '流 {stream}，{where}，文本与写入的完全一致',
  },
  whyRight: {
    en: 'the metadata comes from the path of the log file and the node’s name; a line is only as useful as its origin is certain',
    zh: '元数据来自日志文件的路径与节点名称；来源不确定的日志没有价值',
  },
  fix: {
    en: 'kubectl -n {namespace} logs {pod} --tail=20; kubectl get --raw /api/v1/namespaces/{namespace}/pods/{pod}:9100/proxy/streams',
    zh: 'kubectl -n {namespace} logs {pod} --tail=20；kubectl get --raw /api/v1/namespaces/{namespace}/pods/{pod}:9100/proxy/streams',
  },
  seen: {
    en: '{n} lines from {nodes} nodes arrived within {seconds} s',
    zh: '来自 {nodes} 个节点的 {n} 行在 {seconds} 秒内全部到达',
  },
});

const withinMs = 30_000;
/** Longer than the 16 KiB at which the container runtime cuts a line in two (CRI `P` lines). */
const longLine = 20_000;

/** The last argument is the marker; `-` is spoken last, so that a shell-less image needs nothing but node. */
const script = `
const marker = process.argv.at(-1);
console.log(JSON.stringify({ level: 'info', msg: 'plain ' + marker }));
console.error('error ' + marker);
console.log('long ' + 'x'.repeat(${longLine}) + ' ' + marker);
`;

export const canaryLineArrives: Check = {
  id: 'LC03',
  title: {
    en: 'lines written by a fresh Pod on each node come out of its collector with the right origin',
    zh: '各节点上新 Pod 写出的日志行都由该节点的采集器送出，且来源正确',
  },
  proves: {
    en: 'Starts a short-lived Pod on each node that writes three lines (JSON to stdout, text to stderr, one of 20,000 characters that the runtime cuts in two), and looks for them in the output of the collector there: text, stream, namespace, Pod, container, node.',
    zh: '在每个节点上启动一个短暂的 Pod，写出三行日志（stdout 的 JSON、stderr 的文本、一行会被运行时切成两段的 20,000 个字符），并在该节点采集器的输出中核对：文本、流、命名空间、Pod、容器、节点。',
  },
  covers: ['logs-output', 'logs-node-information'],
  timeoutMs: 90_000,
  async run(context) {
    const { clock, stack, runId } = context;
    const collectors = (await logCollectorPods(context)).filter(isReady);
    const marker = `journey-verify-${runId}`;
    const watch = watchRecords(context, collectors, marker);
    const startedAt = clock.now();
    const canaries = await Promise.all(
      collectors.map(async (collector, index) => {
        const node = collector.spec.nodeName ?? '';
        const image = collector.spec.containers[0]?.image ?? '';
        const name = `journey-verify-log-${runId}-${index}`;
        const pod = await startPod(context, { name, image, nodeName: node, script, args: [marker] });
        return { pod: name, uid: pod.metadata.uid, node, collector: collector.metadata.name };
      }),
    );
    const wanted = canaries.length * kinds.length;
    const here = (): number => watch.records.filter((r) => canaries.some((c) => c.uid === r.kubernetes?.uid)).length;
    await waitUntil(context, async () => (here() >= wanted ? true : undefined), { timeoutMs: withinMs, everyMs: 250 });
    return judgeDelivery({
      namespace: stack.namespace,
      nodeNamespace: stack.nodeNamespace,
      marker,
      canaries,
      records: [...watch.records],
      tookMs: clock.now() - startedAt,
    });
  },
};

const kinds = [
  {
    kind: 'plain',
    stream: 'stdout',
    line: (marker: string) => JSON.stringify({ level: 'info', msg: `plain ${marker}` }),
  },
  { kind: 'error', stream: 'stderr', line: (marker: string) => `error ${marker}` },
  { kind: 'long', stream: 'stdout', line: (marker: string) => `long ${'x'.repeat(longLine)} ${marker}` },
] as const;

export interface DeliveryFacts {
  readonly namespace: string;
  readonly nodeNamespace: string;
  readonly marker: string;
  readonly canaries: readonly {
    readonly pod: string;
    readonly uid: string;
    readonly node: string;
    readonly collector: string;
  }[];
  readonly records: readonly CollectedRecord[];
  readonly tookMs: number;
}

export function judgeDelivery(facts: DeliveryFacts): Outcome {
  const { namespace, nodeNamespace, marker, canaries, records, tookMs } = facts;
  for (const { pod, uid, node, collector } of canaries) {
    const own = records.filter((r) => r.kubernetes?.uid === uid || r.kubernetes?.pod === pod);
    for (const { kind, stream, line } of kinds) {
      const record = own.find(
        (r) => r.log?.includes(`${kind} `) === true && !(kind !== 'plain' && r.log.startsWith('{')),
      );
      const fix = said(text.fix, { namespace: nodeNamespace, pod: collector });
      if (record === undefined) {
        const others = own.map((r) => (r.log ?? '').slice(0, 40)).join(' | ') || '-';
        return fail({
          expected: said(text.arrives, { kind, node, seconds: withinMs / 1_000 }),
          actual: said(text.absent, { others }),
          why: said(text.whyArrives),
          fix,
        });
      }
      const k = record.kubernetes;
      const origin = { node, namespace, pod, uid, container: 'canary' };
      const rightOrigin = Object.entries(origin).every(([name, value]) => k?.[name as keyof typeof origin] === value);
      const rightTime = Number.isFinite(Date.parse(record.time ?? ''));
      if (!rightOrigin || !rightTime || record.stream !== stream || record.log !== line(marker)) {
        return fail({
          expected: said(text.right, { stream, where: JSON.stringify(origin) }),
          actual: raw(
            `${record.stream ?? '-'}, ${JSON.stringify(k)}, ${record.time ?? '-'}, ${record.log?.length ?? 0}: ${record.log?.slice(0, 80) ?? ''}`,
          ),
          why: said(text.whyRight),
          fix,
        });
      }
    }
  }
  if (canaries.length === 0) {
    const expected = said(text.arrives, { kind: 'plain', node: '-', seconds: withinMs / 1_000 });
    return fail({
      expected,
      actual: raw('0 collectors'),
      why: said(text.whyArrives),
      fix: raw('journey verify --only LC01'),
    });
  }
  return pass(
    said(text.seen, {
      n: canaries.length * kinds.length,
      nodes: canaries.length,
      seconds: (tookMs / 1_000).toFixed(1),
    }),
  );
}
