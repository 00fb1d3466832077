import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster-provider.ts';
import { ExistingProvider } from '../../../src/cluster/existing.ts';
import { LocalProvider } from '../../../src/cluster/local/local-provider.ts';
import { buildahProblem } from '../../../src/stack/images/buildah-builder.ts';
import type { BuildContext } from '../../../src/stack/images/image-builder.ts';
import { root } from '../../stack/support/manifests.ts';
import { want } from '../../support/want.ts';
import { wantLocalCluster } from './local-test-cluster.ts';

/** A cluster for tests of the stack, and how `journey` is told to use it. */
export interface StackTestCluster {
  readonly cluster: Cluster;
  /** Options of `journey up`, `status` and `down`. */
  readonly options: readonly string[];
  /** Kustomize folders of v0.1 and v0.2 there; `undefined` leaves the choice to `up`. */
  readonly overlays: { readonly v01: string; readonly v02: string | undefined };
  readonly env: NodeJS.ProcessEnv;
  /** Takes away what was made here. */
  close(): Promise<void>;
}

/**
 * The cluster named on purpose with JOURNEY_TEST_KUBECONFIG, never the user's current context; else one of three nodes,
 * made here. On a named one our images must be there already; JOURNEY_TEST_OVERLAY names the kustomize folder that says
 * under which names (with its v0.1 below it), default k8s/v0.2.
 *
 * @returns `undefined` when the test was skipped, with the reason.
 */
export async function stackTestCluster(
  t: TestContext,
  name: string,
  build: BuildContext,
): Promise<StackTestCluster | undefined> {
  const kubeconfig = process.env['JOURNEY_TEST_KUBECONFIG'] ?? '';
  if (kubeconfig !== '') return namedCluster(kubeconfig, build);
  if (!(await wantLocalCluster(t, { name }))) return undefined;
  const problem = buildahProblem(build);
  if (!want(t, problem === undefined, String(problem), 'sudo apt-get install buildah debootstrap')) return undefined;
  const provider = new LocalProvider(build, { name });
  const close = async () => void (await provider.down());
  const cluster = await provider.up({ nodes: 3 }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    cluster,
    close,
    options: ['--provider', 'local', '--name', name],
    overlays: { v01: join(root, 'k8s/overlays/local/v0.1'), v02: undefined },
    env: process.env,
  };
}

async function namedCluster(kubeconfig: string, build: BuildContext): Promise<StackTestCluster> {
  // Whoever set the variable has said yes; that is not remembered for other occasions.
  const home = mkdtempSync(join(tmpdir(), 'journey-consent-'));
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: home };
  const provider = new ExistingProvider({ ...build, env, home }, { confirm: async () => true });
  const overlay = process.env['JOURNEY_TEST_OVERLAY'];
  const v02 = join(root, overlay ?? 'k8s/v0.2');
  return {
    cluster: await provider.up(),
    options: ['--provider', 'existing', '--yes'],
    overlays: { v01: overlay === undefined ? join(root, 'k8s/v0.1') : join(v02, 'v0.1'), v02 },
    env,
    close: async () => rmSync(home, { recursive: true, force: true }),
  };
}
