import { type CronJob, condition, type Job, type Pod } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { waitUntil } from './wait-until.ts';

export interface StartJobOptions {
  /** Ends the Job's name: letters of the purpose, `report`. */
  readonly purpose: string;
  /** Set in the Job's containers, over what the template says. */
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a Job from a CronJob's template, as `kubectl create job --from=cronjob/…` does. */
export function startJob(context: CheckContext, cronJob: CronJob, { purpose, env }: StartJobOptions): Promise<Job> {
  const { name, namespace = context.stack.namespace } = cronJob.metadata;
  const { spec, metadata } = cronJob.spec.jobTemplate;
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(name, context.runId, purpose),
      labels: metadata?.labels ?? {},
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
    },
    spec: withEnv(spec, env),
  };
  return context.canaries.create<Job>('jobs', namespace, job, context.signal);
}

export function jobName(cronJob: string, runId: string, purpose: string): string {
  return `${cronJob.slice(0, 30)}-verify-${purpose}-${runId}`;
}

/** A Job's spec whose containers all have these variables. */
export function withEnv(
  spec: CronJob['spec']['jobTemplate']['spec'],
  env: Readonly<Record<string, string>>,
): typeof spec {
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    env: [
      ...(container.env ?? []).filter(({ name }) => !(name in env)),
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ],
  }));
  return { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } };
}

export interface JobRun {
  readonly job: Job;
  /** Oldest first. */
  readonly pods: readonly JobPod[];
}

export interface JobPod {
  readonly name: string;
  /** Of the first container; `undefined` while it runs. */
  readonly exitCode: number | undefined;
  readonly log: string;
}

/** Waits until a Job is Complete or Failed, or the time is up; the logs are read in any case. */
export async function finishedRun(
  context: CheckContext,
  { metadata }: Job,
  timeoutMs: number,
): Promise<JobRun | undefined> {
  const { cluster, signal, stack } = context;
  const { name, namespace = stack.namespace } = metadata;
  const finished = await waitUntil(
    context,
    async () => {
      const job = await cluster.get<Job>('jobs', namespace, name, { signal });
      return job !== undefined && isFinished(job) ? job : undefined;
    },
    { timeoutMs },
  );
  const job = finished ?? (await cluster.get<Job>('jobs', namespace, name, { signal }));
  return job === undefined ? undefined : { job, pods: await podsOfJob(context, job) };
}

export function isFinished({ status }: Job): boolean {
  return ['Complete', 'Failed'].some((type) => condition(status.conditions, type)?.status === 'True');
}

export function isComplete({ status }: Job): boolean {
  return condition(status.conditions, 'Complete')?.status === 'True';
}

export async function podsOfJob(
  { cluster, signal, stack }: CheckContext,
  { metadata }: Job,
): Promise<readonly JobPod[]> {
  const namespace = metadata.namespace ?? stack.namespace;
  const selector = `batch.kubernetes.io/job-name=${metadata.name}`;
  const pods = await cluster.list<Pod>('pods', namespace, { signal, selector });
  return Promise.all(
    [...pods]
      .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
      .map(async (pod) => {
        const [status] = pod.status.containerStatuses ?? [];
        const started = status?.state?.terminated !== undefined || status?.state?.running !== undefined;
        const log = started ? await cluster.logs(namespace, pod.metadata.name, { signal, tailLines: 1_000 }) : '';
        return { name: pod.metadata.name, exitCode: status?.state?.terminated?.exitCode, log };
      }),
  );
}

/** What became of a Job in one line, for a finding. */
export function runInOneLine(run: JobRun | undefined): string {
  if (run === undefined) return '-';
  const ended = run.job.status.conditions?.find(
    (c) => c.status === 'True' && (c.type === 'Failed' || c.type === 'Complete'),
  );
  const pods = run.pods.map((p) => `${p.name}: exit code ${p.exitCode ?? '-'}`).join(', ');
  const reason = ended?.reason === undefined ? '' : ` (${ended.reason})`;
  return `${ended?.type ?? 'unfinished'}${reason}, ${pods || '0 Pods'}`;
}
