import { join } from 'node:path';
import { JourneyError } from '../../errors/journey-error.ts';

/** IPv4 networks of one cluster. They exist only inside its namespaces, so two clusters may use the same ones. */
export interface Networks {
  /** A /24: `.10` is the control plane, `.11` the first node. */
  readonly nodes: string;
  /** A /16: each node has one /24 of it. */
  readonly pods: string;
  /** A /16. */
  readonly services: string;
}

/** Settings that tests shorten so as not to wait for minutes. */
export interface Tuning {
  /** Silence after which a node counts as lost; Kubernetes' own default is 50. */
  readonly nodeMonitorGraceSeconds: number;
  /** How long Pods stay bound to a lost node before they are replaced elsewhere; Kubernetes' own default is 300. */
  readonly podEvictionSeconds: number;
  /** Container log file size at which the kubelet rotates, e.g. `10Mi`. */
  readonly containerLogMaxSize: string;
  readonly containerLogMaxFiles: number;
  /** How often the kubelet looks at log sizes. */
  readonly containerLogMonitorSeconds: number;
}

/** What was asked for; kept in the cluster's state so that every later command agrees on it. */
export interface ClusterPlan {
  readonly name: string;
  readonly nodes: number;
  readonly networks: Networks;
  readonly tuning: Tuning;
}

export const defaultNetworks: Networks = { nodes: '10.231.0.0/24', pods: '10.232.0.0/16', services: '10.233.0.0/16' };

export const defaultTuning: Tuning = {
  nodeMonitorGraceSeconds: 20,
  podEvictionSeconds: 60,
  containerLogMaxSize: '10Mi',
  containerLogMaxFiles: 5,
  containerLogMonitorSeconds: 10,
};

/** Each node costs about 150 MB and a core's share; past this a laptop only thrashes. */
const maxNodes = 9;

export interface PlanOptions {
  readonly name: string;
  readonly nodes: number;
  readonly networks?: Partial<Networks> | undefined;
  readonly tuning?: Partial<Tuning> | undefined;
}

/** @throws JourneyError `cluster-option-invalid` naming the first bad option. */
export function planCluster({ name, nodes, networks, tuning }: PlanOptions): ClusterPlan {
  const refuse = (option: string, value: string | number, expected: string): never => {
    throw new JourneyError('cluster-option-invalid', { option, value, expected });
  };
  // Names of namespaces, cgroups and folders are made of it.
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) refuse('name', name, '1–20 × a–z 0–9 -');
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maxNodes) refuse('nodes', nodes, `1–${maxNodes}`);
  const all = { ...defaultNetworks, ...networks };
  if (!isNetwork(all.nodes, 24)) refuse('networks.nodes', all.nodes, 'a.b.c.0/24');
  if (!isNetwork(all.pods, 16)) refuse('networks.pods', all.pods, 'a.b.0.0/16');
  if (!isNetwork(all.services, 16)) refuse('networks.services', all.services, 'a.b.0.0/16');
  const prefixes = [all.nodes, all.pods, all.services].map((network) => network.split('.').slice(0, 2).join('.'));
  if (new Set(prefixes).size < 3) refuse('networks', Object.values(all).join(' '), '≠ ≠ ≠');
  return { name, nodes, networks: all, tuning: { ...defaultTuning, ...tuning } };
}

function isNetwork(text: string, bits: 16 | 24): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.0\/(\d\d)$/.exec(text);
  if (match === null || Number(match[4]) !== bits) return false;
  return [match[1], match[2], match[3]].every((part) => Number(part) < 256) && (bits === 24 || match[3] === '0');
}

/** One machine of the cluster: the control plane or a node. */
export interface Machine {
  /** As Kubernetes and the machine itself call it: `control`, `node1` … */
  readonly name: string;
  /** Name of its network namespace. */
  readonly namespace: string;
  /** Its port on the switch; at most 15 characters (IFNAMSIZ). */
  readonly port: string;
  readonly address: string;
}

export interface NodeMachine extends Machine {
  readonly podNetwork: string;
  /** Name of the cgroup all its Pods live in, the same in every hierarchy. */
  readonly cgroup: string;
}

/** Everything that follows from a plan: names and addresses, no effect. */
export interface Topology {
  /** Network namespace with the bridge that joins the machines. */
  readonly switch: string;
  readonly control: Machine;
  readonly nodes: readonly NodeMachine[];
  /** Inside: where the API server listens, and its address as a Service. */
  readonly apiAddress: string;
  readonly apiServiceAddress: string;
  readonly dnsAddress: string;
  /** All network namespaces. */
  readonly namespaces: readonly string[];
}

export function topologyOf(plan: ClusterPlan): Topology {
  const prefix = `jc-${plan.name}`;
  const machine = (name: string, host: number): Machine => ({
    name,
    namespace: `${prefix}-${name}`,
    port: `to-${name}`,
    address: hostOf(plan.networks.nodes, host),
  });
  const control = machine('control', 10);
  const nodes = Array.from({ length: plan.nodes }, (_, index): NodeMachine => {
    const own = machine(`node${index + 1}`, 11 + index);
    const [a, b] = plan.networks.pods.split('.');
    return { ...own, podNetwork: `${a}.${b}.${index + 1}.0/24`, cgroup: own.namespace };
  });
  return {
    switch: `${prefix}-switch`,
    control,
    nodes,
    apiAddress: control.address,
    apiServiceAddress: hostOf(plan.networks.services, 1),
    dnsAddress: hostOf(plan.networks.services, 10),
    namespaces: [`${prefix}-switch`, control.namespace, ...nodes.map((node) => node.namespace)],
  };
}

function hostOf(network: string, host: number): string {
  return network.replace(/\.0\/\d+$/, `.${host}`);
}

/** Where a cluster keeps its things. */
export interface ClusterLayout {
  readonly folder: string;
  readonly stateFile: string;
  readonly kubeconfig: string;
  readonly pki: string;
  readonly logs: string;
  readonly etcd: string;
  node(name: string): string;
}

export function layoutOf(folder: string): ClusterLayout {
  return {
    folder,
    stateFile: join(folder, 'state.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    pki: join(folder, 'pki'),
    logs: join(folder, 'logs'),
    etcd: join(folder, 'etcd'),
    node: (name) => join(folder, name),
  };
}
