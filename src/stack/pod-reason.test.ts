import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClusterEvent, ContainerStatus, Pod } from '../cluster/objects.ts';
import { podReason } from './pod-reason.ts';

const pod = (status: Partial<Pod['status']>, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  kind: 'Pod',
  metadata: { name: 'api-1', uid: 'u1', creationTimestamp: '2026-03-01T08:00:00Z', ...metadata },
  spec: { containers: [] },
  status: { phase: 'Pending', ...status },
});
const container = (status: Partial<ContainerStatus>): ContainerStatus => ({
  name: 'api',
  ready: false,
  restartCount: 0,
  ...status,
});
const waiting = (reason: string, message?: string): ContainerStatus =>
  container({ state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } });
const warning = (reason: string, message: string, count = 1): ClusterEvent => ({
  kind: 'Event',
  type: 'Warning',
  reason,
  message,
  count,
  involvedObject: { kind: 'Pod', name: 'api-1', uid: 'u1' },
});
const running = container({ state: { running: { startedAt: '2026-03-01T08:00:01Z' } } });

// Statuses as an API server of 1.34 gave them.
for (const [what, status, events, expected] of [
  ['a Pod that is Ready has none', { conditions: [{ type: 'Ready', status: 'True' }] }, [], undefined],
  ['starting is no reason', { containerStatuses: [waiting('ContainerCreating')] }, [], undefined],
  ['nor is an Init container at work', { containerStatuses: [waiting('PodInitializing')] }, [], undefined],
  [
    'no node has room: the scheduler’s words',
    {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu.',
        },
      ],
    },
    [],
    'Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.',
  ],
  [
    'the image is not there',
    {
      containerStatuses: [
        waiting('ErrImageNeverPull', 'Container image "localhost/x:1" is not present with pull policy of Never'),
      ],
    },
    [],
    'api: ErrImageNeverPull: Container image "localhost/x:1" is not present with pull policy of Never',
  ],
  [
    'the Secret is not there: only an event says so',
    { containerStatuses: [waiting('ContainerCreating')] },
    [warning('FailedMount', 'MountVolume.SetUp failed for volume "redis-auth" : secret "redis-auth" not found')],
    'FailedMount: MountVolume.SetUp failed for volume "redis-auth" : secret "redis-auth" not found',
  ],
  [
    'it crashes: how it ended, not how long Kubernetes waits',
    {
      containerStatuses: [
        {
          ...waiting('CrashLoopBackOff', 'back-off 40s restarting failed container'),
          restartCount: 4,
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        },
      ],
    },
    [],
    'api: CrashLoopBackOff: OOMKilled, exit code 137, 4 restarts',
  ],
  [
    'the Init container fails: that one is named',
    {
      initContainerStatuses: [
        container({ name: 'write-acl', state: { terminated: { exitCode: 1, reason: 'Error' } } }),
      ],
      containerStatuses: [waiting('PodInitializing')],
    },
    [],
    'write-acl: Error: exit code 1',
  ],
  [
    'it runs and the probe says no',
    { containerStatuses: [running] },
    [warning('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')],
    'Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503',
  ],
  [
    'the first noes of a start-up probe are no news',
    { containerStatuses: [running] },
    [warning('Unhealthy', 'Startup probe failed: dial tcp 10.0.0.1:8080: connect: connection refused', 3)],
    undefined,
  ],
  [
    'the twentieth is',
    { containerStatuses: [running] },
    [warning('Unhealthy', 'Startup probe failed: connection refused', 20)],
    'Unhealthy: Startup probe failed: connection refused',
  ],
  [
    'a mount that failed before it ran is over',
    { containerStatuses: [running] },
    [warning('FailedMount', 'x')],
    undefined,
  ],
  [
    'evicted',
    { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' },
    [],
    'Evicted: The node was low on memory.',
  ],
] as const satisfies readonly (readonly [
  string,
  Partial<Pod['status']>,
  readonly ClusterEvent[],
  string | undefined,
])[]) {
  test(`why a Pod is not Ready: ${what}`, () => {
    assert.equal(podReason(pod(status), events), expected);
  });
}

test('a Pod on its way out is not asked', () => {
  assert.equal(podReason(pod({ phase: 'Failed' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }), []), undefined);
});
