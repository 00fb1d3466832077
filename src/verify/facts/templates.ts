import type { Container, PodTemplate } from '../../cluster/objects.ts';
import type { CheckContext } from '../check.ts';
import { getApi, getCleanup, getLogCollector, getRedis } from './workloads.ts';

/** What one workload makes its Pods from. */
export interface WorkloadTemplate {
  /** `deployment/api`. */
  readonly workload: string;
  readonly template: PodTemplate;
  /** How many Pods it wants; for a DaemonSet and a CronJob one. */
  readonly replicas: number;
  /** Runs to an end and so has no probes. */
  readonly finite: boolean;
}

/** The templates of the workloads that exist. Templates rather than Pods: they are what the next Pod will be. */
export async function workloadTemplates(context: CheckContext): Promise<readonly WorkloadTemplate[]> {
  const { stack } = context;
  const [api, redis, collector, cleanup] = await Promise.all([
    getApi(context),
    getRedis(context),
    getLogCollector(context),
    getCleanup(context),
  ]);
  return [
    ...(redis === undefined
      ? []
      : [row(`statefulset/${stack.redis.statefulSet}`, redis.spec.template, redis.spec.replicas ?? 1)]),
    ...(api === undefined
      ? []
      : [row(`deployment/${stack.api.deployment}`, api.spec.template, api.spec.replicas ?? 1)]),
    ...(collector === undefined ? [] : [row(`daemonset/${stack.logCollector.daemonSet}`, collector.spec.template, 1)]),
    ...(cleanup === undefined
      ? []
      : [{ ...row(`cronjob/${stack.cleanup.cronJob}`, cleanup.spec.jobTemplate.spec.template, 1), finite: true }]),
  ];
}

function row(workload: string, template: PodTemplate, replicas: number): WorkloadTemplate {
  return { workload, template, replicas, finite: false };
}

export function allContainers({ spec }: PodTemplate): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
