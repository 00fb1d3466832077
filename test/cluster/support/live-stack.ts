import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Cluster, ClusterProvider, KubectlCommand, Problem } from '../../../src/cluster/cluster-provider.ts';
import { KindProvider } from '../../../src/cluster/kind.ts';
import { Kubectl } from '../../../src/cluster/kubectl.ts';
import { LocalProvider, localCacheFolder } from '../../../src/cluster/local/local-provider.ts';
import { MinikubeProvider } from '../../../src/cluster/minikube.ts';
import { bringUp } from '../../../src/stack/bring-up.ts';
import type { List, Pod } from '../../../src/stack/objects.ts';
import { root } from '../../stack/support/manifests.ts';
import { want } from '../../support/want.ts';
import { makeClustersFolder, removeClustersFolder, testContext, traces } from './local-test-cluster.ts';

/** Our stack on a cluster that may be spoilt. */
export interface LiveStack {
  readonly kubectl: Kubectl;
  readonly command: KubectlCommand;
  /** Absent where the cluster is somebody else's: its nodes cannot be switched off. */
  readonly cluster: Cluster | undefined;
}

export interface LiveStackSource {
  /** The stack, made at the first call; `undefined` when the test was skipped, with the reason. */
  get(t: TestContext): Promise<LiveStack | undefined>;
  /** Removes a cluster that was made here. @returns its traces on this machine before and after, for a local one. */
  close(): Promise<readonly [before: object, after: object] | undefined>;
}

const context = testContext();

/**
 * The cluster named by JOURNEY_TEST_KUBECONFIG, with the stack on it, or one of our own: three nodes by the first
 * provider that can make them here. Never the user's current context: these tests break things.
 */
export function liveStackSource(letter: string): LiveStackSource {
  const named = process.env['JOURNEY_TEST_KUBECONFIG'];
  return named === undefined ? ownStack(`${letter}${process.pid}`) : namedStack(named);
}

function namedStack(kubeconfig: string): LiveStackSource {
  const file = process.env['JOURNEY_TEST_KUBECTL'] ?? 'kubectl';
  const command = { file, args: [`--kubeconfig=${kubeconfig}`] };
  return {
    async get() {
      if (!existsSync(kubeconfig)) throw new Error(`JOURNEY_TEST_KUBECONFIG names no file: ${kubeconfig}`);
      return { kubectl: kubectlOf(command), command, cluster: undefined };
    },
    close: async () => undefined,
  };
}

function ownStack(name: string): LiveStackSource {
  const clustersFolder = makeClustersFolder();
  const local = new LocalProvider(context, { name, clustersFolder, tuning: shortened });
  const providers: readonly ClusterProvider[] = [
    local,
    new KindProvider(context, { name }),
    new MinikubeProvider(context, { profile: name }),
  ];
  const blank = traces(name, clustersFolder);
  let used: ClusterProvider | undefined;
  let making: Promise<LiveStack> | undefined;

  const make = async (provider: ClusterProvider): Promise<LiveStack> => {
    used = provider;
    const cluster = await provider.up({ nodes: 3 });
    const nodeBinary = join(root, 'node_modules/node/bin/node');
    const build = { ...context, cacheFolder: localCacheFolder(context.home), nodeBinary };
    await bringUp({ cluster, root, build, language: 'en' });
    return { kubectl: kubectlOf(cluster.kubectl), command: cluster.kubectl, cluster };
  };
  return {
    async get(t) {
      if (making === undefined) {
        const problems: Problem[] = [];
        let able: ClusterProvider | undefined;
        for (const provider of providers) {
          const found = await (provider === local ? local.preflight(3) : provider.preflight());
          if (found.length === 0) able = provider;
          if (able !== undefined) break;
          problems.push(...found);
        }
        if (able === undefined) {
          wantCluster(t, problems);
          return undefined;
        }
        making = make(able);
      }
      return making;
    },
    async close() {
      await used?.down();
      const after = traces(name, clustersFolder);
      await removeClustersFolder(clustersFolder);
      return used === local ? [blank, after] : undefined;
    },
  };
}

/** A lost node is noticed and its Pods are replaced in seconds rather than minutes; logs rotate within a test. */
const shortened = {
  nodeMonitorGraceSeconds: 10,
  podEvictionSeconds: 5,
  containerLogMaxSize: '1Mi',
  containerLogMonitorSeconds: 3,
};

function wantCluster(t: TestContext, problems: readonly Problem[]): void {
  const what = `a cluster: ${problems.map(({ text }) => text.en).join('; ')}`;
  const fixes = [...new Set(problems.flatMap(({ fix }) => fix ?? []))];
  want(t, false, what, `${fixes.join(', or ')}, or JOURNEY_TEST_KUBECONFIG=<a cluster with the stack> npm test`);
}

function kubectlOf(command: KubectlCommand): Kubectl {
  return new Kubectl({ command, env: process.env, signal: context.signal });
}

/** Pods of one part of the stack that are not on their way out. */
export async function podsOf({ kubectl }: LiveStack, part: 'api' | 'redis' | 'log-collector'): Promise<Pod[]> {
  const namespace = part === 'log-collector' ? 'journey-node' : 'journey';
  const args = ['--namespace', namespace, 'get', 'pods', '--selector', `app.kubernetes.io/name=${part}`];
  const { items = [] } = (await kubectl.json<List<Pod>>(args)) ?? {};
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

export function isReady({ status }: Pod): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}
