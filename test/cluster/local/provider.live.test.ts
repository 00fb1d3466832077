import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../src/cluster/cluster-provider.ts';
import { Kubectl } from '../../../src/cluster/kubectl.ts';
import { ClusterState } from '../../../src/cluster/local/cluster-state.ts';
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { hasEnvironment, killNow, listPids } from '../../../src/cluster/local/proc.ts';
import { waitUntil } from '../../../src/cluster/local/wait-until.ts';
import { runCommand } from '../../../src/cluster/run-command.ts';
import { isJourneyError } from '../../../src/errors/journey-error.ts';
import { atTheEnd } from '../support/at-the-end.ts';
import {
  clusterPids,
  clusterPrograms,
  coldStartMs,
  lastingContext,
  makeClustersFolder,
  removeClustersFolder,
  takeDownWhenFree,
  testContext,
  traces,
  wantLocalCluster,
} from '../support/local-test-cluster.ts';

// One three-node cluster for the whole file; the tests are its life, in order.
const name = `t${process.pid}`;
const clustersFolder = makeClustersFolder();
const folder = join(clustersFolder, name);
const options = { name, clustersFolder, tuning: { nodeMonitorGraceSeconds: 10 } };
const lines: string[] = [];
const provider = new LocalProvider(testContext(lines), options);
let blank: ReturnType<typeof traces>;
let cluster: Cluster;
let kubectl: ReturnType<typeof kubectlOf>;

before(() => {
  blank = traces(name, clustersFolder);
});
atTheEnd(async () => {
  await takeDownWhenFree(new LocalProvider(lastingContext(), options));
  await removeClustersFolder(clustersFolder);
});

const busybox = (pod: string, node: string, extra = '') => `
apiVersion: v1
kind: Pod
metadata: { name: ${pod}, labels: { app: ${pod} } }
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 0
  containers:
    - name: main
      image: localhost/busybox:1
      command: [sh, -c, "mkdir -p /tmp/www && hostname > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www"]
      ports: [{ containerPort: 8080 }]
${extra}`;

/** kubectl with its words split at spaces. */
function kubectlOf({ kubectl: command }: Cluster) {
  const program = new Kubectl({ command, env: process.env, signal: new AbortController().signal });
  const call = (input = '') => ({ input, deadlineMs: 120_000 });
  return Object.assign(
    async (args: string, input?: string) => (await program.run(args.split(' '), call(input))).trim(),
    { attempt: (args: string, input?: string) => program.try(args.split(' '), call(input)) },
  );
}

/** Whether a connection from one Pod to another is made within a second. The other has a new address when it restarts. */
async function reaches(from: string, to: string): Promise<boolean> {
  const address = await kubectl(`get pod ${to} -o jsonpath={.status.podIP}`);
  return (await kubectl.attempt(`exec ${from} -- nc -w 1 ${address} 8080`)).exitCode === 0;
}
const eventually = async (what: string, condition: () => Promise<boolean>, deadlineMs = 60_000) =>
  assert.ok(await waitUntil(condition, { deadlineMs, everyMs: 300 }), `not within ${deadlineMs} ms: ${what}`);

test('up makes three nodes that are Ready', { timeout: coldStartMs }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  cluster = await provider.up({ nodes: 3 });
  kubectl = kubectlOf(cluster);
  const nodes = await cluster.nodes();
  assert.deepEqual(
    nodes.map((node) => [node.name, node.ready]),
    [
      ['node1', true],
      ['node2', true],
      ['node3', true],
    ],
  );
  assert.equal(cluster.kubeconfig, join(folder, 'kubeconfig'));
  const ofTheUser = listPids().filter((pid) =>
    hasEnvironment(pid, [`JOURNEY_CLUSTER=${folder}`, 'JOURNEY_TEST_OF_THE_USER=must not reach the cluster']),
  );
  assert.deepEqual(ofTheUser, [], 'a proxy of the user, say, would swallow the traffic to the API server');
  assert.equal((await provider.status()).state, 'running');
});

test('a Pod runs on every node, and Pods of different nodes reach each other', { timeout: 180_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  for (const node of [1, 2, 3]) await kubectl('apply -f -', busybox(`web${node}`, `node${node}`));
  await kubectl('wait --for=condition=Ready pod/web1 pod/web2 pod/web3 --timeout=60s');
  for (const [from, to] of [
    ['web1', 'web2'],
    ['web2', 'web3'],
    ['web3', 'web1'],
  ] as const) {
    await eventually(`${from} reaches ${to}`, () => reaches(from, to), 20_000);
  }
});

