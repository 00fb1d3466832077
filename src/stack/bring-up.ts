import type { Cluster, ServiceAddress } from '../cluster/cluster-provider.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import type { Language } from '../i18n/language.ts';
import { say } from '../i18n/messages.ts';
import { applyManifests, applyNamespaces } from './apply.ts';
import { stampBuildHashes, stampConfigHashes } from './hashes.ts';
import { type BuiltImage, buildImages } from './images/build-images.ts';
import { chooseBuilder } from './images/choose-builder.ts';
import type { BuildContext } from './images/image-builder.ts';
import { loadImages } from './load-images.ts';
import type { Manifest } from './manifest.ts';
import { stackMessages } from './messages.ts';
import { ensurePasswords } from './passwords.ts';
import { imagesOf, inRegistry, podTemplateOf, renderManifests } from './render.ts';
import { apiServicePort, overlayFolder, stackNames } from './stack-layout.ts';
import { waitForStack } from './wait-for-stack.ts';
import { waitForStore } from './wait-for-store.ts';

/** The API tries again at least every few seconds. */
const storeDeadlineMs = 20_000;

export interface BringUpOptions {
  readonly cluster: Cluster;
  /** The repository's folder. */
  readonly root: string;
  readonly build: BuildContext;
  readonly language: Language;
  /**
   * Where the nodes get our images: `load` puts them there, `push` sends them to {@link registry}, `present` builds
   * nothing because they are there already. Default `push` with a registry, else `load`.
   */
  readonly images?: 'load' | 'push' | 'present';
  /** Registry and path that our images are named in, e.g. `registry.example/me`. */
  readonly registry?: string;
  /** Kustomize folder instead of the one for this kind of cluster. */
  readonly overlay?: string;
  /** Longest wait for all Pods. Default 5 minutes: a first pull of Redis' image may take most of it. */
  readonly readyDeadlineMs?: number;
}

/**
 * From a cluster to a running stack: build, load, apply, wait. Each step looks at what is there first, so running it
 * again repairs, updates, or does nothing.
 *
 * @returns where the API answers on this machine.
 * @throws JourneyError `stack-foreign-namespace`, `stack-not-ready`, `image-builder-missing`, `command-…`.
 */
export async function bringUp(options: BringUpOptions): Promise<ServiceAddress> {
  const { cluster, root, build, language, readyDeadlineMs = 300_000 } = options;
  const { report, signal, env } = build;
  const started = performance.now();
  const kubectl = new Kubectl({ command: cluster.kubectl, env, signal });
  const folder = options.overlay ?? overlayFolder(root, cluster.provider);
  const plain = await renderManifests(kubectl, folder);
  const rendered = options.registry === undefined ? plain : inRegistry(plain, options.registry);
  // Before the long part: a namespace that is not ours ends it here.
  await applyNamespaces(kubectl, rendered);

  const images = await provideImages(options, kubectl, imagesOf(rendered));
  const users = wantsPasswords(rendered) ? await ensurePasswords(kubectl) : [];
  if (users.length > 0) report(say(language, stackMessages.passwords, { users: users.join(', ') }));
  const builds = new Map(images.map(({ reference, inputs }) => [reference, inputs]));
  const manifests = stampBuildHashes(stampConfigHashes(rendered), builds);
  await applyManifests(kubectl, manifests);
  report(say(language, stackMessages.applied, { count: manifests.length, folder }));

  const workloads = manifests
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet'].includes(kind))
    .map(({ kind, metadata }) => ({ kind, namespace: metadata.namespace ?? '', name: metadata.name }));
  await waitForStack({ kubectl, workloads, deadlineMs: readyDeadlineMs, signal, language, report });
  const hasStore = await waitForStore({ kubectl, deadlineMs: storeDeadlineMs, signal });
  if (!hasStore) report(say(language, stackMessages.noStoreYet));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  report(say(language, stackMessages.ready, { seconds }));
  return cluster.forward(apiServicePort);
}

/** v0.1 has no Redis. */
function wantsPasswords(manifests: readonly Manifest[]): boolean {
  return manifests.some((manifest) =>
    podTemplateOf(manifest)?.spec.volumes?.some(({ secret }) => secret?.secretName === stackNames.passwordSecret),
  );
}

async function provideImages(
  { cluster, root, build, language, registry, images: how = registry === undefined ? 'load' : 'push' }: BringUpOptions,
  kubectl: Kubectl,
  references: readonly string[],
): Promise<BuiltImage[]> {
  if (how === 'present') return [];
  const builder = await chooseBuilder(cluster.provider, build);
  const images = await buildImages({ root, references, builder, context: build, language });
  if (how === 'load') await loadImages(kubectl, cluster, images);
  else for (const { reference, file } of images) await builder.push(reference, file);
  return images;
}
