import type { Job } from '../../../cluster/objects.ts';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Check, CheckContext } from '../../check.ts';
import {
  finishedRun,
  isComplete,
  isFinished,
  type JobRun,
  podsOfJob,
  runInOneLine,
  startJob,
} from '../../facts/canary-job.ts';
import { needsCleanup, needsReadyRedisPod } from '../../facts/preconditions.ts';
import { waitUntil } from '../../facts/wait-until.ts';
import { getCleanup, getRedis, must } from '../../facts/workloads.ts';
import { fail, type Outcome, pass } from '../../outcome.ts';
import { raw, said } from '../../said.ts';

const text = defineMessages({
  expected: {
    en: 'first Pod: exit code 75; a later Pod: exit code 0; the Job Complete, without anybody’s help',
    zh: '第一个 Pod 以 75 退出；之后的 Pod 以 0 退出；Job 无需人工干预即为 Complete',
  },
  why: {
    en: 'Redis may be away for the seconds of a restart; a run that gives up then leaves an hour without clean-up',
    zh: 'Redis 可能因重启而短暂不可用；若就此放弃，接下来的一小时都不会有清理',
  },
});

const withinMs = 150_000;

export const cleanupRetriedUntilItSucceeds: Check = {
  id: 'CJ07',
  title: {
    en: 'a clean-up that finds Redis away is retried by itself and then succeeds',
    zh: '清理任务遇到 Redis 不可用时会自动重试，并最终成功',
  },
  proves: {
    en: 'Gives a Job a Service that leads nowhere in Redis’ place; when its first Pod has failed with 75, the Service is led to Redis, and the retry that Kubernetes makes must succeed. Redis itself is left alone.',
    zh: '让 Job 访问一个没有后端的 Service；第一个 Pod 以 75 失败后，再让该 Service 指向 Redis，由 Kubernetes 发起的重试必须成功。Redis 本身不受影响。',
  },
  covers: ['cleanup-retries'],
  disruptive: {
    en: 'make a clean-up Job that fails once on purpose and is retried',
    zh: '创建一个故意失败一次、随后重试的清理 Job',
  },
  timeoutMs: withinMs + 30_000,
  needs: [needsCleanup, needsReadyRedisPod],
  async run(context) {
    const { cluster, stack, signal } = context;
    const cronJob = must(await getCleanup(context), 'cronjobs', stack.cleanup.cronJob);
    const redis = must(await getRedis(context), 'statefulsets', stack.redis.statefulSet);
    const service = await deadService(context);
    const env = { JOURNEY_CLEANUP_MODE: 'report', JOURNEY_STORE_REDIS_URL: `redis://${service}:6379/0` };
    const job = await startJob(context, cronJob, { purpose: 'retry', env });
    await waitUntil(context, async () => ((await hasFailedOnce(context, job)) ? true : undefined), {
      timeoutMs: 60_000,
    });
    const selector = { ...redis.spec.selector.matchLabels, [notThere]: null };
    await cluster.patch('services', stack.namespace, service, { spec: { selector } }, { signal });
    return judgeRetry({ namespace: stack.namespace, run: await finishedRun(context, job, withinMs) });
  },
};

const notThere = 'journey.example/verify-nobody';

/** A Service for Redis' port that selects nobody. */
async function deadService({ canaries, stack, runId, signal }: CheckContext): Promise<string> {
  const name = `journey-verify-redis-${runId}`;
  const spec = { selector: { [notThere]: 'true' }, ports: [{ name: 'redis', port: 6379, targetPort: 6379 }] };
  await canaries.create(
    'services',
    stack.namespace,
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec },
    signal,
  );
  return name;
}

async function hasFailedOnce(context: CheckContext, { metadata }: Job): Promise<boolean> {
  const job = await context.cluster.get<Job>('jobs', context.stack.namespace, metadata.name, {
    signal: context.signal,
  });
  return (
    job === undefined || isFinished(job) || (await podsOfJob(context, job)).some((pod) => (pod.exitCode ?? 0) !== 0)
  );
}

export interface RetryFacts {
  readonly namespace: string;
  readonly run: JobRun | undefined;
}

export function judgeRetry({ namespace, run }: RetryFacts): Outcome {
  const codes = run?.pods.map((pod) => pod.exitCode) ?? [];
  const retried = codes.length >= 2 && codes[0] === 75 && codes.at(-1) === 0;
  if (run === undefined || !retried || !isComplete(run.job)) {
    return fail({
      expected: said(text.expected),
      actual: raw(runInOneLine(run)),
      why: said(text.why),
      fix: raw(
        `kubectl -n ${namespace} get cronjob cleanup-job -o jsonpath='{.spec.jobTemplate.spec.backoffLimit}'; journey verify --only CJ04`,
      ),
    });
  }
  return pass(raw(runInOneLine(run)));
}
