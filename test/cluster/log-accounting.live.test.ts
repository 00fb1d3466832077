import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { staticPods } from '../../src/cluster/local/node-config.ts';
import { until } from '../support/until.ts';
import { changeCollectorConfig } from './support/collector-config.ts';
import { killCollector } from './support/collector-on.ts';
import {
  deleteTestPod,
  makeTestNamespace,
  removeTestNamespace,
  startTestPod,
  testNamespace,
  testPod,
} from './support/in-cluster.ts';
import { liveStack, podsOf } from './support/live-stack.ts';
import { LossWatch, lineBytes, startLogReceiver, writerSource } from './support/log-ledger.ts';
import type { TestCluster } from './support/test-cluster.ts';

/** How long the sink is away: two minutes in every run, ten when asked for. */
const outageMinutes = Number(process.env['JOURNEY_OUTAGE_MINUTES'] ?? 2);
const slow = { timeoutMs: 240_000, everyMs: 2_000 };
let prepared: TestCluster | undefined;

after(async () => {
  if (prepared !== undefined) await removeTestNamespace(prepared);
});

const writerArgs = (writer: string, count: number, perSecond: number) => [
  '--eval',
  writerSource,
  '--',
  writer,
  String(count),
  String(perSecond),
];

/** A Job whose Pod lives for two seconds and is deleted, log and all, as soon as it has ended. */
async function startJob(stack: TestCluster, name: string): Promise<void> {
  const { spec } = await testPod(stack, { name, args: writerArgs(name, 200, 100) });
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: testNamespace },
    spec: { ttlSecondsAfterFinished: 0, template: { spec } },
  };
  await stack.kubectl.run(['apply', '--filename', '-'], { input: JSON.stringify(job) });
}

/** Runs a program in the folder from which the kubelet of a node takes Pods of its own, mounted at /static. */
async function inStaticPods(stack: TestCluster, node: string, name: string, args: readonly string[]): Promise<void> {
  const path = stack.cluster.provider === 'local' ? staticPods : '/etc/kubernetes/manifests';
  await startTestPod(stack, {
    name,
    node,
    args,
    security: { runAsUser: 0, runAsNonRoot: false },
    mounts: [{ name: 'static', mountPath: '/static' }],
    spec: { volumes: [{ name: 'static', hostPath: { path } }] },
  });
}

async function startStaticPod(stack: TestCluster, node: string, writer: string): Promise<void> {
  const { spec } = await testPod(stack, { name: writer, args: writerArgs(writer, 3_000, 100) });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: writer, namespace: testNamespace }, spec };
  const write = `fs.writeFileSync('/static/${writer}.json', process.argv.at(-1))`;
  await inStaticPods(stack, node, 'static-maker', ['--eval', write, '--', JSON.stringify(pod)]);
}

async function removeStaticPod(stack: TestCluster, node: string, writer: string): Promise<void> {
  await inStaticPods(stack, node, 'static-remover', ['--eval', `fs.rmSync('/static/${writer}.json')`]);
}

