import type { ServiceAddress, ServicePort } from '../cluster-provider.ts';
import { Kubectl, nodePortOf } from '../kubectl.ts';
import type { ForwardRecord } from './cluster-state.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { openForward, type PortChoice } from './open-forward.ts';

const roleOf = ({ namespace, service, port }: ServicePort) => `forward-${namespace}-${service}-${port}`;
const sameService = (a: ServicePort, b: ServicePort) => roleOf(a) === roleOf(b);

/**
 * Brings a NodePort of the cluster to a port of 127.0.0.1, by way of any node that answers. It is a process of the
 * cluster: it stays when this command ends, `up` starts it again, `down` ends it.
 */
export async function forwardService(
  cluster: LocalClusterContext,
  service: ServicePort,
  hostPort: number | undefined,
): Promise<ServiceAddress> {
  const known = cluster.state.data.forwards.find((each) => sameService(each, service));
  const nodePort = await currentNodePort(cluster, service);
  const running = known !== undefined && cluster.processes.record(roleOf(service)) !== undefined;
  const asWanted = known?.nodePort === nodePort && (hostPort === undefined || hostPort === known.hostPort);
  if (running && asWanted) return addressOf(known);
  await cluster.processes.stop(roleOf(service));
  const choice = { asked: hostPort, preferred: known?.hostPort ?? 18080, option: '--port' };
  return addressOf(await startForward(cluster, { ...service, nodePort }, choice));
}

/** Starts again those that have died. One whose Service is gone is forgotten. */
export async function ensureForwards(cluster: LocalClusterContext): Promise<void> {
  for (const forward of cluster.state.data.forwards) {
    if (cluster.processes.record(roleOf(forward)) !== undefined) continue;
    try {
      const nodePort = await currentNodePort(cluster, forward);
      const choice = { asked: forward.hostPort, preferred: forward.hostPort, option: '--port' };
      await startForward(cluster, { ...forward, nodePort }, choice);
    } catch {
      const { forwards } = cluster.state.data;
      cluster.state.update({ forwards: forwards.filter((each) => !sameService(each, forward)) });
    }
  }
}

async function startForward(
  cluster: LocalClusterContext,
  service: Omit<ForwardRecord, 'hostPort'>,
  choice: Omit<PortChoice, 'remember'>,
): Promise<ForwardRecord> {
  const { topology, state } = cluster;
  const targets = topology.nodes.map((node) => `${node.address}:${service.nodePort}`).join(',');
  const others = state.data.forwards.filter((each) => !sameService(each, service));
  const remember = (hostPort: number) => state.update({ forwards: [...others, { ...service, hostPort }] });
  return { ...service, hostPort: await openForward(cluster, roleOf(service), targets, { ...choice, remember }) };
}

function currentNodePort({ binaries, layout, context }: LocalClusterContext, service: ServicePort): Promise<number> {
  const command = { file: binaries.path('kubectl'), args: [`--kubeconfig=${layout.kubeconfig}`] };
  return nodePortOf(new Kubectl({ command, ...context }), service);
}

function addressOf({ hostPort }: ForwardRecord): ServiceAddress {
  return { url: `http://127.0.0.1:${hostPort}` };
}