test('names resolve inside the cluster, and outside names are refused at once', { timeout: 60_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const api = await kubectl('exec web1 -- nslookup kubernetes.default.svc.cluster.local');
  assert.match(api, /10\.233\.0\.1\b/);
  const before = performance.now();
  const outside = await kubectl.attempt('exec web1 -- nslookup example.com.');
  assert.match(outside.stdout + outside.stderr, /NXDOMAIN/);
  assert.ok(performance.now() - before < 5_000);
});

test('a claim is bound, writable for any user, and outlives its Pod', { timeout: 120_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }`;
  const pod = `
apiVersion: v1
kind: Pod
metadata: { name: writer }
spec:
  terminationGracePeriodSeconds: 0
  securityContext: { runAsUser: 10001, runAsNonRoot: true }
  containers:
    - name: main
      image: localhost/busybox:1
      command: [sh, -c, "date >> /data/lines; exec sleep 1000000"]
      volumeMounts: [{ name: data, mountPath: /data }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]`;
  await kubectl('apply -f -', claim);
  for (const written of ['1', '2']) {
    await kubectl('apply -f -', pod);
    await kubectl('wait --for=condition=Ready pod/writer --timeout=90s');
    await eventually('the line is written', async () => {
      return (await kubectl.attempt('exec writer -- wc -l /data/lines')).stdout.startsWith(`${written} `);
    });
    await kubectl('delete pod writer');
  }
});

test('Pod Security is enforced', { timeout: 60_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  await kubectl('create namespace strict');
  await kubectl('label namespace strict pod-security.kubernetes.io/enforce=restricted');
  const refused = await kubectl.attempt('-n strict run bad --image=localhost/busybox:1 --restart=Never');
  assert.notEqual(refused.exitCode, 0);
  assert.match(refused.stderr, /violates PodSecurity "restricted/);
});

test('an image is loaded onto every node and found there without a registry', { timeout: 120_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const reference = `localhost/journey-test:${process.pid}`;
  const work = join(clustersFolder, 'image');
  mkdirSync(work);
  copyFileSync('/bin/busybox', join(work, 'busybox'));
  writeFileSync(join(work, 'Dockerfile'), 'FROM scratch\nCOPY busybox /busybox\nCMD ["/busybox","sleep","1000000"]\n');
  const store = ['--root', join(work, 'store'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
  const buildah = (...args: string[]) =>
    runCommand('buildah', [...store, ...args], { env: process.env, deadlineMs: 60_000 });
  await buildah('build', '--isolation', 'chroot', '--tag', reference, work);
  const file = join(work, 'image.tar');
  await buildah('push', reference, `oci-archive:${file}:${reference}`);
  await cluster.loadImage({ file, reference });
  for (const node of [1, 2, 3]) {
    const pod = busybox(`loaded${node}`, `node${node}`).replace('localhost/busybox:1', reference);
    await kubectl('apply -f -', pod.replace(/command: .*/, 'imagePullPolicy: Never'));
  }
  await kubectl('wait --for=condition=Ready pod/loaded1 pod/loaded2 pod/loaded3 --timeout=60s');
  await kubectl('delete pod loaded1 loaded2 loaded3');
});

test('up again does nothing and says so', { timeout: 120_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  // Not what the agents call for a moment, an iptables, say; nor the shims: those of Pods deleted before are still going.
  const lasting = async () => {
    const pids = clusterPids(folder);
    await delay(2_000);
    return clusterPrograms(folder, pids).filter((program) => program !== 'containerd-shim');
  };
  const programs = await lasting();
  lines.length = 0;
  await provider.up();
  assert.deepEqual(await lasting(), programs);
  assert.match(lines.at(-1) ?? '', /nothing to do/);
});

test('up repairs parts that were killed, and Pods live through it', { timeout: 180_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const pods = () => kubectl('get pod web1 web2 -o jsonpath={.items[*].status.containerStatuses[*].containerID}');
  const running = await pods();
  const dead = ['kubelet-node1', 'containerd-node1', 'kube-router-node2', 'kube-scheduler', 'forward-api', 'etcd'];
  const processes = ClusterState.load(join(folder, 'state.json'))?.data.processes ?? {};
  for (const role of dead) killNow(processes[role]?.pid ?? assert.fail(`${role} is not recorded`));
  await eventually('status sees it', async () => (await provider.status()).faults.length >= dead.length);
  // Alive, but as deaf as a program in a deadlock.
  const deaf = 'containerd-node3';
  process.kill(processes[deaf]?.pid ?? assert.fail(), 'SIGSTOP');
  lines.length = 0;
  await provider.up();
  for (const role of [...dead, deaf])
    assert.ok(lines.includes(`Started again: ${role}`), `${role} in ${lines.join('\n')}`);
  assert.equal((await provider.status()).state, 'running');
  assert.equal(await pods(), running);
  assert.equal(clusterPrograms(folder).filter((program) => program === 'kubelet').length, 3);
});

test('a NodePort answers on the loopback, also while a node is away', { timeout: 240_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const service = `
apiVersion: v1
kind: Service
metadata: { name: web3 }
spec: { type: NodePort, selector: { app: web3 }, ports: [{ port: 80, targetPort: 8080 }] }`;
  await kubectl('apply -f -', service);
  const { url } = await cluster.forward({ namespace: 'default', service: 'web3', port: 80 });
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const answers = async () => {
    try {
      return (await (await fetch(url, { signal: AbortSignal.timeout(8_000) })).text()).trim() === 'web3';
    } catch {
      return false;
    }
  };
  await eventually('the service answers', answers);
  assert.equal((await cluster.forward({ namespace: 'default', service: 'web3', port: 80 })).url, url);

  await cluster.stopNode('node1');
  await eventually('it answers by way of another node', answers);
  const ready = async () => (await cluster.nodes()).find((node) => node.name === 'node1')?.ready;
  await eventually('the cluster notices the loss', async () => (await ready()) === false);
  await cluster.startNode('node1');
  assert.equal(await ready(), true);
  // The phase stays Running all the while; only Ready is taken away with the node and given back by its kubelet.
  await kubectl('wait --for=condition=Ready pod/web1 --timeout=60s');
  const log = readFileSync(join(folder, 'logs/kubelet-node1.log'), 'utf8');
  const left = 'a machine that starts has no cgroups of Pods; each left over delays its kubelet by seconds';
  assert.ok(!log.includes('Failed to create existing container'), left);
});

// Last, after parts were killed and a node was away: what watches policies must have come back with them.
test('a NetworkPolicy is enforced, on the same node and across nodes', { timeout: 240_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  await kubectl('apply -f -', busybox('web1b', 'node1'));
  await kubectl('wait --for=condition=Ready pod/web1b --timeout=60s');
  await eventually('web1b reaches web1 without a policy', () => reaches('web1b', 'web1'), 20_000);
  const policy = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: only-web2 }
spec:
  podSelector: { matchLabels: { app: web1 } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web2 } } }] }]`;
  await kubectl('apply -f -', policy);
  await eventually('web1b is kept out on the same node', async () => !(await reaches('web1b', 'web1')));
  await eventually('web3 is kept out from another node', async () => !(await reaches('web3', 'web1')));
  await eventually('web2 is let in', () => reaches('web2', 'web1'));
  await kubectl('delete networkpolicy only-web2');
  await eventually('everybody is let in again', () => reaches('web3', 'web1'));
});

