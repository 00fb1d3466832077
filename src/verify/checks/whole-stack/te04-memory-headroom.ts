import { isReady, type Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check, CheckContext } from '../../check.ts';
import { askPod } from '../../facts/api-http.ts';
import { askCollector } from '../../facts/collector-http.ts';
import { parsePrometheusText } from '../../facts/prometheus-text.ts';
import { quantity } from '../../facts/quantity.ts';
import { logCollectorPods, readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  measured: { en: 'process_resident_memory_bytes from every Pod', zh: '每个 Pod 的 process_resident_memory_bytes' },
  below: { en: 'memory below {percent} % of the limit', zh: '内存低于限制的 {percent} %' },
  why: {
    en: 'at the limit the kernel kills the process (OOMKilled, exit code 137) in the middle of whatever it does',
    zh: '达到限制时内核会直接杀死进程（OOMKilled，退出码 137），无论它正在做什么',
  },
  fix: {
    en: 'raise limits.memory in k8s/v0.2, or lower cache.maxBytes',
    zh: '调高 k8s/v0.2 中的 limits.memory，或调低 cache.maxBytes',
  },
});

const most = 0.9;

export const memoryHeadroom: Check = {
  id: 'TE04',
  title: { en: 'no program is close to its memory limit', zh: '没有程序接近其内存限制' },
  proves: {
    en: 'Compares the resident memory that each API and collector Pod measures of itself with its container’s limit. Redis is judged by RD07.',
    zh: '将每个 API 与采集器 Pod 自测的常驻内存与其容器限制对照。Redis 由 RD07 判断。',
  },
  covers: ['resources-set'],
  async run(context) {
    return judgeHeadroom(await measured(context));
  },
};

async function measured(context: CheckContext): Promise<readonly MemoryUse[]> {
  const [api, collectors] = [await readyApiPods(context), (await logCollectorPods(context)).filter(isReady)];
  const use = async (pod: Pod, ask: typeof askPod | typeof askCollector): Promise<MemoryUse> => {
    const answer =
      ask === askCollector
        ? await askCollector(context, pod, '/metrics')
        : await askPod(context, pod, { path: '/metrics' });
    const samples = answer.reached ? parsePrometheusText(answer.body) : [];
    return {
      pod: pod.metadata.name,
      bytes: samples.find((s) => s.name === 'process_resident_memory_bytes')?.value,
      limit: pod.spec.containers[0]?.resources?.limits?.['memory'],
    };
  };
  return Promise.all([...api.map((pod) => use(pod, askPod)), ...collectors.map((pod) => use(pod, askCollector))]);
}

export interface MemoryUse {
  readonly pod: string;
  readonly bytes: number | undefined;
  readonly limit: string | undefined;
}

export function judgeHeadroom(uses: readonly MemoryUse[]): Outcome {
  const show = ({ pod, bytes, limit }: MemoryUse): string =>
    `${pod}: ${bytes === undefined ? '-' : Math.round(bytes / 2 ** 20)} Mi / ${limit ?? '-'}`;
  const unknown = uses.filter((u) => u.bytes === undefined);
  if (unknown.length > 0 || uses.length === 0) {
    return fail({
      expected: said(text.measured),
      actual: raw(unknown.map(show).join('\n') || '0 Pods'),
      why: said(text.why),
      fix: raw('journey verify --only TE08,LC04'),
    });
  }
  const tight = uses.filter(({ bytes = 0, limit }) => bytes > (quantity(limit) ?? Number.POSITIVE_INFINITY) * most);
  if (tight.length > 0) {
    const expected = said(text.below, { percent: most * 100 });
    return warn({ expected, actual: raw(tight.map(show).join('\n')), why: said(text.why), fix: said(text.fix) });
  }
  return pass(raw(uses.map(show).join(', ')));
}
