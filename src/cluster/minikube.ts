import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JourneyError } from '../errors/journey-error.ts';
import type {
  Cluster,
  ClusterContext,
  ClusterProvider,
  ClusterStatus,
  ImageArchive,
  Problem,
  ServicePort,
  UpOptions,
} from './cluster-provider.ts';
import { Kubectl, listNodes, nodeUrl, portForwardAddress } from './kubectl.ts';
import { preflightError } from './preflight-error.ts';
import { missingPrograms } from './programs.ts';
import { runCommand, tryCommand } from './run-command.ts';

export interface MinikubeProviderOptions {
  /** Minikube profile, which is also the context. Default `journey`, so that the user's own is left alone. */
  readonly profile?: string;
  /** Remembers which profiles were made here, the only ones `down` deletes. */
  readonly stateFolder?: string;
}

/** Minikube's download of its images is the slow part. */
const startDeadlineMs = 15 * 60_000;

/** Clusters made by the `minikube` program. */
export class MinikubeProvider implements ClusterProvider {
  readonly name = 'minikube';
  readonly #context: ClusterContext;
  readonly #profile: string;
  readonly #madeHere: string;

  constructor(context: ClusterContext, { profile = 'journey', stateFolder }: MinikubeProviderOptions = {}) {
    this.#context = context;
    this.#profile = profile;
    const folder = stateFolder ?? join(context.home, '.local/state/cloudnative-journey');
    this.#madeHere = join(folder, `minikube-${profile}`);
  }

  async preflight(): Promise<readonly Problem[]> {
    const programs = [
      ['minikube', 'https://minikube.sigs.k8s.io/docs/start/'],
      ['kubectl', 'https://kubernetes.io/docs/tasks/tools/'],
    ] as const;
    return missingPrograms(programs, this.#context);
  }

  async find(): Promise<Cluster | undefined> {
    return (await this.#state()) === 'running' ? this.#cluster() : undefined;
  }

  async up({ nodes = 1 }: UpOptions = {}): Promise<Cluster> {
    const problems = await this.preflight();
    if (problems.length > 0) throw preflightError(this.name, problems, this.#context.language);
    const before = await this.#state();
    if (before !== 'running') {
      if (before === 'absent') this.#remember();
      // The default network of Minikube ignores NetworkPolicies; Calico enforces them (minikube#13606).
      const fresh = ['--nodes', String(nodes), '--cni', 'calico', '--cpus', '2', '--memory', '2g'];
      // The user's current context stays what it is.
      const args = ['start', '--profile', this.#profile, '--keep-context', ...(before === 'absent' ? fresh : [])];
      await this.#run(args, startDeadlineMs);
    }
    return this.#cluster();
  }

  async down(): Promise<boolean> {
    if (!existsSync(this.#madeHere) || (await this.#state()) === 'absent') return false;
    await this.#run(['delete', '--profile', this.#profile], 300_000);
    rmSync(this.#madeHere, { force: true });
    return true;
  }

  async status(): Promise<ClusterStatus> {
    const state = await this.#state();
    const nodes = state === 'running' ? await this.#cluster().nodes() : [];
    const faults = nodes.filter((node) => !node.ready).map((node) => node.name);
    const shown = state === 'running' && faults.length > 0 ? 'degraded' : state;
    return { provider: this.name, name: this.#profile, state: shown, nodes, faults };
  }

  /** `minikube status` exits non-zero for anything but a running profile, and says why in its output. */
  async #state(): Promise<'absent' | 'stopped' | 'running'> {
    if (missingPrograms([['minikube', '']], this.#context).length > 0) return 'absent';
    const answer = await this.#try(['status', '--profile', this.#profile, '--output', 'json']);
    try {
      const parsed = JSON.parse(answer.stdout) as MachineStatus | readonly MachineStatus[];
      const [first] = Array.isArray(parsed) ? (parsed as readonly MachineStatus[]) : [parsed as MachineStatus];
      if (first?.Host === undefined || first.Host === 'Nonexistent') return 'absent';
      return first.Host === 'Running' && first.APIServer === 'Running' ? 'running' : 'stopped';
    } catch {
      // "Profile … not found" comes as plain text.
      return 'absent';
    }
  }

  #cluster(): Cluster {
    const profile = this.#profile;
    const kubectl = new Kubectl({ command: { file: 'kubectl', args: ['--context', profile] }, ...this.#context });
    return {
      provider: 'minikube',
      name: profile,
      kubeconfig: this.#context.env['KUBECONFIG'] ?? join(this.#context.home, '.kube/config'),
      context: profile,
      kubectl: kubectl.command,
      nodes: () => listNodes(kubectl),
      loadImage: (image) => this.#loadImage(image),
      stopNode: async (node) => void (await this.#run(['node', 'stop', node, '--profile', profile], 120_000)),
      startNode: async (node) => void (await this.#run(['node', 'start', node, '--profile', profile], startDeadlineMs)),
      forward: async (service: ServicePort) =>
        this.#context.platform === 'linux'
          ? await nodeUrl(kubectl, service)
          : portForwardAddress(kubectl.command, service),
    };
  }

  async #loadImage({ file, reference }: ImageArchive): Promise<void> {
    await this.#run(['image', 'load', file, '--profile', this.#profile], 600_000);
    // It can fail and still exit with 0; what counts is that the nodes have it.
    const listed = await this.#run(['image', 'ls', '--profile', this.#profile], 60_000);
    if (listed.split('\n').some((line) => line.trim().endsWith(reference))) return;
    const output = `${reference} is not in: minikube image ls --profile ${this.#profile}`;
    throw new JourneyError('command-failed', { command: `minikube image load ${file}`, outcome: 'exit 0', output });
  }

  #remember(): void {
    mkdirSync(dirname(this.#madeHere), { recursive: true });
    writeFileSync(this.#madeHere, '');
  }

  #run(args: readonly string[], deadlineMs: number): Promise<string> {
    const { env, signal, report } = this.#context;
    return runCommand('minikube', args, { env, signal, deadlineMs, onLine: report });
  }

  #try(args: readonly string[]) {
    const { env, signal } = this.#context;
    return tryCommand('minikube', args, { env, signal, deadlineMs: 60_000 });
  }
}

interface MachineStatus {
  readonly Host?: string;
  readonly APIServer?: string;
}
