import { isReady, type Job, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check, CheckContext } from '../../check.ts';
import { podSpecOf } from '../../facts/canary-pod.ts';
import { type CollectedRecord, watchRecords } from '../../facts/collected-records.ts';
import { configFileIn, settingsIn } from '../../facts/effective-config.ts';
import { mountedConfigMaps } from '../../facts/mounted-config.ts';
import { needsReadyCollectorPod } from '../../facts/preconditions.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { logCollectorPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, skip } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  off: {
    en: 'metadata.source is not "api": records carry only what the path of the log file says',
    zh: 'metadata.source 不是 “api”：记录只含日志文件路径中的信息',
  },
  expected: {
    en: 'records of the Job {job} on {node} with node {node}, owner {owner} and label app={app}, within {seconds} s',
    zh: '{seconds} 秒内，{node} 上 Job {job} 的记录带有节点 {node}、所有者 {owner} 与标签 app={app}',
  },
  actual: { en: '{n} records; the last one says {kubernetes}', zh: '{n} 条记录；最后一条为 {kubernetes}' },
  why: {
    en: 'the path of a log file names a Pod; which workload it belongs to, only the API server knows. Without it logs cannot be searched by Deployment or label',
    zh: '日志文件的路径只给出 Pod 名称；它属于哪个工作负载，只有 API 服务器知道。缺少这些信息就无法按 Deployment 或标签检索日志',
  },
  fix: {
    en: 'kubectl auth can-i watch pods --as=system:serviceaccount:{namespace}:{account}; kubectl -n {namespace} logs {pod} --tail=-1 | grep "metadata from the API"; compare with k8s/v0.2/log-collector/rbac.yaml',
    zh: 'kubectl auth can-i watch pods --as=system:serviceaccount:{namespace}:{account}；kubectl -n {namespace} logs {pod} --tail=-1 | grep "metadata from the API"；对照 k8s/v0.2/log-collector/rbac.yaml',
  },
  seen: {
    en: 'owner and label on {nodes} nodes within {seconds} s; {before} records went ahead without them',
    zh: '{nodes} 个节点在 {seconds} 秒内带上了所有者与标签；此前有 {before} 条记录先行送出',
  },
});

const withinMs = 20_000;
const app = 'journey-verify';

/** Records never wait for labels: the first lines of a Pod may be quicker than the API. So it goes on for a while. */
const script = `
const [marker] = process.argv.slice(-1);
let n = 0;
const timer = setInterval(() => {
  console.log('known ' + n + ' ' + marker);
  if (++n === 80) clearInterval(timer);
}, 250);
`;

export const labelsAndOwner: Check = {
  id: 'LC08',
  title: {
    en: 'records carry the labels and the owner of their Pod',
    zh: '记录带有其 Pod 的标签与所有者',
  },
  proves: {
    en: 'Starts a short-lived Job on each node and looks in the output of the collector there for its node, its owner (the Job) and a label: that the collector may ask the API server about its node’s Pods, and does.',
    zh: '在每个节点上启动一个短暂的 Job，并在该节点采集器的输出中查找它的节点、所有者（该 Job）与标签：证明采集器有权并确实向 API 服务器查询本节点的 Pod。',
  },
  covers: ['logs-node-information'],
  timeoutMs: 90_000,
  needs: [needsReadyCollectorPod],
  async run(context) {
    const { clock, stack, runId } = context;
    const collectors = (await logCollectorPods(context)).filter(isReady);
    if (!(await asksTheApi(context, collectors))) return skip(said(text.off));
    const marker = `journey-verify-known-${runId}`;
    const watch = watchRecords(context, collectors, marker);
    const startedAt = clock.now();
    const canaries = await Promise.all(
      collectors.map(async (collector, index) => {
        const job = `journey-verify-known-${runId}-${index}`;
        const node = collector.spec.nodeName ?? '';
        const image = collector.spec.containers[0]?.image ?? '';
        await startJob(context, job, podSpecOf({ image, nodeName: node, script, args: [marker] }));
        return { job, node, collector: collector.metadata.name };
      }),
    );
    const known = () => canaries.every((canary) => ownRecords(watch.records, canary).some((r) => isKnown(r, canary)));
    await waitUntil(context, async () => (known() ? true : undefined), { timeoutMs: withinMs, everyMs: 250 });
    return judgeKnown({
      nodeNamespace: stack.nodeNamespace,
      canaries,
      records: [...watch.records],
      tookMs: clock.now() - startedAt,
    });
  },
};

/** Whether it is meant to: the setting is in the file it mounts. */
async function asksTheApi(context: CheckContext, [collector]: readonly Pod[]): Promise<boolean> {
  if (collector === undefined) return true;
  const file = configFileIn(await mountedConfigMaps(context, collector));
  return file === undefined || settingsIn(file.text).get('metadata.source') === 'api';
}

function startJob({ canaries, stack, signal }: CheckContext, name: string, spec: object): Promise<Job> {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 120,
      ttlSecondsAfterFinished: 60,
      template: { metadata: { labels: { app } }, spec },
    },
  };
  return canaries.create<Job>('jobs', stack.namespace, job, signal);
}

export interface KnownFacts {
  readonly nodeNamespace: string;
  readonly canaries: readonly KnownCanary[];
  readonly records: readonly CollectedRecord[];
  readonly tookMs: number;
}

interface KnownCanary {
  readonly job: string;
  readonly node: string;
  readonly collector: string;
}

export function judgeKnown({ nodeNamespace, canaries, records, tookMs }: KnownFacts): Outcome {
  let before = 0;
  for (const canary of canaries) {
    const own = ownRecords(records, canary);
    const first = own.findIndex((record) => isKnown(record, canary));
    if (first === -1) {
      const { job, node, collector } = canary;
      return fail({
        expected: said(text.expected, { job, node, owner: `Job/${job}`, app, seconds: withinMs / 1_000 }),
        actual: said(text.actual, { n: own.length, kubernetes: JSON.stringify(own.at(-1)?.kubernetes ?? null) }),
        why: said(text.why),
        fix: said(text.fix, { namespace: nodeNamespace, account: 'log-collector', pod: collector }),
      });
    }
    before += first;
  }
  if (canaries.length === 0) {
    const expected = said(text.expected, { job: '-', node: '-', owner: '-', app, seconds: withinMs / 1_000 });
    return fail({
      expected,
      actual: raw('0 collectors'),
      why: said(text.why),
      fix: raw('journey verify --only LC01'),
    });
  }
  return pass(said(text.seen, { nodes: canaries.length, seconds: (tookMs / 1_000).toFixed(1), before }));
}

/** A Job's Pod is named after it. */
function ownRecords(records: readonly CollectedRecord[], { job }: KnownCanary): readonly CollectedRecord[] {
  return records.filter(({ kubernetes }) => kubernetes?.pod?.startsWith(`${job}-`) === true);
}

function isKnown({ kubernetes }: CollectedRecord, { job, node }: KnownCanary): boolean {
  const { owner, labels } = kubernetes ?? {};
  return kubernetes?.node === node && owner?.kind === 'Job' && owner.name === job && labels?.['app'] === app;
}
