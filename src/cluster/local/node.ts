import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../../i18n/messages.ts';
import type { ImageArchive } from '../cluster-provider.ts';
import { askApi } from './ask-api.ts';
import { makeCgroup, removeCgroup } from './cgroups.ts';
import type { NodeMachine } from './cluster-plan.ts';
import { type Ctr, importImages } from './images.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { localMessages } from './messages.ts';
import { setCable } from './network.ts';
import { cniConfig, containerdConfig, inNode, kubeletConfig } from './node-config.ts';
import { killAll } from './process-table.ts';
import type { ToolOptions } from './tools.ts';
import { waitForPart } from './wait-for-part.ts';
import { waitUntil } from './wait-until.ts';

const initScript = fileURLToPath(new URL('node-init.sh', import.meta.url));
const roleOf = (part: string, node: NodeMachine) => `${part}-${node.name}`;

/** Makes one node run, or starts again whichever of its parts has died. Resolves when its kubelet runs, not yet Ready. */
export async function ensureNode(
  cluster: LocalClusterContext,
  node: NodeMachine,
  images: readonly ImageArchive[],
): Promise<void> {
  const { topology, tools } = cluster;
  await ensureMachine(cluster, node);
  await setCable(node, topology, true, tools);
  await ensureContainerd(cluster, node);
  await importImages(images, ctrOf(cluster, node));
}

/** The parts of a node that use the API, once it answers and their roles are there: refused at first, they back off. */
export async function ensureNodeAgents(cluster: LocalClusterContext, node: NodeMachine): Promise<void> {
  const { plan } = cluster.state.data;
  const binary = (name: string) => `${inNode.binaries}/${name}`;
  const before = Date.now();
  const started = await startInNode(cluster, node, 'kubelet', [
    binary('kubelet'),
    `--config=${inNode.own}/kubelet.yaml`,
    `--kubeconfig=${inNode.pki}/${node.name}.kubeconfig`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    '--root-dir=/var/lib/kubelet',
  ]);
  // kube-router looks its node up once, at its start, and exits when it is not there yet. And the API calls a node
  // that was away Ready until it notices; only a lease renewed since says that the kubelet is back.
  await waitForPart(cluster, roleOf('kubelet', node), 60, async () => {
    const renewed = await renewedAt(cluster, node);
    return renewed !== undefined && (!started || renewed > before);
  });
  await ensureProxy(cluster, node);
  // kube-proxy does not enforce NetworkPolicies; of kube-router only its firewall is used, for that.
  await startInNode(cluster, node, 'kube-router', [
    binary('kube-router'),
    `--kubeconfig=${inNode.pki}/network-policy.kubeconfig`,
    '--run-router=false',
    '--run-service-proxy=false',
    '--run-loadbalancer=false',
    '--run-firewall=true',
    `--service-cluster-ip-range=${plan.networks.services}`,
    `--hostname-override=${node.name}`,
  ]);
}

/**
 * Starts kube-proxy and waits until Services lead somewhere. kube-router must not be there before: it reads the whole
 * filter table and writes it back, and what kube-proxy made in between is gone. Its first sync then fails, and the next
 * is minutes away; meanwhile CoreDNS finds no API server.
 */
