import type { Pod } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { stackPods } from '../../facts/stack-pods.ts';
import { fail, type Outcome, pass, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: { en: 'no container restarted within the last {minutes} minutes', zh: '最近 {minutes} 分钟内没有容器重启' },
  why: {
    en: '137 is SIGKILL (OOMKilled, or a liveness probe), 143 SIGTERM, 1 an error of the program: the log of the instance before says which',
    zh: '137 表示 SIGKILL（OOMKilled 或存活态探针），143 表示 SIGTERM，1 表示程序出错：上一个实例的日志会说明原因',
  },
  noOom: { en: 'no container ever killed for its memory', zh: '没有容器因内存被杀死' },
  whyOom: {
    en: 'it will happen again under the same load: raise the limit or find what grows',
    zh: '在相同负载下还会再次发生：请调高限制，或找出内存增长的原因',
  },
  seen: { en: '{n} restarts since the Pods began', zh: '自 Pod 创建以来共重启 {n} 次' },
});

const recentMs = 10 * 60_000;

export const noRecentRestart: Check = {
  id: 'TE02',
  title: { en: 'no container has restarted lately', zh: '近期没有容器重启' },
  proves: {
    en: 'Reads when and why the last instance of every container ended. A Pod can be Ready now and have crashed a minute ago.',
    zh: '读取每个容器上一个实例结束的时间与原因。Pod 此刻 Ready，也可能一分钟前刚崩溃过。',
  },
  covers: ['pods-running'],
  async run(context) {
    return judgeRestarts({ pods: await stackPods(context), now: context.clock.now() });
  },
};

export interface RestartFacts {
  readonly pods: readonly Pod[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function judgeRestarts({ pods, now }: RestartFacts): Outcome {
  const containers = pods.flatMap((pod) => (pod.status.containerStatuses ?? []).map((status) => ({ pod, status })));
  const ended = containers.flatMap(({ pod, status }) => {
    const last = status.lastState?.terminated;
    return last === undefined ? [] : [{ pod, status, last }];
  });
  const describe = ({ pod, status, last }: (typeof ended)[number]): string =>
    `${pod.metadata.name}/${status.name}: exit code ${last.exitCode} (${last.reason ?? 'Error'}), ${last.finishedAt ?? '?'}, restarts ${status.restartCount}`;
  const logs = ({ pod, status }: (typeof ended)[number]): string =>
    `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name} -c ${status.name} --previous`;
  const recent = ended.filter(({ last }) => now - Date.parse(last.finishedAt ?? '') < recentMs);
  const [first] = recent;
  if (first !== undefined) {
    return fail({
      expected: said(text.expected, { minutes: recentMs / 60_000 }),
      actual: raw(recent.map(describe).join('\n')),
      why: said(text.why),
      fix: raw(logs(first)),
    });
  }
  const killed = ended.filter(({ last }) => last.reason === 'OOMKilled');
  const [oom] = killed;
  if (oom !== undefined) {
    return warn({
      expected: said(text.noOom),
      actual: raw(killed.map(describe).join('\n')),
      why: said(text.whyOom),
      fix: raw(logs(oom)),
    });
  }
  return pass(said(text.seen, { n: containers.reduce((sum, c) => sum + c.status.restartCount, 0) }));
}
