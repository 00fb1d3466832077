import type { CronJob, Job } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { finishedRun, isComplete, type JobRun, jobName, runInOneLine, withEnv } from '../../facts/canary-job.ts';
import { needsCleanup, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'a Job made by the controller within {seconds} s, Complete',
    zh: '控制器在 {seconds} 秒内创建 Job，且为 Complete',
  },
  none: { en: 'no Job', zh: '没有 Job' },
  why: {
    en: 'kube-controller-manager makes the Jobs: it must run, and its clock must be right',
    zh: 'Job 由 kube-controller-manager 创建：它必须在运行，且时钟正确',
  },
  seen: { en: 'made {seconds} s after the copy, {run}', zh: '副本创建 {seconds} 秒后生成，{run}' },
});

/** A minute to the next full minute, and what the controller may be late. */
const firesWithinMs = 75_000;
const endsWithinMs = 60_000;

export const cleanupFiresByItself: Check = {
  id: 'CJ08',
  title: {
    en: 'a copy of the CronJob with a schedule of every minute fires by itself and succeeds',
    zh: '将时间表改为每分钟的 CronJob 副本会自动触发并成功',
  },
  proves: {
    en: 'Waiting for the hour would take long: a copy with the same template (mode `report`) and `* * * * *` shows that schedule, controller and Job work together. The original is not touched.',
    zh: '等到整点太久：使用相同模板（`report` 模式）和 `* * * * *` 的副本即可证明时间表、控制器与 Job 能协同工作。原 CronJob 不受影响。',
  },
  covers: ['cleanup-schedule', 'cleanup-succeeds'],
  disruptive: {
    en: 'make a copy of the CronJob that runs every minute, for up to two minutes',
    zh: '创建一个每分钟运行的 CronJob 副本，最长存在两分钟',
  },
  timeoutMs: firesWithinMs + endsWithinMs + 15_000,
  needs: [needsCleanup, needsReadyRedisPod],
  async run(context) {
    const { cluster, canaries, stack, signal, clock, runId } = context;
    const original = must(await getCleanup(context), 'cronjobs', stack.cleanup.cronJob);
    const { jobTemplate, timeZone: _, ...spec } = original.spec;
    const copy = await canaries.create<CronJob>(
      'cronjobs',
      stack.namespace,
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        // At most 52 characters: the controller appends eleven (§2.3 of the research, Kubernetes' own validation).
        metadata: { name: jobName(original.metadata.name, runId, 'cron').slice(0, 52) },
        spec: {
          ...spec,
          schedule: '* * * * *',
          suspend: false,
          jobTemplate: { ...jobTemplate, spec: withEnv(jobTemplate.spec, { JOURNEY_CLEANUP_MODE: 'report' }) },
        },
      },
      signal,
    );
    const startedAt = clock.now();
    const job = await waitUntil(
      context,
      async () => {
        const jobs = await cluster.list<Job>('jobs', stack.namespace, { signal });
        return jobs.find((j) => j.metadata.ownerReferences?.some((owner) => owner.uid === copy.metadata.uid) === true);
      },
      { timeoutMs: firesWithinMs, everyMs: 1_000 },
    );
    const firedAfterMs = clock.now() - startedAt;
    const run = job === undefined ? undefined : await finishedRun(context, job, endsWithinMs);
    return judgeFiring({ run, firedAfterMs });
  },
};

export interface FiringFacts {
  /** `undefined` when the controller made no Job. */
  readonly run: JobRun | undefined;
  readonly firedAfterMs: number;
}

export function judgeFiring({ run, firedAfterMs }: FiringFacts): Outcome {
  if (run === undefined || !isComplete(run.job)) {
    return fail({
      expected: said(text.expected, { seconds: firesWithinMs / 1_000 }),
      actual: run === undefined ? said(text.none) : raw(runInOneLine(run)),
      why: said(text.why),
      fix: raw('kubectl -n kube-system get pods -l component=kube-controller-manager; date'),
    });
  }
  return pass(said(text.seen, { seconds: (firedAfterMs / 1_000).toFixed(0), run: runInOneLine(run) }));
}
