import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Cluster, ClusterProvider } from '../../../src/cluster/cluster-provider.ts';
import { ExistingProvider } from '../../../src/cluster/existing.ts';
import { Kubectl } from '../../../src/cluster/kubectl.ts';
import { defaultClustersFolder } from '../../../src/cluster/local/local-provider.ts';
import { root } from '../../stack/support/manifests.ts';
import { atTheEnd } from './at-the-end.ts';
import { skipFor, traces } from './local-test-cluster.ts';
import { blankFile, build, clusterName, providers, removeTestCluster, sharedName } from './own-cluster.ts';

/** A cluster on which anything may be broken. */
export interface TestCluster {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  /** Made by the tests: its nodes may be switched off. Else somebody's, named on purpose. */
  readonly ours: boolean;
  /** How `journey up`, `status` and `down` are told to use it. */
  readonly options: readonly string[];
  /** Kustomize folders of v0.1 and v0.2 there; `undefined` leaves the choice to `up`. */
  readonly overlays: { readonly v01: string; readonly v02: string | undefined };
  readonly env: NodeJS.ProcessEnv;
}

let making: Promise<TestCluster> | undefined;

/**
 * The cluster named on purpose with JOURNEY_TEST_KUBECONFIG, never the user's current context; else one of three nodes,
 * made at the first call by the first provider that can. On a named one our images must be there already;
 * JOURNEY_TEST_OVERLAY names the kustomize folder that says under which names (with its v0.1 below it), default
 * k8s/v0.2.
 *
 * @returns `undefined` when the test was skipped, with the reason.
 */
export async function testCluster(t: TestContext): Promise<TestCluster | undefined> {
  if (making === undefined) {
    const kubeconfig = process.env['JOURNEY_TEST_KUBECONFIG'] ?? '';
    if (kubeconfig !== '') {
      making = namedCluster(kubeconfig);
    } else {
      const provider = await ableProvider(t);
      if (provider === undefined) return undefined;
      making = ownCluster(provider);
    }
  }
  return making;
}

async function ableProvider(t: TestContext): Promise<ClusterProvider | undefined> {
  const [local, ...others] = providers(build);
  const problems = await local.preflight(3);
  if (problems.length === 0) return local;
  for (const provider of others) if ((await provider.preflight()).length === 0) return provider;
  skipFor(t, problems, 'install kind or Minikube, or JOURNEY_TEST_KUBECONFIG=<a cluster with our images> npm test');
  return undefined;
}

async function ownCluster(provider: ClusterProvider): Promise<TestCluster> {
  if (sharedName === undefined) atTheEnd(removeTestCluster);
  if (!existsSync(blankFile)) writeFileSync(blankFile, JSON.stringify(traces(clusterName, defaultClustersFolder)));
  // Makes it, or mends what the file before has left broken.
  const cluster = await provider.up({ nodes: 3 });
  const v01 = provider.name === 'local' ? 'k8s/overlays/local/v0.1' : 'k8s/v0.1';
  return {
    cluster,
    kubectl: kubectlOf(cluster, process.env),
    ours: true,
    options: ['--provider', provider.name, '--name', clusterName],
    overlays: { v01: join(root, v01), v02: undefined },
    env: process.env,
  };
}

async function namedCluster(kubeconfig: string): Promise<TestCluster> {
  if (!existsSync(kubeconfig)) throw new Error(`JOURNEY_TEST_KUBECONFIG names no file: ${kubeconfig}`);
  // Whoever set the variable has said yes; that is not remembered for other occasions.
  const home = mkdtempSync(join(tmpdir(), 'journey-consent-'));
  atTheEnd(() => rmSync(home, { recursive: true, force: true }));
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: home };
  const cluster = await new ExistingProvider({ ...build, env, home }, { confirm: async () => true }).up();
  const overlay = process.env['JOURNEY_TEST_OVERLAY'];
  const v02 = join(root, overlay ?? 'k8s/v0.2');
  return {
    cluster,
    kubectl: kubectlOf(cluster, env),
    ours: false,
    options: ['--provider', 'existing', '--yes'],
    overlays: { v01: overlay === undefined ? join(root, 'k8s/v0.1') : join(v02, 'v0.1'), v02 },
    env,
  };
}

function kubectlOf(cluster: Cluster, env: NodeJS.ProcessEnv): Kubectl {
  return new Kubectl({ command: cluster.kubectl, env, signal: build.signal });
}
