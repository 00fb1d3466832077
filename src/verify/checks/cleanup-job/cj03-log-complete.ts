import type { CronJob, Job } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check, CheckContext } from '../../check.ts';
import { finishedRun, isFinished, type JobRun, podsOfJob, startJob } from '../../facts/canary-job.ts';
import { needsCleanup, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { getCleanup, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'JSON lines from the start to one summary line with run.mode, run.outcome, run.durationMs and run.counts',
    zh: '从开始到结束均为 JSON 行，并有一行摘要包含 run.mode、run.outcome、run.durationMs 与 run.counts',
  },
  empty: { en: '{pod}: no line at all', zh: '{pod}：没有任何日志' },
  notJson: { en: '{pod}: {line}', zh: '{pod}：{line}' },
  noSummary: { en: '{pod}: no summary line; last line {line}', zh: '{pod}：没有摘要行；最后一行为 {line}' },
  why: {
    en: 'the Job is gone after a while, its log is what remains: how much was looked at, what was removed, how it ended',
    zh: 'Job 过一段时间就会消失，留下的只有日志：检查了多少、清理了什么、结果如何',
  },
  seen: { en: '{pod}: {mode} {outcome} in {ms} ms', zh: '{pod}：{mode} {outcome}，耗时 {ms} 毫秒' },
});

const withinMs = 60_000;

export const cleanupLogComplete: Check = {
  id: 'CJ03',
  title: {
    en: 'the log of a clean-up run is complete, with a machine-readable summary',
    zh: '清理任务的日志完整，并带有机器可读的摘要',
  },
  proves: {
    en: 'Reads the log of the newest finished run (of a canary run in the mode `report` when there was none yet): every line is JSON, and one sums the run up.',
    zh: '读取最近一次已结束运行的日志（若尚无运行，则以 `report` 模式运行一次金丝雀 Job）：每一行都是 JSON，其中一行是运行摘要。',
  },
  covers: ['cleanup-logs'],
  timeoutMs: withinMs + 15_000,
  needs: [needsCleanup, needsReadyRedisPod],
  async run(context) {
    const cronJob = must(await getCleanup(context), 'cronjobs', context.stack.cleanup.cronJob);
    const run = (await newestRun(context, cronJob)) ?? (await canaryRun(context, cronJob));
    return judgeLog({ namespace: context.stack.namespace, run });
  },
};

async function newestRun(context: CheckContext, { metadata }: CronJob): Promise<JobRun | undefined> {
  const { cluster, stack, signal } = context;
  const jobs = await cluster.list<Job>('jobs', stack.namespace, { signal });
  const [newest] = jobs
    .filter(
      (job) => isFinished(job) && job.metadata.ownerReferences?.some((owner) => owner.uid === metadata.uid) === true,
    )
    .sort((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1));
  if (newest === undefined) return undefined;
  const pods = await podsOfJob(context, newest);
  return pods.length === 0 ? undefined : { job: newest, pods };
}

async function canaryRun(context: CheckContext, cronJob: CronJob): Promise<JobRun | undefined> {
  const job = await startJob(context, cronJob, { purpose: 'log', env: { JOURNEY_CLEANUP_MODE: 'report' } });
  return finishedRun(context, job, withinMs);
}

export interface LogFacts {
  readonly namespace: string;
  readonly run: JobRun | undefined;
}

interface Summary {
  readonly mode?: unknown;
  readonly outcome?: unknown;
  readonly durationMs?: unknown;
  readonly counts?: unknown;
}

export function judgeLog({ namespace, run }: LogFacts): Outcome {
  const pod = run?.pods.at(-1);
  const name = pod?.name ?? '-';
  const lines = (pod?.log ?? '').split('\n').filter((line) => line.trim() !== '');
  const problem = (actual: ReturnType<typeof said>): Outcome =>
    fail({
      expected: said(text.expected),
      actual,
      why: said(text.why),
      fix: raw(`kubectl -n ${namespace} logs ${name}`),
    });
  if (lines.length === 0) return problem(said(text.empty, { pod: name }));
  const parsed = lines.map(parseLine);
  const broken = parsed.indexOf(undefined);
  if (broken >= 0) return problem(said(text.notJson, { pod: name, line: lines[broken]?.slice(0, 200) ?? '' }));
  const summary = parsed.map((line) => line?.run).find(isSummary);
  if (summary === undefined)
    return problem(said(text.noSummary, { pod: name, line: lines.at(-1)?.slice(0, 200) ?? '' }));
  return pass(
    said(text.seen, {
      pod: name,
      mode: String(summary.mode),
      outcome: String(summary.outcome),
      ms: String(summary.durationMs),
    }),
  );
}

function parseLine(line: string): { readonly run?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The first line carries only the run's id under the same name. */
function isSummary(run: unknown): run is Summary {
  if (typeof run !== 'object' || run === null) return false;
  const { mode, outcome, durationMs, counts } = run as Summary;
  return (
    typeof mode === 'string' &&
    typeof outcome === 'string' &&
    typeof durationMs === 'number' &&
    typeof counts === 'object'
  );
}
