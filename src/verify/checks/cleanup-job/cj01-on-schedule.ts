import { Cron } from 'croner';
import { type CronJob, condition, type Node } from '../../../cluster/objects.ts';
import { reasonOf } from '../../../errors/journey-error.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { absentWorkload } from '../../facts/absent-workload.ts';
import { getCleanup } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, warn } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  whyExists: { en: 'nobody else removes index entries of expired keys', zh: '没有其他程序会清理已过期键的索引条目' },
  running: { en: 'not suspended', zh: '未被挂起（suspend）' },
  whySuspended: {
    en: 'a suspended CronJob looks healthy and never runs',
    zh: '被挂起的 CronJob 看起来正常，但永远不会运行',
  },
  soon: { en: 'a next run within 24 hours', zh: '24 小时内会有下一次运行' },
  never: { en: '{schedule} ({zone}): never', zh: '{schedule}（{zone}）：永远不会运行' },
  late: { en: '{schedule} ({zone}): next run {next}', zh: '{schedule}（{zone}）：下一次运行在 {next}' },
  invalid: { en: '{schedule}: {reason}', zh: '{schedule}：{reason}' },
  whySoon: {
    en: 'a schedule can be valid and still be the wrong one: five fields, minute first; a day of month and a day of week together mean either',
    zh: '时间表语法正确也可能写错：共五个字段，分钟在最前；同时指定日期与星期表示满足其一即可',
  },
  fixSoon: {
    en: 'set spec.schedule to "7 * * * *" and spec.timeZone to Etc/UTC in k8s/v0.2/cleanup-job/cronjob.yaml',
    zh: '在 k8s/v0.2/cleanup-job/cronjob.yaml 中将 spec.schedule 设为 "7 * * * *"，spec.timeZone 设为 Etc/UTC',
  },
  fired: { en: 'a run at {due}', zh: '在 {due} 有一次运行' },
  notFired: { en: 'last scheduled {last}', zh: '上次调度时间为 {last}' },
  neverFired: { en: 'never scheduled since {created}', zh: '自 {created} 以来从未调度' },
  whyFired: {
    en: 'Forbid and a Job that hangs block all later runs; so does a controller that is down or a startingDeadlineSeconds below 10',
    zh: 'concurrencyPolicy 为 Forbid 时，一个卡住的 Job 会阻塞之后的所有运行；控制器停止或 startingDeadlineSeconds 小于 10 也会如此',
  },
  whyAsleep: {
    en: 'a node came up only at {since}: a cluster that sleeps or starts anew misses what was due; the next run is at {next}',
    zh: '有节点在 {since} 才就绪：休眠或重新启动的集群会错过当时应有的运行；下一次运行在 {next}',
  },
  seen: { en: '{schedule} ({zone}), last {last}, next {next}', zh: '{schedule}（{zone}），上次 {last}，下次 {next}' },
});

const dayMs = 24 * 3_600_000;
/** The controller looks every few seconds; beyond this a run is missed, not late. */
const graceMs = 60_000;

export const cleanupOnSchedule: Check = {
  id: 'CJ01',
  title: {
    en: 'the CronJob is not suspended, runs within a day, and has not missed its last run',
    zh: 'CronJob 未被挂起，一天之内会运行，且没有错过上一次运行',
  },
  proves: {
    en: 'Computes the next and the last due time from `schedule` and `timeZone` and compares with `status.lastScheduleTime`. The schedule of a CronJob made just now is judged by its next run only, and a run missed while a node was down is a warning.',
    zh: '根据 `schedule` 与 `timeZone` 计算下一次与上一次应运行的时间，并与 `status.lastScheduleTime` 对照。刚创建的 CronJob 只依据下一次运行时间判断；节点停机期间错过的运行只给出警告。',
  },
  covers: ['cleanup-schedule'],
  async run(context) {
    const { cluster, clock, signal, stack } = context;
    const nodes = await cluster.list<Node>('nodes', '', { signal });
    return judgeSchedule({
      namespace: stack.namespace,
      name: stack.cleanup.cronJob,
      cronJob: await getCleanup(context),
      nodesUpSince: Math.max(0, ...nodes.map(upSince)),
      now: clock.now(),
    });
  },
};

export interface ScheduleFacts {
  readonly namespace: string;
  readonly name: string;
  readonly cronJob: CronJob | undefined;
  /** When the last node became Ready, in milliseconds since the epoch. */
  readonly nodesUpSince: number;
  readonly now: number;
}

export function judgeSchedule({ namespace, name, cronJob, nodesUpSince, now }: ScheduleFacts): Outcome {
  if (cronJob === undefined) {
    return absentWorkload({ kind: 'CronJob', name, namespace }, said(text.whyExists));
  }
  const { schedule, timeZone: zone = 'UTC', suspend, startingDeadlineSeconds = 0 } = cronJob.spec;
  if (suspend === true) {
    const fix = raw(`kubectl -n ${namespace} patch cronjob ${name} -p '{"spec":{"suspend":false}}'`);
    return fail({ expected: said(text.running), actual: raw('suspend: true'), why: said(text.whySuspended), fix });
  }
  let runAfter: (ms: number) => number | undefined;
  let next: number | undefined;
  try {
    // As Kubernetes reads schedules (robfig/cron): five fields, and `5/15` is allowed.
    const cron = new Cron(schedule, { timezone: zone, paused: true, mode: '5-part', sloppyRanges: true });
    runAfter = (ms) => cron.nextRun(new Date(ms))?.getTime();
    next = runAfter(now);
  } catch (error) {
    const actual = said(text.invalid, { schedule, reason: reasonOf(error) });
    return fail({ expected: said(text.soon), actual, why: said(text.whySoon), fix: said(text.fixSoon) });
  }
  if (next === undefined || next - now > dayMs) {
    const actual =
      next === undefined ? said(text.never, { schedule, zone }) : said(text.late, { schedule, zone, next: iso(next) });
    return fail({ expected: said(text.soon), actual, why: said(text.whySoon), fix: said(text.fixSoon) });
  }
  const created = Date.parse(cronJob.metadata.creationTimestamp);
  const last = cronJob.status.lastScheduleTime;
  const due = runAfter(last === undefined ? created : Date.parse(last));
  if (due !== undefined && due + graceMs + startingDeadlineSeconds * 1_000 < now) {
    const finding = {
      expected: said(text.fired, { due: iso(due) }),
      actual: last === undefined ? said(text.neverFired, { created: iso(created) }) : said(text.notFired, { last }),
      why: said(text.whyFired),
      fix: raw(`kubectl -n ${namespace} describe cronjob ${name}; kubectl -n ${namespace} get jobs`),
    };
    if (nodesUpSince < due) return fail(finding);
    return warn({ ...finding, why: said(text.whyAsleep, { since: iso(nodesUpSince), next: iso(next) }) });
  }
  return pass(said(text.seen, { schedule, zone, last: last ?? '-', next: iso(next) }));
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function upSince({ status }: Node): number {
  return Date.parse(condition(status.conditions, 'Ready')?.lastTransitionTime ?? '') || 0;
}
