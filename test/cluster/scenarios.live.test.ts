import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Pod } from '../../src/cluster/objects.ts';
import { isReady } from '../../src/cluster/objects.ts';
import { until } from '../support/until.ts';
import { want } from '../support/want.ts';
import {
  killProcess,
  makeTestNamespace,
  removeTestNamespace,
  rolledOut,
  startTraffic,
  type Tally,
  type Traffic,
  untilUndisturbed,
} from './support/in-cluster.ts';
import { liveStack, podsOf } from './support/live-stack.ts';
import { watchNumberedLines } from './support/numbered-lines.ts';
import { runVerify } from './support/run-verify.ts';
import type { TestCluster } from './support/test-cluster.ts';

// What happens to real stacks, on a real cluster, with a ledger of what was promised.
const minutes = (count: number) => ({ timeout: count * 60_000 });
const slow = { timeoutMs: 180_000, everyMs: 500 };
let prepared: TestCluster | undefined;

after(async () => {
  if (prepared !== undefined) await removeTestNamespace(prepared);
});

async function stackFor(t: TestContext): Promise<TestCluster | undefined> {
  const stack = await liveStack(t);
  if (stack !== undefined && prepared === undefined) {
    await makeTestNamespace(stack);
    prepared = stack;
  }
  return stack;
}

const nodeOf = ({ spec }: Pod): string => spec.nodeName ?? '';
const restartsOf = ({ status }: Pod): number => status.containerStatuses?.[0]?.restartCount ?? 0;

async function redisPod(stack: TestCluster): Promise<Pod> {
  const [pod] = await podsOf(stack, 'redis');
  return pod ?? assert.fail('there is no Redis Pod');
}

async function nodeNames({ kubectl }: TestCluster): Promise<string[]> {
  const names = await kubectl.run(['get', 'nodes', '--output', 'jsonpath={.items[*].metadata.name}']);
  return names.split(' ');
}

function say(t: TestContext, { answered, acknowledged, sockets, failed, pods, durationMs }: Tally): void {
  const seconds = (durationMs / 1_000).toFixed(0);
  const told = Object.entries(pods).map(([pod, count]) => `${pod} ${count}`);
  t.diagnostic(
    `${answered} requests answered in ${seconds} s, ${failed} failed, ${acknowledged} writes acknowledged, ${sockets} connections; ${told.join(', ')}`,
  );
}

async function noWriteLost(t: TestContext, traffic: Traffic): Promise<void> {
  const { keys, lost, wrong } = await traffic.check();
  assert.equal(lost, 0, wrong.join('\n'));
  assert.ok(keys > 0);
  t.diagnostic(`${keys} keys read back from the store, each with its last acknowledged value`);
}

test('kill -9 of redis-server under write load loses no acknowledged write', minutes(6), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  const before = await redisPod(stack);
  const traffic = await startTraffic(stack, { name: 'traffic-kill', node: nodeOf(before) });
  for (const kill of [1, 2]) {
    await killProcess(stack, await redisPod(stack), 'redis-server');
    await until(
      `Redis to be back after kill ${kill}`,
      async () => {
        const pod = await redisPod(stack);
        return restartsOf(pod) === restartsOf(before) + kill && isReady(pod);
      },
      slow,
    );
    await untilUndisturbed(traffic, 2_000, 60_000);
  }
  const tally = await traffic.stop();
  say(t, tally);
  assert.ok(tally.failed > 0, 'the writes met a Redis that was not there');
  assert.ok(tally.acknowledged > 200);
  await noWriteLost(t, traffic);
});

