import type { CronJob } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check } from '../../check.ts';
import { needsCleanup } from '../../facts/preconditions.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  why: {
    en: 'Never keeps the failed Pods and their logs; backoffLimit retries; podFailurePolicy does not retry what a retry cannot mend; the deadline ends what hangs; Forbid keeps runs from piling up',
    zh: 'Never 会保留失败的 Pod 及其日志；backoffLimit 负责重试；podFailurePolicy 不重试无法靠重试解决的错误；期限会结束卡住的任务；Forbid 避免任务堆积',
  },
  fix: { en: 'compare with k8s/v0.2/cleanup-job/cronjob.yaml', zh: '对照 k8s/v0.2/cleanup-job/cronjob.yaml' },
});

/** Exit codes that a retry cannot mend: credentials and configuration (sysexits.h). */
const finalExitCodes = [77, 78];

export const cleanupReadyToFail: Check = {
  id: 'CJ04',
  title: {
    en: 'the CronJob says what to do when a run fails, hangs or overlaps',
    zh: 'CronJob 规定了运行失败、卡住或重叠时的处理方式',
  },
  proves: {
    en: 'Reads the fields that decide: restartPolicy, backoffLimit, podFailurePolicy, activeDeadlineSeconds, concurrencyPolicy, history limits. What they do is proved by CJ06 and CJ07.',
    zh: '读取起决定作用的字段：restartPolicy、backoffLimit、podFailurePolicy、activeDeadlineSeconds、concurrencyPolicy 与历史保留数。它们的实际效果由 CJ06 与 CJ07 证明。',
  },
  covers: ['cleanup-retries'],
  needs: [needsCleanup],
  async run(context) {
    return judgeFailurePlan(must(await getCleanup(context), 'cronjobs', context.stack.cleanup.cronJob));
  },
};

export function judgeFailurePlan({ spec }: CronJob): Outcome {
  const job = spec.jobTemplate.spec;
  const failsAtOnce = new Set(
    (job.podFailurePolicy?.rules ?? [])
      .filter((rule) => rule.action === 'FailJob' && rule.onExitCodes?.operator === 'In')
      .flatMap((rule) => rule.onExitCodes?.values ?? []),
  );
  const rows: readonly (readonly [string, boolean, unknown])[] = [
    ['restartPolicy: Never', job.template.spec.restartPolicy === 'Never', job.template.spec.restartPolicy],
    // Kubernetes' default of 6 would be retried for half an hour; without the field nobody decided.
    ['backoffLimit ≥ 1', (job.backoffLimit ?? 0) >= 1, job.backoffLimit],
    [
      `podFailurePolicy: FailJob ${finalExitCodes.join(', ')}`,
      finalExitCodes.every((code) => failsAtOnce.has(code)),
      [...failsAtOnce],
    ],
    ['podFailurePolicy: no FailJob 75', !failsAtOnce.has(75), [...failsAtOnce]],
    [
      'activeDeadlineSeconds ≤ 3600',
      (job.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) <= 3_600,
      job.activeDeadlineSeconds,
    ],
    [
      'concurrencyPolicy: Forbid | Replace',
      spec.concurrencyPolicy === 'Forbid' || spec.concurrencyPolicy === 'Replace',
      spec.concurrencyPolicy,
    ],
    ['failedJobsHistoryLimit ≥ 1', (spec.failedJobsHistoryLimit ?? 1) >= 1, spec.failedJobsHistoryLimit],
  ];
  const wrong = rows.filter(([, holds]) => !holds);
  if (wrong.length > 0) {
    return fail({
      expected: raw(wrong.map(([rule]) => rule).join('\n')),
      actual: raw(wrong.map(([, , actual]) => JSON.stringify(actual) ?? '-').join('\n')),
      why: said(text.why),
      fix: said(text.fix),
    });
  }
  return pass(raw(rows.map(([rule]) => rule).join(', ')));
}
