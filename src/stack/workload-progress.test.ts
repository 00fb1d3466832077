import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClusterEvent, Pod, Workload } from '../cluster/objects.ts';
import { workloadProgress } from './workload-progress.ts';

const created = { creationTimestamp: '2026-03-01T08:00:00Z' };
const workload = (kind: Workload['kind'], status: Workload['status'], replicas?: number): Workload => ({
  kind,
  metadata: { ...created, name: 'api', namespace: 'journey', uid: 'w1', generation: 2 },
  spec: { selector: { matchLabels: { app: 'api' } }, ...(replicas === undefined ? {} : { replicas }) },
  status,
});
const progress = (each: Workload, pods: readonly Pod[] = [], events: readonly ClusterEvent[] = []) =>
  workloadProgress({ workload: each, pods, events });

const settled = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };

for (const [what, each, done] of [
  ['a Deployment with all Pods new and available', workload('Deployment', settled, 2), true],
  [
    'a Deployment the controller has not looked at yet',
    workload('Deployment', { ...settled, observedGeneration: 1 }, 2),
    false,
  ],
  ['a Deployment with an old Pod left', workload('Deployment', { ...settled, replicas: 3 }, 2), false],
  ['a Deployment with one new Pod', workload('Deployment', { ...settled, updatedReplicas: 1 }, 2), false],
  ['a Deployment scaled to nothing', workload('Deployment', { observedGeneration: 2 }, 0), false],
  [
    'a StatefulSet in one revision',
    workload(
      'StatefulSet',
      { observedGeneration: 2, replicas: 1, availableReplicas: 1, currentRevision: 'a', updateRevision: 'a' },
      1,
    ),
    true,
  ],
  [
    'a StatefulSet whose Pod is of the old revision',
    workload(
      'StatefulSet',
      { observedGeneration: 2, replicas: 1, availableReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      1,
    ),
    false,
  ],
  [
    'a DaemonSet on all nodes',
    workload('DaemonSet', {
      observedGeneration: 2,
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    }),
    true,
  ],
  [
    'a DaemonSet on two of three',
    workload('DaemonSet', {
      observedGeneration: 2,
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberAvailable: 2,
    }),
    false,
  ],
  [
    'a DaemonSet that no node wants',
    workload('DaemonSet', { observedGeneration: 2, desiredNumberScheduled: 0 }),
    false,
  ],
] as const) {
  test(`${what} is ${done ? '' : 'not '}done`, () => {
    assert.equal(progress(each).done, done);
  });
}

const waiting = (name: string, labels: Record<string, string>): Pod => ({
  kind: 'Pod',
  metadata: { ...created, name, uid: name, labels },
  spec: { containers: [] },
  status: {
    phase: 'Pending',
    containerStatuses: [{ name: 'api', ready: false, restartCount: 0, state: { waiting: { reason: 'ErrImagePull' } } }],
  },
});

test('the reasons are those of its own Pods', () => {
  const pods = [waiting('api-1', { app: 'api' }), waiting('redis-0', { app: 'redis' })];
  assert.deepEqual(progress(workload('Deployment', {}, 2), pods).reasons, ['api-1: api: ErrImagePull']);
});

test('without a Pod, why none may be made', () => {
  const message = 'pods "api-1" is forbidden: violates PodSecurity "restricted:v1.34"';
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
  assert.deepEqual(progress(workload('Deployment', { conditions }, 2)).reasons, [message]);
  const event: ClusterEvent = {
    kind: 'Event',
    type: 'Warning',
    reason: 'FailedCreate',
    message,
    involvedObject: { kind: 'DaemonSet', name: 'api' },
  };
  const daemons = workload('DaemonSet', { desiredNumberScheduled: 3 });
  assert.deepEqual(progress(daemons, [], [event]).reasons, [`FailedCreate: ${message}`]);
});

test('a workload that is done has no reasons, whatever its Pods went through', () => {
  assert.deepEqual(progress(workload('Deployment', settled, 2), [waiting('api-1', { app: 'api' })]).reasons, []);
});
