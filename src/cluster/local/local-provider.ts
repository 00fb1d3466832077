import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { JourneyError } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import type {
  Cluster,
  ClusterContext,
  ClusterProvider,
  ClusterStatus,
  Problem,
  UpOptions,
} from '../cluster-provider.ts';
import { readNodes } from '../nodes.ts';
import { preflightError } from '../preflight-error.ts';
import { askApi } from './ask-api.ts';
import { type Binaries, binariesFolder, ensureBinaries } from './binaries.ts';
import { lockCluster } from './cluster-lock.ts';
import { type ClusterPlan, layoutOf, type Networks, planCluster, type Tuning, topologyOf } from './cluster-plan.ts';
import { ClusterState } from './cluster-state.ts';
import { ensureSystemImages } from './images.ts';
import { LocalCluster } from './local-cluster.ts';
import type { LocalClusterContext } from './local-cluster-context.ts';
import { localMessages } from './messages.ts';
import { findCniBinaries, preflight } from './preflight.ts';
import { bootId } from './proc.ts';
import { ProcessTable } from './process-table.ts';
import { faultsOf, startCluster } from './start-cluster.ts';
import { tearDown } from './tear-down.ts';
import { createTools } from './tools.ts';
import { raiseWatchLimits } from './watch-limits.ts';

export interface LocalProviderOptions {
  /** Part of the names of its namespaces, cgroups and folder; several clusters stand side by side by it. */
  readonly name?: string;
  /** Folder that holds a folder for each cluster; on a file system that can hold container layers. */
  readonly clustersFolder?: string;
  /** Folder of compiled programs and base images, kept by `down`. */
  readonly cacheFolder?: string;
  /** Port of the API server on 127.0.0.1; without it one that is free. */
  readonly apiPort?: number;
  readonly networks?: Partial<Networks>;
  readonly tuning?: Partial<Tuning>;
}

/** Without these nothing can be asked of the cluster. */
const answering = ['etcd', 'kube-apiserver', 'forward-api'];
/** Where clusters live unless told otherwise, by `JOURNEY_CLUSTERS_DIR` for one. */
export const defaultClustersFolder = '/var/lib/cloudnative-journey';

export function localCacheFolder(home: string): string {
  return join(home, '.cache/cloudnative-journey/cluster');
}

/**
 * A real multi-node Kubernetes on one Linux machine, without Docker and without the internet: each node is a set of
 * namespaces with its own containerd, kubelet, kube-proxy and network policy controller.
 */
export class LocalProvider implements ClusterProvider {
  readonly name = 'local';
  readonly #context: ClusterContext;
  readonly #options: LocalProviderOptions;
  readonly #clusterName: string;
  readonly #folder: string;
  readonly #cacheFolder: string;
  readonly #lockFile: string;

  constructor(context: ClusterContext, options: LocalProviderOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.#clusterName = options.name ?? 'journey';
    const parent = options.clustersFolder ?? defaultClustersFolder;
    this.#folder = join(parent, this.#clusterName);
    this.#lockFile = join(parent, `${this.#clusterName}.lock`);
    this.#cacheFolder = options.cacheFolder ?? localCacheFolder(context.home);
  }

