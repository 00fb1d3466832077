import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type {
  Cluster,
  ClusterContext,
  ClusterProvider,
  ClusterStatus,
  Problem,
  ServicePort,
  UpOptions,
} from './cluster-provider.ts';
import { isReachable, Kubectl, listNodes, nodeUrl, portForwardAddress } from './kubectl.ts';
import { preflightError } from './preflight-error.ts';
import { findProgram, missingPrograms } from './programs.ts';
import { runCommand } from './run-command.ts';

export interface KindProviderOptions {
  /** Default `journey`. */
  readonly name?: string;
  /** Where the cluster's kubeconfig goes; the user's own is not touched. */
  readonly stateFolder?: string;
}

const createDeadlineMs = 15 * 60_000;

/** Clusters made by the `kind` program: nodes are Docker (or Podman) containers. */
export class KindProvider implements ClusterProvider {
  readonly name = 'kind';
  readonly #context: ClusterContext;
  readonly #cluster: string;
  readonly #stateFolder: string;

  constructor(context: ClusterContext, { name = 'journey', stateFolder }: KindProviderOptions = {}) {
    this.#context = context;
    this.#cluster = name;
    this.#stateFolder = stateFolder ?? join(context.home, '.local/state/cloudnative-journey');
  }

  get #kubeconfig(): string {
    return join(this.#stateFolder, `kind-${this.#cluster}.kubeconfig`);
  }

  /** The program that runs kind's containers. */
  get #engine(): string {
    return this.#context.env['KIND_EXPERIMENTAL_PROVIDER'] ?? 'docker';
  }

  async preflight(): Promise<readonly Problem[]> {
    const programs = [
      ['kind', 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation'],
      ['kubectl', 'https://kubernetes.io/docs/tasks/tools/'],
      [this.#engine, 'https://docs.docker.com/engine/install/'],
    ] as const;
    return missingPrograms(programs, this.#context);
  }

  async find(): Promise<Cluster | undefined> {
    if (!(await this.#exists())) return undefined;
    const cluster = await this.#connect();
    return (await isReachable(new Kubectl({ command: cluster.kubectl, ...this.#context }))) ? cluster : undefined;
  }

  async up({ nodes = 1 }: UpOptions = {}): Promise<Cluster> {
    const problems = await this.preflight();
    if (problems.length > 0) throw preflightError(this.name, problems, this.#context.language);
    if (await this.#exists()) {
      // After a restart of the machine the containers are there but stopped.
      for (const node of await this.#containers()) await this.#run(this.#engine, ['start', node], 120_000);
      return await this.#connect();
    }
    mkdirSync(this.#stateFolder, { recursive: true });
    const config = stringify({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      nodes: Array.from({ length: nodes }, (_, index) => ({ role: index === 0 ? 'control-plane' : 'worker' })),
    });
    const args = ['create', 'cluster', '--name', this.#cluster, '--config', '-', '--wait', '180s'];
    await this.#run('kind', [...args, '--kubeconfig', this.#kubeconfig], createDeadlineMs, config);
    return await this.#connect();
  }

  async down(): Promise<boolean> {
    if (!(await this.#exists())) return false;
    await this.#run('kind', ['delete', 'cluster', '--name', this.#cluster, '--kubeconfig', this.#kubeconfig], 300_000);
    rmSync(this.#kubeconfig, { force: true });
    return true;
  }

  async status(): Promise<ClusterStatus> {
    const base = { provider: this.name, name: this.#cluster } as const;
    if (!(await this.#exists())) return { ...base, state: 'absent', nodes: [], faults: [] };
    const cluster = await this.find();
    if (cluster === undefined) return { ...base, state: 'stopped', nodes: [], faults: [] };
    const nodes = await cluster.nodes();
    const faults = nodes.filter((node) => !node.ready).map((node) => node.name);
    return { ...base, state: faults.length > 0 ? 'degraded' : 'running', nodes, faults };
  }

  async #exists(): Promise<boolean> {
    if (findProgram('kind', this.#context.env) === undefined) return false;
    return (await this.#run('kind', ['get', 'clusters'], 30_000)).split('\n').includes(this.#cluster);
  }

  async #containers(): Promise<string[]> {
    const listed = await this.#run('kind', ['get', 'nodes', '--name', this.#cluster], 30_000);
    return listed.split('\n').filter((line) => line !== '');
  }

  async #connect(): Promise<Cluster> {
    mkdirSync(this.#stateFolder, { recursive: true });
    const kubeconfig = this.#kubeconfig;
    await this.#run('kind', ['export', 'kubeconfig', '--name', this.#cluster, '--kubeconfig', kubeconfig], 30_000);
    const kubectl = new Kubectl({
      command: { file: 'kubectl', args: [`--kubeconfig=${kubeconfig}`] },
      ...this.#context,
    });
    return {
      provider: 'kind',
      name: this.#cluster,
      kubeconfig,
      context: `kind-${this.#cluster}`,
      kubectl: kubectl.command,
      nodes: () => listNodes(kubectl),
      loadImage: async ({ file }) =>
        void (await this.#run('kind', ['load', 'image-archive', file, '--name', this.#cluster], 600_000)),
      stopNode: async (node) => void (await this.#run(this.#engine, ['kill', node], 60_000)),
      startNode: async (node) => {
        await this.#run(this.#engine, ['start', node], 60_000);
        await kubectl.run(['wait', '--for=condition=Ready', `node/${node}`, '--timeout=50s']);
      },
      forward: async (service: ServicePort) =>
        this.#context.platform === 'linux'
          ? await nodeUrl(kubectl, service)
          : portForwardAddress(kubectl.command, service),
    };
  }

  #run(file: string, args: readonly string[], deadlineMs: number, input = ''): Promise<string> {
    const { env, signal, report } = this.#context;
    const onLine = args[0] === 'create' ? { onLine: report } : {};
    return runCommand(file, args, { env, signal, deadlineMs, input, ...onLine });
  }
}
