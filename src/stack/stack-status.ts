import type { Kubectl } from '../cluster/kubectl.ts';
import type { List, Metadata, PodTemplate } from './objects.ts';
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

interface Claim {
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: Metadata;
  readonly status: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

interface CronJob {
  readonly kind: 'CronJob';
  readonly metadata: Metadata;
  readonly spec: {
    readonly schedule: string;
    readonly suspend?: boolean;
    readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } };
  };
  readonly status?: {
    readonly active?: readonly unknown[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
  };
}

/** @returns `undefined` when nothing of the stack is there. */
export async function stackStatus(kubectl: Kubectl): Promise<StackStatus | undefined> {
  const names = await listWorkloads(kubectl);
  const query = ['--namespace', stackNames.namespace, 'get', 'persistentvolumeclaims,cronjobs'];
  const rest = (await kubectl.json<List<Claim | CronJob>>(query))?.items ?? [];
  if (names.length === 0 && rest.length === 0) return undefined;
  return {
    workloads: await stackProgress(kubectl, names),
    claims: rest
      .filter((item): item is Claim => item.kind === 'PersistentVolumeClaim')
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
        active: status?.active?.length ?? 0,
        lastScheduledAt: status?.lastScheduleTime,
        lastSucceededAt: status?.lastSuccessfulTime,
      })),
  };
}