test(`of all lines of three nodes none is missing without a number: floods, Jobs of two seconds, a static Pod, kills, a drain, the sink away for ${outageMinutes} minutes`, {
  timeout: (outageMinutes + 20) * 60_000,
}, async (t) => {
  const stack = await liveStack(t);
  if (stack === undefined) return;
  const { kubectl } = stack;
  await makeTestNamespace(stack);
  prepared = stack;
  const nodes = (await podsOf(stack, 'log-collector')).map(({ spec }) => spec.nodeName ?? '').sort();
  const [first = '', second = '', third = first] = nodes;
  const receiver = await startLogReceiver(stack, first);
  const restoreConfig = await changeCollectorConfig(stack, (config) => {
    config.setIn(['sink', 'kind'], 'loki');
    config.setIn(['sink', 'push'], { url: receiver.url });
  });
  const losses = await LossWatch.begin(stack);
  const over = new AbortController();
  const watching = watchLosses(losses, over.signal);
  const writers: string[] = [];
  const flood = async (name: string, node: string) => {
    // Some 120 KB a second: a new file of 1 MiB every nine seconds, five of which the kubelet keeps.
    const spec = { terminationGracePeriodSeconds: 30 };
    await startTestPod(stack, { name, node, args: writerArgs(name, 1e9, 600), spec });
    writers.push(name);
  };
  const jobs = async (prefix: string, count: number, everyMs: number) => {
    for (let i = 0; i < count; i++) {
      await startJob(stack, `${prefix}-${i}`);
      writers.push(`${prefix}-${i}`);
      await sleep(everyMs);
    }
  };
  const still = `static-${process.pid}`;
  try {
    for (const node of nodes) await flood(`flood-${node}`, node);
    const long = `long-${'x'.repeat(195)}`;
    await startTestPod(stack, { name: long, node: second, args: writerArgs(long, 3_000, 100) });
    await startStaticPod(stack, third, still);
    writers.push(long, still);
    await jobs('job', 10, 2_000);
    await killCollector(t, stack, first);
    await jobs('job-between', 3, 2_000);
    await killCollector(t, stack, first);

    const drain = ['drain', second, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s'];
    try {
      await kubectl.run(drain, { deadlineMs: 130_000 });
    } finally {
      await kubectl.run(['uncordon', second]);
    }
    // Its Pod is gone, and with it its log: what the collector had not read by then it reads from the files it holds open.
    await until(
      'the last words of the flood that was drained away',
      async () => (await receiver.account())[`flood-${second}`]?.end !== undefined,
      slow,
    ).catch(async (error: Error) => {
      throw new Error(`${error.message}; ${JSON.stringify(await receiver.account())}`);
    });
    await flood(`flood-again-${second}`, second);

    await receiver.goDown(outageMinutes * 60);
    await jobs('job-in-outage', outageMinutes * 2, 30_000);
    await until('the sink to be back', async () => Object.keys(await receiver.account()).length > 0, slow);

    for (const name of writers.filter((name) => name.startsWith('flood-'))) await deleteTestPod(stack, name);
    const account = await until(
      'the last words of every writer',
      async () => {
        const now = await receiver.account();
        return writers.every((name) => now[name]?.end !== undefined) ? now : undefined;
      },
      { timeoutMs: 8 * 60_000, everyMs: 3_000 },
    ).catch(async () => receiver.account());
    await losses.look();
    const sum = (of: (name: string) => number) => writers.reduce((total, name) => total + of(name), 0);
    const missing = sum((name) => (account[name]?.end ?? Number.NaN) - (account[name]?.arrived ?? 0));
    const lost = Object.values(losses.bytes).reduce((total, bytes) => total + bytes, 0);
    t.diagnostic(
      `${writers.length} writers, ${sum((name) => account[name]?.arrived ?? 0)} lines arrived, ${missing} missing, ` +
        `${sum((name) => account[name]?.twice ?? 0)} twice; counted as lost: ${JSON.stringify(losses.bytes)} bytes`,
    );
    const wrong = writers.filter((name) => {
      const { end, gaps = [], unknownTwice, disordered, damaged } = account[name] ?? {};
      return end === undefined || gaps.length > 0 || unknownTwice !== 0 || disordered !== 0 || damaged !== 0;
    });
    for (const name of wrong) t.diagnostic(`${name.slice(0, 40)}: ${JSON.stringify(account[name])}`);
    assert.ok(missing * lineBytes.least <= lost, 'missing lines that no number explains');
    // Of the Pods that are not ours a little may be lost, too.
    assert.ok(lost <= missing * lineBytes.most + 65_536, 'more counted as lost than is missing');
    const changed = wrong.filter((name) => {
      const { unknownTwice, disordered, damaged } = account[name] ?? {};
      return unknownTwice !== 0 || disordered !== 0 || damaged !== 0;
    });
    assert.deepEqual(changed, [], 'lines in another order, with another text, or again under another key');
  } finally {
    over.abort();
    await watching;
    await removeStaticPod(stack, third, still);
    await restoreConfig();
    await receiver.close();
  }
});

async function watchLosses(losses: LossWatch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await losses.look();
    await sleep(5_000, undefined, { signal }).catch(() => undefined);
  }
}
