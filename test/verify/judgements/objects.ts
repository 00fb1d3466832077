import type {
  Container,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Metadata,
  Node,
  Pod,
  PodTemplate,
  Service,
  StatefulSet,
} from '../../../src/cluster/objects.ts';
import type { HttpAnswer } from '../../../src/verify/cluster-access/cluster-access.ts';
import type { Outcome } from '../../../src/verify/outcome.ts';

/** One judgement of a check over made-up facts. */
export interface Case {
  readonly id: string;
  /** What is wrong with the facts; `healthy` when nothing is. */
  readonly facts: string;
  readonly outcome: Outcome;
  readonly status: Outcome['status'];
  /** Must be in the finding, so that it is red for the right reason. */
  readonly says?: RegExp;
  readonly progressing?: boolean;
}

export const now = Date.parse('2026-03-01T10:30:00Z');

export function meta(name: string, more: Partial<Metadata> = {}): Metadata {
  return {
    name,
    namespace: 'journey',
    uid: `uid-${name}`,
    creationTimestamp: '2026-03-01T08:00:00Z',
    generation: 1,
    ...more,
  };
}

export interface PodOptions {
  readonly ready?: boolean;
  readonly ip?: string;
  readonly node?: string;
  readonly revision?: string;
  readonly namespace?: string;
  readonly containers?: readonly Container[];
  readonly more?: Partial<Pod['status']>;
  readonly metadata?: Partial<Metadata>;
  readonly spec?: Partial<Pod['spec']>;
}

export function pod(name: string, options: PodOptions = {}): Pod {
  const { ready = true, ip = '10.1.0.5', node = 'node1', revision = 'rev-2', namespace = 'journey' } = options;
  const containers = options.containers ?? [
    { name: 'main', image: 'x', ports: [{ name: 'http', containerPort: 8080 }] },
  ];
  return {
    metadata: meta(name, { namespace, labels: { 'controller-revision-hash': revision }, ...options.metadata }),
    spec: { nodeName: node, containers, ...options.spec },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: containers.map((c) => ({
        name: c.name,
        ready,
        restartCount: 0,
        state: { running: { startedAt: '' } },
      })),
      ...options.more,
    },
  };
}

export function crashing(name: string, options: PodOptions = {}): Pod {
  return pod(name, {
    ...options,
    ready: false,
    more: {
      containerStatuses: [
        {
          name: 'main',
          ready: false,
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-03-01T10:29:00Z' } },
        },
      ],
    },
  });
}

export function starting(name: string, options: PodOptions = {}): Pod {
  return pod(name, {
    ...options,
    ready: false,
    more: {
      phase: 'Pending',
      containerStatuses: [
        { name: 'main', ready: false, restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } },
      ],
    },
  });
}

export const template = (spec: Partial<PodTemplate['spec']> = {}): PodTemplate => ({
  spec: { containers: [], ...spec },
});

export function statefulSet(replicas = 1, more: Partial<StatefulSet> = {}): StatefulSet {
  return {
    metadata: meta('redis'),
    spec: {
      replicas,
      serviceName: 'redis-headless',
      selector: { matchLabels: { app: 'redis' } },
      template: template(),
    },
    status: { observedGeneration: 1, readyReplicas: replicas, updateRevision: 'rev-2' },
    ...more,
  };
}

export function deployment(status: Partial<Deployment['status']> = {}, replicas = 2): Deployment {
  return {
    metadata: meta('api'),
    spec: { replicas, selector: { matchLabels: { app: 'api' } }, template: template() },
    status: { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2, replicas: 2, ...status },
  };
}

export function daemonSet(spec: Partial<PodTemplate['spec']> = {}): DaemonSet {
  return {
    metadata: meta('log-collector', { namespace: 'journey-node' }),
    spec: { selector: { matchLabels: { app: 'log-collector' } }, template: template(spec) },
    status: { observedGeneration: 1, desiredNumberScheduled: 2, numberReady: 2 },
  };
}

export function node(name: string, more: Partial<Node['spec']> = {}, ready = true): Node {
  return {
    metadata: meta(name),
    spec: more,
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
  };
}

export function service(name: string, spec: Partial<Service['spec']> = {}): Service {
  return { metadata: meta(name), spec: { clusterIP: 'None', ...spec } };
}

export function job(name: string, end: 'Complete' | 'Failed' | undefined, reason = ''): Job {
  const conditions = end === undefined ? [] : [{ type: end, status: 'True', reason }];
  return { metadata: meta(name), spec: { template: template() }, status: { conditions } };
}

export function cronJob(
  spec: Partial<CronJob['spec']> = {},
  status: CronJob['status'] = { lastScheduleTime: '2026-03-01T10:07:00Z' },
): CronJob {
  return {
    metadata: meta('cleanup-job'),
    spec: {
      schedule: '7 * * * *',
      timeZone: 'Etc/UTC',
      suspend: false,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: 900,
          podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [77, 78] } }] },
          template: template({ restartPolicy: 'Never' }),
        },
      },
      ...spec,
    },
    status,
  };
}

export function answer(status: number, body: unknown = '', headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { reached: true, status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export const unreached: HttpAnswer = { reached: false, reason: 'error trying to reach service: connection refused' };
