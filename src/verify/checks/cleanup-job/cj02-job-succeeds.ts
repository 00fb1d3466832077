import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { finishedRun, isComplete, type JobRun, runInOneLine, startJob } from '../../facts/canary-job.ts';
import { needsCleanup, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'a Job from the CronJob’s template completes at the first attempt within {seconds} s',
    zh: '由 CronJob 模板创建的 Job 在 {seconds} 秒内一次成功',
  },
  actual: { en: '{run}\n{lastLine}', zh: '{run}\n{lastLine}' },
  why: {
    en: 'exit codes: 75 Redis away (retried), 77 wrong password, 78 bad configuration (neither is retried)',
    zh: '退出码：75 表示 Redis 不可用（会重试），77 表示密码错误，78 表示配置错误（均不重试）',
  },
});

const withinMs = 60_000;

export const cleanupJobSucceeds: Check = {
  id: 'CJ02',
  title: { en: 'a clean-up Job made from the template succeeds', zh: '由模板创建的清理 Job 运行成功' },
  proves: {
    en: 'Makes a Job from the CronJob’s template in the mode `report`, which only counts and deletes nothing, waits for it to complete, and removes it.',
    zh: '由 CronJob 的模板以 `report` 模式创建一个 Job（只统计，不删除任何数据），等待其完成，随后删除。',
  },
  covers: ['cleanup-succeeds'],
  timeoutMs: withinMs + 15_000,
  needs: [needsCleanup, needsReadyRedisPod],
  async run(context) {
    const cronJob = must(await getCleanup(context), 'cronjobs', context.stack.cleanup.cronJob);
    const job = await startJob(context, cronJob, { purpose: 'report', env: { JOURNEY_CLEANUP_MODE: 'report' } });
    return judgeJob({ namespace: context.stack.namespace, run: await finishedRun(context, job, withinMs) });
  },
};

export interface JobFacts {
  readonly namespace: string;
  readonly run: JobRun | undefined;
}

export function judgeJob({ namespace, run }: JobFacts): Outcome {
  const [pod] = run?.pods ?? [];
  if (run === undefined || !isComplete(run.job) || run.pods.length !== 1 || pod?.exitCode !== 0) {
    const lastLine = run?.pods.at(-1)?.log.trimEnd().split('\n').at(-1) ?? '';
    return fail({
      expected: said(text.expected, { seconds: withinMs / 1_000 }),
      actual: said(text.actual, { run: runInOneLine(run), lastLine }),
      why: said(text.why),
      fix: raw(
        `kubectl -n ${namespace} create job cleanup-by-hand --from=cronjob/cleanup-job && kubectl -n ${namespace} logs -f job/cleanup-by-hand`,
      ),
    });
  }
  return pass(raw(runInOneLine(run)));
}
