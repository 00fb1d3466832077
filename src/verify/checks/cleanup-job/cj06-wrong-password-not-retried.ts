import { condition } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { finishedRun, type JobRun, runInOneLine, startJob } from '../../facts/canary-job.ts';
import { needsCleanup, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'exit code 77 once, then Failed (PodFailurePolicy), no second Pod',
    zh: '以退出码 77 结束一次，随后为 Failed（PodFailurePolicy），没有第二个 Pod',
  },
  why: {
    en: 'repeating a wrong password mends nothing, and looks like an attack to the server',
    zh: '反复尝试错误的密码毫无用处，在服务器看来还像是攻击',
  },
});

const withinMs = 60_000;

export const cleanupWrongPasswordNotRetried: Check = {
  id: 'CJ06',
  title: {
    en: 'a clean-up with a wrong password fails at once and is not retried',
    zh: '密码错误的清理任务立即失败，且不会重试',
  },
  proves: {
    en: 'Makes a Job from the template that reads its password from a file with something else in it: Redis refuses, the program exits with 77, and the podFailurePolicy ends the Job without a retry.',
    zh: '由模板创建一个从错误文件读取密码的 Job：Redis 拒绝登录，程序以 77 退出，podFailurePolicy 使 Job 直接结束而不重试。',
  },
  covers: ['cleanup-retries'],
  disruptive: {
    en: 'make a clean-up Job that fails on purpose (wrong password)',
    zh: '创建一个故意失败的清理 Job（密码错误）',
  },
  timeoutMs: withinMs + 15_000,
  needs: [needsCleanup, needsReadyRedisPod],
  async run(context) {
    const cronJob = must(await getCleanup(context), 'cronjobs', context.stack.cleanup.cronJob);
    // The kubelet puts this file into every container; what is in it is no password.
    const env = { JOURNEY_CLEANUP_MODE: 'report', JOURNEY_STORE_REDIS_PASSWORD_FILE: '/etc/hostname' };
    const job = await startJob(context, cronJob, { purpose: 'password', env });
    return judgeRefusedLogin({ namespace: context.stack.namespace, run: await finishedRun(context, job, withinMs) });
  },
};

export interface RefusedLoginFacts {
  readonly namespace: string;
  readonly run: JobRun | undefined;
}

export function judgeRefusedLogin({ namespace, run }: RefusedLoginFacts): Outcome {
  const failed = condition(run?.job.status.conditions, 'Failed');
  const once = run?.pods.length === 1 && run.pods[0]?.exitCode === 77;
  if (!once || failed?.status !== 'True' || failed.reason !== 'PodFailurePolicy') {
    return fail({
      expected: said(text.expected),
      actual: raw(runInOneLine(run)),
      why: said(text.why),
      fix: raw(
        `kubectl -n ${namespace} get cronjob cleanup-job -o jsonpath='{.spec.jobTemplate.spec.podFailurePolicy}'`,
      ),
    });
  }
  return pass(raw(runInOneLine(run)));
}
