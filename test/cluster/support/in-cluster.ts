import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../../../src/cluster/kubectl.ts';
import type { Pod } from '../../../src/cluster/objects.ts';
import { until } from '../../support/until.ts';
import type { TestCluster } from './test-cluster.ts';

/** Where the tests' own Pods live: not in the stack's namespaces, whose policies are part of what is tested. */
export const testNamespace = 'journey-test';

export async function makeTestNamespace({ kubectl }: TestCluster): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: testNamespace } };
  await kubectl.run(['apply', '--filename', '-'], { input: JSON.stringify(namespace) });
}

export async function removeTestNamespace({ kubectl }: TestCluster): Promise<void> {
  const args = ['delete', 'namespace', testNamespace, '--ignore-not-found', '--timeout=60s'];
  await kubectl.run(args, { deadlineMs: 90_000 });
}

export interface TestPod {
  readonly name: string;
  /** The scheduler's choice if not given. */
  readonly node?: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly spec?: object;
  readonly mounts?: readonly object[];
  readonly security?: object;
}

/** A Pod with the API's image: Node is in it, and every node has it. */
export async function testPod(
  { kubectl }: TestCluster,
  { name, node, args, spec, security, mounts = [] }: TestPod,
): Promise<{ readonly metadata: object; readonly spec: object }> {
  const deployment = await kubectl.json<{ spec: { template: { spec: { containers: [{ image: string }] } } } }>([
    '--namespace',
    'journey',
    'get',
    'deployment',
    'api',
  ]);
  const [{ image }] = deployment?.spec.template.spec.containers ?? [{ image: '' }];
  const container = {
    name: 'main',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/local/bin/node', ...args],
    volumeMounts: mounts,
    ...(security === undefined ? {} : { securityContext: security }),
  };
  return {
    metadata: { name, namespace: testNamespace },
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Draining and losing nodes is what the tests are about: this Pod stays.
      tolerations: [{ operator: 'Exists' }],
      containers: [container],
      ...spec,
    },
  };
}

/** Starts a Pod and waits until it runs. */
export async function startTestPod(stack: TestCluster, options: TestPod): Promise<void> {
  const { kubectl } = stack;
  const { name } = options;
  const pod = { apiVersion: 'v1', kind: 'Pod', ...(await testPod(stack, options)) };
  await kubectl.run(['apply', '--filename', '-'], { input: JSON.stringify(pod) });
  await until(
    `the Pod ${name} to run`,
    async () => {
      const now = await kubectl.json<Pod>(['--namespace', testNamespace, 'get', 'pod', name]);
      return now?.status.phase !== 'Pending';
    },
    { timeoutMs: 60_000, everyMs: 300 },
  );
}

export async function deleteTestPod({ kubectl }: TestCluster, name: string): Promise<void> {
  await kubectl.run(['--namespace', testNamespace, 'delete', 'pod', name, '--ignore-not-found', '--wait=false']);
}

export interface Tally {
  readonly answered: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly sockets: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** Requests answered by each API Pod. */
  readonly pods: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly lastFailureMs: number;
}

/** Keep-alive clients in a Pod, without pause, by way of the Service's own address. */
export interface Traffic {
  tally(): Promise<Tally>;
  /** Lets the clients finish. */
  stop(): Promise<Tally>;
  /** Every acknowledged write, read back from the store; `wrong` names those that are not there. */
  check(): Promise<{ readonly keys: number; readonly lost: number; readonly wrong: readonly string[] }>;
}

const clientSource = readFileSync(join(import.meta.dirname, 'traffic-client.mjs'), 'utf8');

/** Starts traffic and waits until it flows. */
export async function startTraffic(
  stack: TestCluster,
  { name, node, connections = 6 }: { name: string; node: string; connections?: number },
): Promise<Traffic> {
  const { kubectl } = stack;
  const address = ['get', 'service', 'api', '--output', 'jsonpath={.spec.clusterIP} {.spec.ports[0].port}'];
  const [ip, port] = (await kubectl.run(['--namespace', 'journey', ...address])).split(' ');
  const args = ['--input-type=module', '--eval', clientSource, '--', `http://${ip}:${port}`, String(connections)];
  await startTestPod(stack, { name, node, args });
  const ask = async (path: string, deadlineMs = 30_000) => {
    const proxy = `/api/v1/namespaces/${testNamespace}/pods/${name}:8081/proxy/${path}`;
    return JSON.parse(await kubectl.run(['get', '--raw', proxy], { deadlineMs }));
  };
  const traffic: Traffic = {
    tally: () => ask('tally') as Promise<Tally>,
    stop: () => ask('stop') as Promise<Tally>,
    check: () => ask('check', 180_000),
  };
  await until('traffic to flow', async () => (await traffic.tally()).acknowledged > 50, {
    timeoutMs: 60_000,
    everyMs: 500,
  });
  return traffic;
}

/** Waits until traffic has gone on without a failure for a while. */
export async function untilUndisturbed(traffic: Traffic, forMs: number, timeoutMs: number): Promise<void> {
  await until(
    `${forMs} ms without a failed request`,
    async () => {
      const { durationMs, lastFailureMs } = await traffic.tally();
      return durationMs - lastFailureMs > forMs;
    },
    { timeoutMs, everyMs: 1_000 },
  );
}

/**
 * Kills the processes of a Pod's container from outside, as the kernel would: from inside, process 1 cannot be killed.
 * By way of a privileged Pod on its node.
 */
export async function killProcess(stack: TestCluster, pod: Pod, command: string): Promise<void> {
  const { kubectl } = stack;
  const name = `killer-${pod.spec.nodeName}`;
  if ((await kubectl.try(['--namespace', testNamespace, 'get', 'pod', name])).exitCode !== 0) {
    await startTestPod(stack, {
      name,
      node: pod.spec.nodeName ?? '',
      args: ['--eval', 'setInterval(() => {}, 1e9); process.on("SIGTERM", () => process.exit())'],
      spec: { hostPID: true },
      security: { privileged: true, runAsUser: 0, runAsNonRoot: false },
    });
  }
  const exec = ['--namespace', testNamespace, 'exec', name, '--', 'node', '--eval', killSource, '--'];
  const killed = await kubectl.run([...exec, pod.metadata.uid ?? '', command]);
  if (!/^\d+ killed/.test(killed)) throw new Error(`no process ${command} of ${pod.metadata.name} to kill: ${killed}`);
}

const killSource = `
const fs = require('node:fs');
const [uid, command] = process.argv.slice(-2);
let killed = 0;
for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
  try {
    const group = fs.readFileSync('/proc/' + pid + '/cgroup', 'utf8').replaceAll('_', '-');
    const line = fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8');
    if (!group.includes(uid) || !line.includes(command)) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed++;
  } catch {}
}
if (killed > 0) console.log(killed + ' killed');
`;

/** Waits for the end of a rollout. */
export async function rolledOut(kubectl: Kubectl, namespace: string, workload: string): Promise<void> {
  const args = ['--namespace', namespace, 'rollout', 'status', workload, '--timeout=180s'];
  await kubectl.run(args, { deadlineMs: 190_000 });
}
