import { isReady } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { logCollectorPods, readyApiPods } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  lines: { en: 'at least one line from {pod}', zh: '{pod} 至少有一行日志' },
  parses: {
    en: 'every line of {pod} is JSON with time, level and msg (a collected record: time, log, kubernetes)',
    zh: '{pod} 的每一行都是含 time、level 与 msg 的 JSON（采集到的记录则为 time、log、kubernetes）',
  },
  why: {
    en: 'one line that is not JSON (a stack trace, a library’s print) breaks every query behind it, and is usually the one that matters',
    zh: '一行不是 JSON 的日志（堆栈、某个库的打印）会破坏后续所有查询，而它往往正是关键的那一行',
  },
  seen: { en: '{n} lines of {pods} Pods', zh: '{pods} 个 Pod 的 {n} 行日志' },
});

const tailLines = 200;

export const logsParse: Check = {
  id: 'TE07',
  title: {
    en: 'every log line of our programs is JSON with time, level and message',
    zh: '我们程序的每一行日志都是含时间、级别与消息的 JSON',
  },
  proves: {
    en: 'Reads the last 200 lines of each API and collector Pod and parses each. The log of the clean-up is CJ03’s; Redis has a format of its own.',
    zh: '读取每个 API 与采集器 Pod 的最后 200 行并逐行解析。清理任务的日志由 CJ03 检查；Redis 有自己的格式。',
  },
  covers: ['logs-clear'],
  async run(context) {
    const { cluster, signal } = context;
    const pods = [...(await readyApiPods(context)), ...(await logCollectorPods(context)).filter(isReady)];
    return judgeLogs(
      await Promise.all(
        pods.map(async ({ metadata, spec }) => {
          const container = spec.containers[0]?.name ?? '';
          const log = await cluster.logs(metadata.namespace ?? '', metadata.name, { container, tailLines, signal });
          return { pod: metadata.name, namespace: metadata.namespace ?? '', log };
        }),
      ),
    );
  },
};

export interface PodLog {
  readonly pod: string;
  readonly namespace: string;
  readonly log: string;
}

export function judgeLogs(logs: readonly PodLog[]): Outcome {
  let count = 0;
  for (const { pod, namespace, log } of logs) {
    const lines = log.split('\n').filter((line) => line.trim() !== '');
    const fix = raw(`kubectl -n ${namespace} logs ${pod} --tail=${tailLines}`);
    if (lines.length === 0)
      return fail({ expected: said(text.lines, { pod }), actual: raw('0'), why: said(text.why), fix });
    const bad = lines.find((line) => !isLogLine(line));
    if (bad !== undefined) {
      return fail({ expected: said(text.parses, { pod }), actual: raw(bad.slice(0, 300)), why: said(text.why), fix });
    }
    count += lines.length;
  }
  if (logs.length === 0) {
    return fail({
      expected: said(text.lines, { pod: 'api' }),
      actual: raw('0 Pods'),
      why: said(text.why),
      fix: raw('journey verify --only AP01'),
    });
  }
  return pass(said(text.seen, { n: count, pods: logs.length }));
}

function isLogLine(line: string): boolean {
  try {
    const { time, level, msg, log, kubernetes } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) return false;
    return (
      (typeof level === 'string' && typeof msg === 'string') ||
      (typeof log === 'string' && typeof kubernetes === 'object')
    );
  } catch {
    return false;
  }
}
