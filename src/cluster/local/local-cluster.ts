import { JourneyError } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import type {
  Cluster,
  ClusterNode,
  ImageArchive,
  KubectlCommand,
  ServiceAddress,
  ServicePort,
} from '../cluster-provider.ts';
import { readNodes } from '../nodes.ts';
import { lockCluster } from './cluster-lock.ts';
import type { NodeMachine } from './cluster-plan.ts';
import { contextName, kubectl } from './control-plane.ts';
import { forwardService } from './forwards.ts';
import { ensureSystemImages, importImages } from './images.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { localMessages } from './messages.ts';
import { ctrOf, cutPower, ensureNode, ensureNodeAgents } from './node.ts';
import { waitForPart } from './wait-for-part.ts';

/** A running cluster of the local provider. */
export class LocalCluster implements Cluster {
  readonly provider = 'local';
  readonly name: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: KubectlCommand;
  readonly #cluster: LocalClusterContext;

  constructor(cluster: LocalClusterContext) {
    this.#cluster = cluster;
    this.name = cluster.state.data.plan.name;
    this.kubeconfig = cluster.layout.kubeconfig;
    this.context = contextName(this.name);
    this.kubectl = { file: cluster.binaries.path('kubectl'), args: [`--kubeconfig=${this.kubeconfig}`] };
  }

  async nodes(): Promise<readonly ClusterNode[]> {
    return readNodes(await kubectl(this.#cluster, ['get', 'nodes', '--output', 'json']));
  }

  async loadImage(image: ImageArchive): Promise<void> {
    const { context, state, topology } = this.#cluster;
    const on = topology.nodes.filter((node) => !state.data.stopped.includes(node.name));
    context.report(say(context.language, localMessages.loading, { image: image.reference, count: on.length }));
    await Promise.all(on.map((node) => importImages([image], ctrOf(this.#cluster, node), true)));
  }

  async stopNode(name: string): Promise<void> {
    const node = this.#node(name);
    await this.#locked(() => this.#stop(node));
  }

  async startNode(name: string): Promise<void> {
    const node = this.#node(name);
    await this.#locked(() => this.#start(node));
  }

  forward(service: ServicePort, hostPort?: number): Promise<ServiceAddress> {
    return this.#locked(() => forwardService(this.#cluster, service, hostPort));
  }

  async #stop(node: NodeMachine): Promise<void> {
    const { context, state } = this.#cluster;
    const { name } = node;
    state.update({ stopped: [...new Set([...state.data.stopped, name])] });
    await cutPower(this.#cluster, node);
    context.report(say(context.language, localMessages.nodeStopped, { node: name }));
  }

  async #start(node: NodeMachine): Promise<void> {
    const { name } = node;
    const images = await ensureSystemImages(this.#cluster);
    await ensureNode(this.#cluster, node, images);
    await ensureNodeAgents(this.#cluster, node);
    const { stopped } = this.#cluster.state.data;
    this.#cluster.state.update({ stopped: stopped.filter((each) => each !== name) });
    await waitForPart(this.#cluster, `kubelet-${name}`, 120, async () =>
      (await this.nodes()).some((each) => each.name === name && each.ready),
    );
  }

  /** One command at a time changes a cluster. @throws JourneyError `cluster-busy`. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = lockCluster(this.#cluster.lockFile, this.name);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  #node(name: string): NodeMachine {
    const { nodes } = this.#cluster.topology;
    const found = nodes.find((node) => node.name === name);
    if (found !== undefined) return found;
    throw new JourneyError('cluster-node-unknown', { node: name, nodes: nodes.map((node) => node.name).join(', ') });
  }
}