  preflight(nodes = 1): Promise<readonly Problem[]> {
    const folder = binariesFolder(this.#cacheFolder, this.#context.arch);
    return preflight(this.#context, { folder: this.#folder, binariesFolder: folder, nodes });
  }

  async find(): Promise<Cluster | undefined> {
    const state = this.#loadState();
    if (state === undefined || state.data.bootId !== bootId()) return undefined;
    const cluster = this.#assemble(state);
    // One that lost a node is still one that answers; what it lost, `status` says.
    return silentPartsOf(cluster).length > 0 ? undefined : new LocalCluster(cluster);
  }

  async up({ nodes }: UpOptions = {}): Promise<Cluster> {
    const { report, language } = this.#context;
    const before = performance.now();
    const asked = this.#plan(nodes);
    const problems = await this.preflight(asked.nodes);
    if (problems.length > 0) throw preflightError(this.name, problems, language);
    const lock = lockCluster(this.#lockFile, this.#clusterName);
    try {
      const state = this.#openState(asked, nodes, binariesFolder(this.#cacheFolder, this.#context.arch));
      const { binaries, images } = await this.#prepare();
      raiseWatchLimits(this.#context);
      const cluster = this.#assemble(state, binaries);
      await startCluster(cluster, images, this.#options.apiPort);
      const seconds = ((performance.now() - before) / 1000).toFixed(1);
      const outcome = cluster.processes.started > 0 ? localMessages.ready : localMessages.unchanged;
      report(say(language, outcome, { name: this.#clusterName, seconds }));
      return new LocalCluster(cluster);
    } finally {
      lock.release();
    }
  }

  /**
   * Compiles what {@link up} would compile, and makes no cluster: the long part of a first start, ahead of time.
   * @throws JourneyError `cluster-preflight`, `command-…`.
   */
  async prepare(): Promise<void> {
    const problems = await this.preflight();
    if (problems.length > 0) throw preflightError(this.name, problems, this.#context.language);
    await this.#prepare();
  }

  async down(): Promise<boolean> {
    const { report, language } = this.#context;
    if (!existsSync(this.#folder)) return false;
    const lock = lockCluster(this.#lockFile, this.#clusterName);
    try {
      const state = this.#loadState();
      if (state === undefined) return this.#removeEmptyFolder();
      report(say(language, localMessages.removing, { name: this.#clusterName }));
      const { layout, processes, tools } = this.#assemble(state);
      // Before the folder's parent is tidied away.
      lock.release();
      const ownParent = this.#options.clustersFolder === undefined;
      await tearDown({ state, layout, processes, tools, ownParent });
      report(say(language, localMessages.removed, { name: this.#clusterName, cache: this.#cacheFolder }));
      return true;
    } finally {
      lock.release();
    }
  }

  async status(): Promise<ClusterStatus> {
    const base = { provider: this.name, name: this.#clusterName } as const;
    const state = this.#loadState();
    if (state === undefined) return { ...base, state: 'absent', nodes: [], faults: [] };
    const cluster = this.#assemble(state);
    const dead = faultsOf(cluster);
    const roles = Object.keys(state.data.processes);
    if (state.data.bootId !== bootId() || dead.length === roles.length) {
      return { ...base, state: 'stopped', nodes: [], faults: [] };
    }
    const silent = silentPartsOf(cluster);
    const answer = silent.length > 0 ? undefined : await askApi(cluster, '/api/v1/nodes');
    // All its parts run, and yet it does not answer: it is only just starting, or it hangs.
    if (answer === undefined && silent.length === 0) silent.push('kube-apiserver');
    const nodes = answer === undefined ? [] : readNodes(answer);
    const unready = nodes.filter((node) => !node.ready).map((node) => node.name);
    const faults = [...new Set([...silent, ...dead, ...unready])];
    return { ...base, state: faults.length === 0 && nodes.length > 0 ? 'running' : 'degraded', nodes, faults };
  }

  async #prepare() {
    const folder = binariesFolder(this.#cacheFolder, this.#context.arch);
    const tools = createTools(this.#context);
    const binaries = await ensureBinaries(folder, { context: this.#context, tools });
    return { binaries, images: await ensureSystemImages({ context: this.#context, tools, binaries }) };
  }

  #plan(nodes: number | undefined): ClusterPlan {
    const { networks, tuning } = this.#options;
    return planCluster({ name: this.#clusterName, nodes: nodes ?? 1, networks, tuning });
  }

  #loadState(): ClusterState | undefined {
    return ClusterState.load(layoutOf(this.#folder).stateFile);
  }

  /** The state of the cluster that is there, or a new one. */
  #openState(asked: ClusterPlan, nodes: number | undefined, programs: string): ClusterState {
    const state = this.#loadState();
    if (state === undefined) {
      if (existsSync(this.#folder) && readdirSync(this.#folder).length > 0) this.#refuseFolder();
      return ClusterState.create(layoutOf(this.#folder).stateFile, { plan: asked, bootId: bootId(), programs });
    }
    const { plan } = state.data;
    if (state.data.programs !== programs) {
      const values = { option: 'programs', present: state.data.programs, wanted: programs };
      throw new JourneyError('cluster-differs', { name: plan.name, ...values });
    }
    if (nodes !== undefined && plan.nodes !== nodes) {
      const values = { option: 'nodes', present: plan.nodes, wanted: nodes };
      throw new JourneyError('cluster-differs', { name: plan.name, ...values });
    }
    // After a restart of the machine every pid means somebody else, and the namespaces are gone.
    if (state.data.bootId !== bootId()) {
      state.update({ bootId: bootId(), processes: {}, namespaces: [], networkReady: false });
    }
    return state;
  }

  #assemble(state: ClusterState, binaries?: Binaries): LocalClusterContext {
    const tools = createTools(this.#context);
    const folder = binariesFolder(this.#cacheFolder, this.#context.arch);
    const layout = layoutOf(this.#folder);
    return {
      context: this.#context,
      tools,
      state,
      layout,
      lockFile: this.#lockFile,
      topology: topologyOf(state.data.plan),
      binaries: binaries ?? { folder, path: (binary) => join(folder, binary) },
      processes: new ProcessTable({
        state,
        folder: this.#folder,
        logs: layout.logs,
        env: { PATH: tools.env['PATH'], HOME: this.#context.home, LC_ALL: 'C' },
        onRestart: (part) => this.#context.report(say(this.#context.language, localMessages.repaired, { part })),
      }),
      cniBinaries: findCniBinaries() ?? '/usr/lib/cni',
      mayLowerOomScore: hasCapability(24),
    };
  }

  /** A crash between making the folder and writing the state leaves an empty one. */
  #removeEmptyFolder(): boolean {
    if (readdirSync(this.#folder).length > 0) this.#refuseFolder();
    rmdirSync(this.#folder);
    return true;
  }

  #refuseFolder(): never {
    const command = `rm -r ${this.#folder}`;
    throw new JourneyError('cluster-name-taken', { what: this.#folder, name: this.#clusterName, command });
  }
}

/** Parts without which nothing can be asked, and which do not run: dead, or not started yet by a command at work. */
function silentPartsOf({ processes }: LocalClusterContext): string[] {
  return answering.filter((role) => processes.record(role) === undefined);
}

/** Whether this process has a capability in effect (numbers: linux/capability.h). */
function hasCapability(bit: number): boolean {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) >> BigInt(bit)) % 2n === 1n;
}