test('another cluster stands beside it, and goes without touching it', { timeout: 240_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const second = new LocalProvider(testContext(), { ...options, name: `${name}b` });
  const clean = traces(`${name}b`, clustersFolder);
  try {
    const other = await second.up({ nodes: 1 });
    assert.equal((await other.nodes()).length, 1);
    assert.notEqual(other.kubeconfig, cluster.kubeconfig);
    assert.equal((await cluster.nodes()).length, 3);
  } finally {
    await second.down();
  }
  assert.deepEqual(traces(`${name}b`, clustersFolder), clean);
  assert.equal((await provider.status()).state, 'running');
});

test('what it did not make is refused, not taken over', { timeout: 60_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  const foreign = `jc-${name}c-control`;
  const ip = (...args: string[]) => runCommand('ip', args, { env: process.env, deadlineMs: 10_000 });
  await ip('netns', 'add', foreign);
  const third = new LocalProvider(testContext(), { ...options, name: `${name}c` });
  try {
    await assert.rejects(third.up({ nodes: 1 }), (error) => isJourneyError(error, 'cluster-name-taken'));
    await third.down();
    assert.ok((await ip('netns', 'list')).includes(foreign));
  } finally {
    await ip('netns', 'delete', foreign);
  }
});

test('other settings for a cluster that is there are refused', { timeout: 60_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  await assert.rejects(provider.up({ nodes: 2 }), (error) => isJourneyError(error, 'cluster-differs'));
});

test('down leaves nothing', { timeout: 120_000 }, async (t) => {
  if (!(await wantLocalCluster(t, options))) return;
  assert.equal(await provider.down(), true);
  assert.deepEqual(traces(name, clustersFolder), blank);
  assert.equal((await provider.status()).state, 'absent');
  assert.equal(await provider.down(), false);
});
