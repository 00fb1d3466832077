import type { Kubectl } from '../cluster/kubectl.ts';
import type { List } from '../cluster/objects.ts';
import { JourneyError } from '../errors/journey-error.ts';
import type { Manifest } from './manifest.ts';
import { ownerLabel } from './stack-layout.ts';

/**
 * Applies objects the server-side way, and ours wins: everything in them is ours (see {@link refuseForeignNamespaces}).
 *
 * Server-side, because the server then knows which fields are ours: a field that a new version no longer has (v0.1's
 * volume, say) goes, one that somebody else set (a restart by `kubectl rollout`, an autoscaler) stays. kubectl's own
 * field manager name, because then kubectl takes over what an earlier plain `kubectl apply` had set.
 *
 * Nothing is pruned: kubectl's --prune is still alpha, and would take what a learner added under our labels.
 */
export async function applyManifests(kubectl: Kubectl, manifests: readonly Manifest[]): Promise<string[]> {
  await refuseForeignNamespaces(kubectl, manifests);
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  const output = await kubectl.run(['apply', '--server-side', '--force-conflicts', '--filename', '-'], {
    input: JSON.stringify(list),
    deadlineMs: 120_000,
  });
  return output.split('\n').filter((line) => line !== '');
}

/** Namespaces first, and alone: what is put into one needs it to be there. */
export async function applyNamespaces(kubectl: Kubectl, manifests: readonly Manifest[]): Promise<void> {
  await applyManifests(
    kubectl,
    manifests.filter(({ kind }) => kind === 'Namespace'),
  );
}

/** @throws JourneyError `stack-foreign-namespace` for a namespace of our name that we did not make. */
async function refuseForeignNamespaces(kubectl: Kubectl, manifests: readonly Manifest[]): Promise<void> {
  const wanted = manifests.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
  if (wanted.length === 0) return;
  const present = await kubectl.json<List<Manifest>>(['get', 'namespaces']);
  for (const { metadata } of present?.items ?? []) {
    if (!wanted.includes(metadata.name) || metadata.labels?.[ownerLabel.name] === ownerLabel.value) continue;
    throw new JourneyError('stack-foreign-namespace', {
      namespace: metadata.name,
      label: `${ownerLabel.name}=${ownerLabel.value}`,
    });
  }
}
