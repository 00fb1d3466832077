import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JourneyError } from '../errors/journey-error.ts';
import type { Cluster, ClusterContext, ClusterProvider, ClusterStatus, Problem } from './cluster-provider.ts';
import { anyAnswer, Kubectl, listNodes, portForwardAddress } from './kubectl.ts';
import { clusterMessages } from './messages.ts';
import { preflightError } from './preflight-error.ts';
import { missingPrograms } from './programs.ts';
import { runCommand } from './run-command.ts';

/** What is asked before somebody's own cluster is used. */
export interface ConsentQuestion {
  readonly context: string;
  readonly server: string;
}

export interface ExistingProviderOptions {
  /** Context in the user's kubeconfig; default: the current one. */
  readonly contextName?: string;
  /** Asks the user; absent where nobody can be asked, and then only a remembered yes counts. */
  readonly confirm?: (question: ConsentQuestion) => Promise<boolean>;
  /** Remembers each yes. */
  readonly consentFile?: string;
}

interface Target extends ConsentQuestion {
  readonly kubeconfig: string;
}

/** A cluster that somebody else made and keeps. It is used only after a yes, and never deleted. */
export class ExistingProvider implements ClusterProvider {
  readonly name = 'existing';
  readonly #context: ClusterContext;
  readonly #options: ExistingProviderOptions;
  readonly #consentFile: string;

  constructor(context: ClusterContext, options: ExistingProviderOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.#consentFile = options.consentFile ?? join(context.home, '.config/cloudnative-journey/clusters.json');
  }

  async preflight(): Promise<readonly Problem[]> {
    const missing = missingPrograms([['kubectl', 'https://kubernetes.io/docs/tasks/tools/']], this.#context);
    if (missing.length > 0) return missing;
    if ((await this.#target()) === undefined) {
      return [{ text: clusterMessages.noContext, fix: 'kubectl config use-context NAME' }];
    }
    return [];
  }

  async find(): Promise<Cluster | undefined> {
    const target = await this.#target();
    if (target === undefined || !this.#consents().has(keyOf(target))) return undefined;
    const cluster = this.#connect(target);
    // One that was agreed to and does not answer is not "no cluster": kubectl's own words say best what is wrong.
    await new Kubectl({ command: cluster.kubectl, ...this.#context }).run(anyAnswer);
    return cluster;
  }

  /** Makes nothing: finds the cluster, asks once whether it may be used, and checks that it answers. */
  async up(): Promise<Cluster> {
    const problems = await this.preflight();
    const target = await this.#target();
    if (problems.length > 0 || target === undefined) {
      throw preflightError(this.name, problems, this.#context.language);
    }
    if (!this.#consents().has(keyOf(target))) {
      const yes = (await this.#options.confirm?.(target)) ?? false;
      if (!yes) throw new JourneyError('cluster-not-confirmed', { context: target.context, server: target.server });
      this.#remember(target);
    }
    const cluster = this.#connect(target);
    // Fails with kubectl's own words, which say best why a cluster cannot be reached.
    await new Kubectl({ command: cluster.kubectl, ...this.#context }).run([
      'get',
      '--raw',
      '/readyz',
      '--request-timeout=20s',
    ]);
    return cluster;
  }

  /** It is not ours to remove. */
  async down(): Promise<boolean> {
    return false;
  }

  async status(): Promise<ClusterStatus> {
    const cluster = await this.find();
    const name = (await this.#target())?.context ?? '-';
    if (cluster === undefined) return { provider: this.name, name, state: 'absent', nodes: [], faults: [] };
    const nodes = await cluster.nodes();
    const faults = nodes.filter((node) => !node.ready).map((node) => node.name);
    return { provider: this.name, name, state: faults.length > 0 ? 'degraded' : 'running', nodes, faults };
  }

  async #target(): Promise<Target | undefined> {
    if (missingPrograms([['kubectl', '']], this.#context).length > 0) return undefined;
    const { env, signal, home } = this.#context;
    const wanted = this.#options.contextName;
    const args = ['config', 'view', '--minify', '--output', 'json', ...(wanted ? ['--context', wanted] : [])];
    try {
      const view = JSON.parse(await runCommand('kubectl', args, { env, signal, deadlineMs: 10_000 })) as KubeconfigView;
      const server = view.clusters?.[0]?.cluster.server;
      const context = wanted ?? view['current-context'];
      if (server === undefined || context === undefined || context === '') return undefined;
      return { context, server, kubeconfig: env['KUBECONFIG'] ?? join(home, '.kube/config') };
    } catch (error) {
      if (error instanceof JourneyError && error.code === 'command-failed') return undefined;
      throw error;
    }
  }

  #connect({ context, kubeconfig }: Target): Cluster {
    const kubectl = new Kubectl({ command: { file: 'kubectl', args: ['--context', context] }, ...this.#context });
    const unsupported = async (operation: 'cannotLoadImage' | 'cannotStopNode'): Promise<never> => {
      const { language } = this.#context;
      throw new JourneyError('cluster-unsupported', {
        provider: 'existing',
        operation: clusterMessages[operation][language],
        wayOut: clusterMessages[`${operation}WayOut`][language],
      });
    };
    return {
      provider: 'existing',
      name: context,
      kubeconfig,
      context,
      kubectl: kubectl.command,
      nodes: () => listNodes(kubectl),
      loadImage: () => unsupported('cannotLoadImage'),
      stopNode: () => unsupported('cannotStopNode'),
      startNode: () => unsupported('cannotStopNode'),
      forward: async (service) => portForwardAddress(kubectl.command, service),
    };
  }

  #consents(): Set<string> {
    if (!existsSync(this.#consentFile)) return new Set();
    try {
      return new Set(JSON.parse(readFileSync(this.#consentFile, 'utf8')) as string[]);
    } catch {
      // Unreadable is as good as never asked.
      return new Set();
    }
  }

  #remember(target: Target): void {
    mkdirSync(dirname(this.#consentFile), { recursive: true });
    const all = [...this.#consents().add(keyOf(target))];
    writeFileSync(this.#consentFile, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  }
}

/** A context that now leads to another server is another cluster, and asked about again. */
const keyOf = ({ context, server }: ConsentQuestion) => `${context} ${server}`;

interface KubeconfigView {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly cluster: { readonly server?: string } }[];
}
