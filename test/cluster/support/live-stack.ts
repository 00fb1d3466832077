import type { TestContext } from 'node:test';
import type { List, Pod } from '../../../src/cluster/objects.ts';
import { bringUp } from '../../../src/stack/bring-up.ts';
import { root } from '../../stack/support/manifests.ts';
import { build } from './own-cluster.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';

let bringing: Promise<unknown> | undefined;

/**
 * Our stack on a cluster that may be spoilt, brought up at the first call.
 *
 * @returns `undefined` when the test was skipped, with the reason.
 */
export async function liveStack(t: TestContext): Promise<TestCluster | undefined> {
  const there = await testCluster(t);
  if (there === undefined) return undefined;
  const { cluster, overlays, ours } = there;
  const present = ours ? {} : { images: 'present' as const };
  const overlay = overlays.v02 === undefined ? {} : { overlay: overlays.v02 };
  bringing ??= bringUp({ cluster, root, build: { ...build, env: there.env }, language: 'en', ...present, ...overlay });
  await bringing;
  return there;
}

/** Pods of one part of the stack that are not on their way out. */
export async function podsOf({ kubectl }: TestCluster, part: 'api' | 'redis' | 'log-collector'): Promise<Pod[]> {
  const namespace = part === 'log-collector' ? 'journey-node' : 'journey';
  const args = ['--namespace', namespace, 'get', 'pods', '--selector', `app.kubernetes.io/name=${part}`];
  const { items = [] } = (await kubectl.json<List<Pod>>(args)) ?? {};
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}
