import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Pod } from '../../../src/cluster/objects.ts';
import { isReady } from '../../../src/cluster/objects.ts';
import { until } from '../../support/until.ts';
import { killProcess } from './in-cluster.ts';
import { podsOf } from './live-stack.ts';
import type { TestCluster } from './test-cluster.ts';

async function collectorOn(stack: TestCluster, node: string): Promise<Pod> {
  const pods = await podsOf(stack, 'log-collector');
  return pods.find((pod) => pod.spec.nodeName === node) ?? assert.fail(`there is no collector on ${node}`);
}

/** kill -9 of the collector on a node; resolves when the next one is Ready. */
export async function killCollector(t: TestContext, stack: TestCluster, node: string): Promise<void> {
  const before = await collectorOn(stack, node);
  await killProcess(stack, before, 'main.js');
  const restarts = before.status.containerStatuses?.[0]?.restartCount ?? 0;
  await until(
    'the collector to be back',
    async () => {
      const now = await collectorOn(stack, node);
      return isReady(now) && (now.status.containerStatuses?.[0]?.restartCount ?? 0) > restarts;
    },
    { timeoutMs: 240_000, everyMs: 2_000 },
  );
  t.diagnostic(`collector on ${node} killed and back`);
}