test('a rolling update under keep-alive load fails no request', minutes(6), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  const old = await podsOf(stack, 'api');
  const traffic = await startTraffic(stack, {
    name: 'traffic-roll',
    node: nodeOf(await redisPod(stack)),
    connections: 8,
  });
  for (let round = 0; round < 2; round++) {
    await stack.kubectl.run(['--namespace', 'journey', 'rollout', 'restart', 'deployment/api']);
    await rolledOut(stack.kubectl, 'journey', 'deployment/api');
  }
  // The last old Pod is still draining when the rollout counts as done.
  await until(
    'the old Pods to be gone',
    async () => {
      const names = (await stack.kubectl.run(['--namespace', 'journey', 'get', 'pods', '--output', 'name'])).split(
        '\n',
      );
      return names.filter((name) => name.startsWith('pod/api-')).length === 2;
    },
    slow,
  );
  const tally = await traffic.stop();
  say(t, tally);
  assert.deepEqual(tally.failures, []);
  assert.ok(Object.keys(tally.pods).length >= 6, 'six Pods answered: two old, two between, two new');
  const now = (await podsOf(stack, 'api')).map(({ metadata }) => metadata.name);
  assert.ok(old.every(({ metadata }) => !now.includes(metadata.name)));
  await noWriteLost(t, traffic);
});

test('a node is drained: the API moves without a failed request, and the node comes back', minutes(6), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  const { kubectl } = stack;
  const redisNode = nodeOf(await redisPod(stack));
  const nodes = await nodeNames(stack);
  if (!want(t, nodes.length > 1, 'two nodes', 'minikube node add')) return;
  // Not Redis' node: its volume is on it, so draining that one is an outage of the store (the next test).
  const drained = (await podsOf(stack, 'api')).map(nodeOf).find((node) => node !== redisNode);
  assert.ok(drained, 'the two API Pods are on different nodes');
  const traffic = await startTraffic(stack, { name: 'traffic-drain', node: redisNode });
  try {
    const drain = ['drain', drained, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
    await kubectl.run(drain, { deadlineMs: 130_000 });
    await rolledOut(kubectl, 'journey', 'deployment/api');
    assert.ok((await podsOf(stack, 'api')).every((pod) => nodeOf(pod) !== drained));
    const collectors = await podsOf(stack, 'log-collector');
    assert.equal(collectors.filter((pod) => nodeOf(pod) === drained && isReady(pod)).length, 1, 'its collector stays');
  } finally {
    await kubectl.run(['uncordon', drained]);
  }
  const tally = await traffic.stop();
  say(t, tally);
  assert.deepEqual(tally.failures, []);
  await noWriteLost(t, traffic);
});

test('Redis’ node is drained: the API stays, and every write is there afterwards', minutes(6), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  const { kubectl } = stack;
  const drained = nodeOf(await redisPod(stack));
  const other = (await nodeNames(stack)).find((node) => node !== drained);
  if (!want(t, other !== undefined, 'two nodes', 'minikube node add')) return;
  const traffic = await startTraffic(stack, { name: 'traffic-redis-drain', node: other ?? '' });
  let during: Tally;
  try {
    const drain = ['drain', drained, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
    await kubectl.run(drain, { deadlineMs: 130_000 });
    await rolledOut(kubectl, 'journey', 'deployment/api');
    during = await traffic.tally();
    // /api/v1/info needs no store, and never failed; writes do, and say so.
    assert.deepEqual(
      during.failures.filter((failure) => / info: /.test(failure)),
      [],
    );
    assert.ok(
      during.failures.every((failure) => /: HTTP 503 .*store-/.test(failure)),
      during.failures.join('\n'),
    );
  } finally {
    await kubectl.run(['uncordon', drained]);
  }
  await until('Redis to be back', async () => isReady(await redisPod(stack)), slow);
  await untilUndisturbed(traffic, 3_000, 90_000);
  const tally = await traffic.stop();
  say(t, tally);
  assert.ok(
    (await podsOf(stack, 'api')).every((pod) => restartsOf(pod) === 0),
    'no API Pod was restarted',
  );
  await noWriteLost(t, traffic);
});

