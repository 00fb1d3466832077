import assert from 'node:assert/strict';
import { test } from 'node:test';
import { want } from '../support/want.ts';
import { liveStack } from './support/live-stack.ts';
import { coldStartMs } from './support/local-test-cluster.ts';
import { clusterTraces, removeTestCluster } from './support/own-cluster.ts';

// The last of them, after everything the other files have done to the cluster.
test('down takes cluster and stack away and leaves nothing behind', { timeout: coldStartMs }, async (t) => {
  const stack = await liveStack(t);
  if (stack === undefined) return;
  const how = 'unset JOURNEY_TEST_KUBECONFIG where a local cluster can be made';
  if (!want(t, stack.cluster.provider === 'local', 'a local cluster of its own', how)) return;
  const blank = clusterTraces.before();
  await removeTestCluster();
  assert.deepEqual(clusterTraces.now(), blank);
});
