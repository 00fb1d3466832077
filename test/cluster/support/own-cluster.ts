import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterContext, ClusterProvider } from '../../../src/cluster/cluster-provider.ts';
import { KindProvider } from '../../../src/cluster/kind.ts';
import { defaultClustersFolder, LocalProvider, localCacheFolder } from '../../../src/cluster/local/local-provider.ts';
import { MinikubeProvider } from '../../../src/cluster/minikube.ts';
import type { BuildContext } from '../../../src/stack/images/image-builder.ts';
import { root } from '../../stack/support/manifests.ts';
import { lastingContext, takeDownWhenFree, testContext, traces } from './local-test-cluster.ts';

// The cluster that the tests make themselves; without node:test, since programs that run no tests use it, too.

export const build: BuildContext = {
  ...testContext(),
  cacheFolder: localCacheFolder(testContext().home),
  nodeBinary: join(root, 'node_modules/node/bin/node'),
};

/** `npm test` names one cluster for all files and takes it down at its end; a file run by itself makes its own. */
export const sharedName = process.env['JOURNEY_TEST_CLUSTER'];
export const clusterName = sharedName ?? `t${process.pid}`;
export const blankFile = join(tmpdir(), `journey-${clusterName}.json`);

/** A lost node is noticed and its Pods are replaced in seconds rather than minutes; logs rotate within a test. */
const shortened = {
  nodeMonitorGraceSeconds: 10,
  podEvictionSeconds: 5,
  containerLogMaxSize: '1Mi',
  containerLogMonitorSeconds: 3,
};

/** All that can make a cluster here, the first one able to is taken. */
export function providers(context: ClusterContext): readonly [LocalProvider, ...ClusterProvider[]] {
  return [
    new LocalProvider(context, { name: clusterName, tuning: shortened }),
    new KindProvider(context, { name: clusterName }),
    new MinikubeProvider(context, { profile: clusterName }),
  ];
}

/** Takes away a cluster that was made here, by this process or by the one that named it. */
export async function removeTestCluster(): Promise<void> {
  for (const provider of providers(lastingContext())) {
    if ((await provider.preflight()).length === 0) await takeDownWhenFree(provider);
  }
  rmSync(blankFile, { force: true });
}

/** What a local cluster has on this machine: now, and before it was made. */
export const clusterTraces = {
  now: () => traces(clusterName, defaultClustersFolder),
  before: () => JSON.parse(readFileSync(blankFile, 'utf8')) as ReturnType<typeof traces>,
};
