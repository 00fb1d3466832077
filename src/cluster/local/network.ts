import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { JourneyError } from '../../errors/journey-error.ts';
import type { Machine, Topology } from './cluster-plan.ts';
import type { ClusterState } from './cluster-state.ts';
import { listPids, namespaceInode } from './proc.ts';
import { killAll } from './process-table.ts';
import type { Tools } from './tools.ts';

const namespaceFolder = '/run/netns';
const namespaceFile = (name: string) => `${namespaceFolder}/${name}`;

/**
 * Lays the cluster's network: a switch (a bridge in a namespace of its own) and one namespace a machine, joined by
 * veth pairs. No link leads to the machine's own namespace, so no packet of the cluster can leave the machine.
 * One that is there and whole is left alone; half of one is removed and laid again.
 */
export async function ensureNetwork(state: ClusterState, topology: Topology, tools: Tools): Promise<void> {
  const whole = state.data.networkReady && topology.namespaces.every((name) => existsSync(namespaceFile(name)));
  if (whole) return;
  await removeNetwork(state, tools);
  const taken = topology.namespaces.find((name) => existsSync(namespaceFile(name)));
  if (taken !== undefined) {
    const command = `ip netns delete ${taken}`;
    throw new JourneyError('cluster-name-taken', { what: `netns ${taken}`, name: state.data.plan.name, command });
  }
  // Written before they are made: a crash in between leaves a name without a namespace, never the reverse.
  const namespaceFolderIsOurs = state.data.namespaceFolderIsOurs || !existsSync(namespaceFolder);
  state.update({ namespaces: topology.namespaces, namespaceFolderIsOurs });
  for (const name of topology.namespaces) await tools.run('ip', ['netns', 'add', name]);
  await batch(tools, topology.switch, ['link set lo up', 'link add br0 type bridge', 'link set br0 up']);
  const machines = [topology.control, ...topology.nodes];
  for (const machine of machines) await connect(machine, topology, tools);
  state.update({ networkReady: true });
}

async function connect(machine: Machine, topology: Topology, tools: Tools): Promise<void> {
  const { namespace, port, address } = machine;
  const gateway = address.replace(/\d+$/, '1');
  await batch(tools, namespace, [
    'link set lo up',
    `link add eth0 type veth peer name ${port} netns ${topology.switch}`,
    `address add ${address}/24 dev eth0`,
    'link set eth0 up',
    // There is no such gateway. But a packet to a Service address needs some route before kube-proxy's rules turn it
    // into a packet to a Pod.
    `route add default via ${gateway}`,
    ...topology.nodes
      .filter((node) => node.namespace !== namespace)
      .map((node) => `route add ${node.podNetwork} via ${node.address}`),
  ]);
  await batch(tools, topology.switch, [`link set ${port} master br0 up`]);
  // The node forwards between its Pods and the others'; NodePorts answer on its loopback too.
  for (const name of ['ip_forward', 'conf/all/route_localnet']) {
    const args = [`--net=${namespaceFile(namespace)}`, 'tee', `/proc/sys/net/ipv4/${name}`];
    await tools.run('nsenter', args, { input: '1' });
  }
}

/** Pulls or puts back a machine's cable: packets to it vanish, as they do when a machine has lost power. */
export async function setCable(machine: Machine, topology: Topology, plugged: boolean, tools: Tools): Promise<void> {
  await batch(tools, topology.switch, [`link set ${machine.port} ${plugged ? 'up' : 'down'}`]);
}

/** Removes the namespaces the state calls ours, and whatever still runs in them. */
export async function removeNetwork(state: ClusterState, tools: Tools): Promise<void> {
  const { namespaces } = state.data;
  state.update({ networkReady: false });
  for (const name of namespaces.filter((each) => existsSync(namespaceFile(each)))) {
    const inode = namespaceInode(namespaceFile(name));
    await killAll(() => listPids().filter((pid) => namespaceInode(`/proc/${pid}/ns/net`) === inode));
    await tools.run('ip', ['netns', 'delete', name]);
  }
  state.update({ namespaces: [] });
}

/** `ip netns add` mounts its folder on itself the first time; if that was us and nobody uses it, it goes too. */
export async function removeNamespaceFolder(state: ClusterState, tools: Tools): Promise<void> {
  if (!state.data.namespaceFolderIsOurs || !existsSync(namespaceFolder)) return;
  if (readdirSync(namespaceFolder).length > 0) return;
  await tools.try('umount', [namespaceFolder]);
  rmdirSync(namespaceFolder);
}

function batch(tools: Tools, namespace: string, lines: readonly string[]): Promise<string> {
  return tools.run('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