async function ensureProxy(cluster: LocalClusterContext, node: NodeMachine): Promise<void> {
  const { processes, tools, context, state } = cluster;
  const command = [
    `${inNode.binaries}/kube-proxy`,
    `--kubeconfig=${inNode.pki}/proxy.kubeconfig`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${state.data.plan.networks.pods}`,
    `--hostname-override=${node.name}`,
    // The connection table's size is the machine's, not the node's: leave it.
    '--conntrack-max-per-core=0',
  ];
  await startInNode(cluster, node, 'kube-proxy', command);
  const list = [...enter(cluster, node), 'iptables', '--wait', '--table', 'nat', '--list-rules', 'KUBE-SERVICES'];
  const synced = async () =>
    (await tools.try('nsenter', list, { deadlineMs: 10_000 })).stdout.includes('-A KUBE-SERVICES');
  // The kubelet makes chains of its own at its start, and may be in the way as well.
  if (!(await waitUntil(synced, { deadlineMs: 20_000, everyMs: 200, signal: context.signal }))) {
    await processes.restart(roleOf('kube-proxy', node));
    await startInNode(cluster, node, 'kube-proxy', command);
  }
  await waitForPart(cluster, roleOf('kube-proxy', node), 60, synced);
}

/** When the node last said that it lives, in milliseconds since the epoch; `undefined` before it has registered. */
async function renewedAt(cluster: LocalClusterContext, node: NodeMachine): Promise<number | undefined> {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const answer = await askApi(cluster, `${leases}/${node.name}`);
  if (answer === undefined) return undefined;
  const { spec } = JSON.parse(answer) as { readonly spec: { readonly renewTime?: string } };
  return spec.renewTime === undefined ? undefined : Date.parse(spec.renewTime);
}

/** A power cut: every process of the node and its Pods at once, then the cable. */
export async function cutPower(cluster: LocalClusterContext, node: NodeMachine): Promise<void> {
  await setCable(node, cluster.topology, false, cluster.tools);
  await killAll(() => cluster.processes.ofNode(node.name, node.cgroup));
}

/** The process that keeps the node's namespaces alive; without it the node is made anew, as after a restart. */
async function ensureMachine(cluster: LocalClusterContext, node: NodeMachine): Promise<void> {
  const { processes, layout, topology, state, binaries, context } = cluster;
  const role = roleOf('machine', node);
  const folder = layout.node(node.name);
  const booted = join(folder, 'run/journey/booted');
  const running = processes.record(role);
  if (running !== undefined && existsSync(booted) && seesBinaries(running.pid, binaries.path('kubelet'))) return;

  context.report(say(context.language, localMessages.startingNode, { node: node.name }));
  await killAll(() => processes.ofNode(node.name, node.cgroup));
  processes.forget((each) => each.endsWith(`-${node.name}`));
  // Nor has it cgroups. The kubelet asks containerd about each it finds, and waits three seconds for each in vain.
  await removeCgroup(node.cgroup);
  // /run of a machine is empty when it starts. What containerd kept there describes processes that are gone.
  rmSync(join(folder, 'run'), { recursive: true, force: true });
  for (const each of ['run', 'var-lib/kubelet/static-pods', 'var-lib/containerd', 'var-log/pods', 'etc/cni']) {
    mkdirSync(join(folder, each), { recursive: true });
  }
  const write = (file: string, text: string) => writeFileSync(join(folder, 'etc', file), text);
  write('containerd.toml', containerdConfig(cluster));
  write('cni/10-journey.conflist', cniConfig(node));
  write('kubelet.yaml', kubeletConfig(node, topology, state.data.plan.tuning));
  write('resolv.conf', 'nameserver 127.0.0.1\n');
  makeCgroup(node.cgroup);

  const unshare = ['unshare', '--mount', '--uts', '--propagation', 'private', '--'];
  const init = ['sh', initScript, layout.folder, node.name, binaries.folder];
  // `nsenter`, not `ip netns exec`: the latter mounts a new /sys, which has no /sys/fs/cgroup.
  const args = [`--net=/run/netns/${node.namespace}`, '--', ...unshare, ...init];
  // The name of what it ends as, so that one left by a crash is recognised.
  await processes.start({ role, node: node.name, file: 'nsenter', args: [...args, 'pause'] });
  await waitForPart(cluster, role, 20, () => existsSync(booted));
}

/** A cache that was deleted and compiled anew is another folder of the same name; the node still holds the old one. */
function seesBinaries(pid: number, program: string): boolean {
  const inside = `/proc/${pid}/root${inNode.binaries}/kubelet`;
  return existsSync(inside) && statSync(inside).ino === statSync(program).ino;
}

async function ensureContainerd(cluster: LocalClusterContext, node: NodeMachine): Promise<void> {
  const config = `${inNode.own}/containerd.toml`;
  await startInNode(cluster, node, 'containerd', ['containerd', '--config', config]);
  const ask = [...enter(cluster, node), 'ctr', '--connect-timeout', '1s', 'version'];
  const answers = async () => (await cluster.tools.try('nsenter', ask, { deadlineMs: 5_000 })).exitCode === 0;
  // Alive but silent: started again once. Its Pods do not notice.
  if (!(await waitUntil(answers, { deadlineMs: 20_000, everyMs: 100, signal: cluster.context.signal }))) {
    await cluster.processes.restart(roleOf('containerd', node));
    await startInNode(cluster, node, 'containerd', ['containerd', '--config', config]);
  }
  await waitForPart(cluster, roleOf('containerd', node), 30, answers);
}

async function startInNode(
  cluster: LocalClusterContext,
  node: NodeMachine,
  part: string,
  command: readonly string[],
): Promise<boolean> {
  const args = [...enter(cluster, node), ...command];
  return await cluster.processes.start({ role: roleOf(part, node), node: node.name, file: 'nsenter', args });
}

/** nsenter's arguments that lead into the node. */
function enter(cluster: LocalClusterContext, node: NodeMachine): string[] {
  const machine = cluster.processes.record(roleOf('machine', node));
  return [`--target=${machine?.pid ?? 0}`, '--mount', '--uts', '--net', '--'];
}

/** `ctr` in the node. */
export function ctrOf(cluster: LocalClusterContext, node: NodeMachine): Ctr {
  return (args, options) => runInNode(cluster, node, ['ctr', ...args], options);
}

/** Runs a program of the machine inside the node. */
async function runInNode(
  cluster: LocalClusterContext,
  node: NodeMachine,
  command: readonly string[],
  options: Partial<ToolOptions>,
): Promise<string> {
  return await cluster.tools.run('nsenter', [...enter(cluster, node), ...command], options);
}
