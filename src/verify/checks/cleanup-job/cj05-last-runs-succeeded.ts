import { condition, type Job } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { isComplete, isFinished } from '../../facts/canary-job.ts';
import { needsCleanup } from '../../facts/preconditions.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass, skip } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  none: {
    en: 'has not run on schedule yet (CJ08 does not wait for the hour)',
    zh: '尚未按计划运行过（CJ08 无需等到整点）',
  },
  expected: { en: 'the newest scheduled run succeeded', zh: '最近一次按计划的运行成功' },
  actual: { en: '{job}: {reason}', zh: '{job}：{reason}' },
  why: { en: 'a failed Job is not repeated before the next hour', zh: '失败的 Job 要到下一个小时才会再次运行' },
  seen: {
    en: '{done} of the last {all} runs succeeded, newest {job}',
    zh: '最近 {all} 次运行中有 {done} 次成功，最新为 {job}',
  },
});

export const cleanupLastRunsSucceeded: Check = {
  id: 'CJ05',
  title: { en: 'the newest scheduled clean-up succeeded', zh: '最近一次按计划的清理运行成功' },
  proves: {
    en: 'Looks at the Jobs that the CronJob made itself and that its history keeps.',
    zh: '检查由 CronJob 自己创建、并保留在其历史中的 Job。',
  },
  covers: ['cleanup-schedule', 'cleanup-succeeds'],
  needs: [needsCleanup],
  async run(context) {
    const { cluster, stack, signal } = context;
    const { uid } = must(await getCleanup(context), 'cronjobs', stack.cleanup.cronJob).metadata;
    const jobs = await cluster.list<Job>('jobs', stack.namespace, { signal });
    const own = jobs.filter((job) => job.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true);
    return judgeHistory({ namespace: stack.namespace, jobs: own });
  },
};

export interface HistoryFacts {
  readonly namespace: string;
  /** Made by the CronJob, in any order. */
  readonly jobs: readonly Job[];
}

export function judgeHistory({ namespace, jobs }: HistoryFacts): Outcome {
  const finished = jobs
    .filter(isFinished)
    .sort((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1));
  const [newest] = finished;
  if (newest === undefined) return skip(said(text.none));
  const job = newest.metadata.name;
  if (!isComplete(newest)) {
    const failed = condition(newest.status.conditions, 'Failed');
    return fail({
      expected: said(text.expected),
      actual: said(text.actual, { job, reason: `${failed?.reason ?? 'Failed'} ${failed?.message ?? ''}`.trim() }),
      why: said(text.why),
      fix: raw(
        `kubectl -n ${namespace} describe job ${job}; kubectl -n ${namespace} logs -l batch.kubernetes.io/job-name=${job}`,
      ),
    });
  }
  return pass(said(text.seen, { done: finished.filter(isComplete).length, all: finished.length, job }));
}