test(
  'the node of Redis is lost and comes back: nothing acknowledged is lost, all parts recover',
  minutes(10),
  async (t) => {
    const stack = await stackFor(t);
    if (stack === undefined) return;
    const { cluster, ours } = stack;
    const how = 'unset JOURNEY_TEST_KUBECONFIG to let the test make one';
    if (!want(t, ours, 'a cluster whose nodes can be switched off', how)) return;
    const lost = nodeOf(await redisPod(stack));
    const other = (await nodeNames(stack)).find((node) => node !== lost) ?? '';
    const traffic = await startTraffic(stack, { name: 'traffic-loss', node: other });
    await cluster.stopNode(lost);
    await until(
      'the loss to be noticed',
      async () => {
        return (await cluster.nodes()).some(({ name, ready }) => name === lost && !ready);
      },
      slow,
    );
    await until(
      'two API Pods on the nodes that are left',
      async () => {
        const pods = (await podsOf(stack, 'api')).filter((pod) => nodeOf(pod) !== lost && isReady(pod));
        return pods.length === 2;
      },
      slow,
    );
    const during = await traffic.tally();
    t.diagnostic(`while the node was away: ${during.failed} requests failed`);
    await cluster.startNode(lost);
    await until('Redis to be back', async () => isReady(await redisPod(stack)), slow);
    await until(
      'a collector on every node',
      async () => {
        return (await podsOf(stack, 'log-collector')).filter(isReady).length === (await nodeNames(stack)).length;
      },
      slow,
    );
    await untilUndisturbed(traffic, 3_000, 120_000);
    const tally = await traffic.stop();
    say(t, tally);
    assert.ok(tally.failed > 0, 'writes met a store that was not there');
    await noWriteLost(t, traffic);
  },
);

test('a collector killed again and again while lines flow and files rotate loses none', minutes(8), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  const count = 24_000;
  const lines = await watchNumberedLines(stack, { count, perSecond: 400 });
  try {
    const { kubectl } = stack;
    const collector = async () => {
      const pods = await podsOf(stack, 'log-collector');
      return pods.find((pod) => nodeOf(pod) === lines.node && isReady(pod));
    };
    for (const [share, how] of [
      [0.1, 'kill -9'],
      [0.3, 'delete --force'],
      [0.5, 'kill -9'],
    ] as const) {
      await until(`${share * 100} % of the lines`, async () => (await lines.arrived()) >= share * count, slow);
      const pod = (await collector()) ?? assert.fail('there is no collector');
      t.diagnostic(`${how} after ${await lines.arrived()} lines`);
      if (how === 'kill -9') await killProcess(stack, pod, 'main.js');
      else {
        const force = ['delete', 'pod', pod.metadata.name, '--grace-period=0', '--force'];
        await kubectl.run(['--namespace', 'journey-node', ...force]);
      }
      await until(
        `the collector to be back after ${how}`,
        async () => {
          const now = await collector();
          return now !== undefined && (now.metadata.uid !== pod.metadata.uid || restartsOf(now) > restartsOf(pod));
        },
        slow,
      );
    }
    await until('all lines', async () => (await lines.arrived()) >= count, slow);
    const { missing, damaged, twice, rotations } = await lines.account();
    t.diagnostic(`${count} lines, ${rotations} rotations of the log file, ${twice} delivered twice`);
    assert.deepEqual(missing, []);
    assert.deepEqual(damaged, []);
    if (stack.cluster.provider === 'local') assert.ok(rotations >= 1, 'the kubelet rotated the file meanwhile');
  } finally {
    await lines.stop();
  }
});

test('after all that the stack is green', minutes(6), async (t) => {
  const stack = await stackFor(t);
  if (stack === undefined) return;
  // TE02 counts restarts of the last minutes; the tests above have caused them.
  const { report } = await runVerify(stack, '--wait', '90');
  const red = report.checks.filter(({ id, status }) => status === 'fail' && id !== 'TE02');
  assert.deepEqual(red, []);
});
