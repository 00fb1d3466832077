import type { Kubectl } from '../cluster/kubectl.ts';
import type { CronJob, List, PersistentVolumeClaim } from '../cluster/objects.ts';
import { stackNames } from './stack-layout.ts';
import { listWorkloads, stackProgress } from './stack-progress.ts';
import type { WorkloadProgress } from './workload-progress.ts';

/** The stack on a cluster at one moment. */
export interface StackStatus {
  readonly workloads: readonly WorkloadProgress[];
  readonly claims: readonly ClaimStatus[];
  readonly jobs: readonly CronJobStatus[];
}

export interface ClaimStatus {
  readonly name: string;
  /** `Bound`, `Pending` … */
  readonly phase: string;
  readonly size: string | undefined;
}

export interface CronJobStatus {
  readonly name: string;
  readonly schedule: string;
  readonly suspended: boolean;
  /** Pods at work now. */
  readonly active: number;
  /** ISO 8601. */
  readonly lastScheduledAt: string | undefined;
  readonly lastSucceededAt: string | undefined;
}

/** @returns `undefined` when nothing of the stack is there. */
export async function stackStatus(kubectl: Kubectl): Promise<StackStatus | undefined> {
  const names = await listWorkloads(kubectl);
  const query = ['--namespace', stackNames.namespace, 'get', 'persistentvolumeclaims,cronjobs'];
  const rest = (await kubectl.json<List<PersistentVolumeClaim | CronJob>>(query))?.items ?? [];
  if (names.length === 0 && rest.length === 0) return undefined;
  return {
    workloads: await stackProgress(kubectl, names),
    claims: rest
      .filter((item): item is PersistentVolumeClaim => item.kind === 'PersistentVolumeClaim')
      .map(({ metadata, status }) => ({
        name: metadata.name,
        phase: status.phase ?? 'Unknown',
        size: status.capacity?.storage,
      })),
    jobs: rest
      .filter((item): item is CronJob => item.kind === 'CronJob')
      .map(({ metadata, spec, status }) => ({
        name: metadata.name,
        schedule: spec.schedule,
        suspended: spec.suspend ?? false,
        active: status.active?.length ?? 0,
        lastScheduledAt: status.lastScheduleTime,
        lastSucceededAt: status.lastSuccessfulTime,
      })),
  };
}
