import type { KubernetesObject } from '../cluster/objects.ts';
import { isJourneyError } from '../errors/journey-error.ts';
import { type MergePatch, undoAnnotation, unmarked } from './canaries.ts';
import type { ClusterAccess, Kind, ListOptions } from './cluster-access/cluster-access.ts';
import { canaryLabels, type Stack } from './stack.ts';

/** Kinds of object a run creates. */
const created: readonly Kind[] = ['cronjobs', 'jobs', 'pods', 'services', 'configmaps'];
/** Kinds of object a disruptive run changes. */
const changed: readonly Kind[] = ['configmaps', 'statefulsets', 'nodes'];

export interface HealLeftoversOptions {
  readonly cluster: ClusterAccess;
  readonly stack: Stack;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Takes back what a killed run left behind. Only what has expired: another run may be at work right now.
 *
 * @returns what was taken back, as `kind/name`.
 */
export async function healLeftovers({ cluster, stack, now, signal }: HealLeftoversOptions): Promise<readonly string[]> {
  const healed: string[] = [];
  const selector = canaryLabels.managedBy.join('=');
  for (const namespace of new Set([stack.namespace, stack.nodeNamespace])) {
    for (const kind of created) {
      for (const object of await listOrNothing(cluster, kind, namespace, { selector, signal })) {
        // A Pod made by a canary Job carries the label but not the annotation; it goes with its owner.
        if (!hasExpired(object, now)) continue;
        await cluster.delete(kind, namespace, object.metadata.name, { signal, gracePeriodSeconds: 0 });
        healed.push(`${kind}/${object.metadata.name}`);
      }
    }
    for (const kind of changed) {
      for (const object of await listOrNothing(cluster, kind, namespace, { signal })) {
        const undo = object.metadata.annotations?.[undoAnnotation];
        if (undo === undefined || !hasExpired(object, now)) continue;
        await cluster.patch(kind, namespace, object.metadata.name, unmarked(JSON.parse(undo) as MergePatch), {
          signal,
        });
        healed.push(`${kind}/${object.metadata.name}`);
      }
    }
  }
  return healed;
}

/** Who may not list a kind cannot have left one behind, and may still judge what they can see. */
async function listOrNothing(
  cluster: ClusterAccess,
  kind: Kind,
  namespace: string,
  options: ListOptions,
): Promise<readonly KubernetesObject[]> {
  try {
    return await cluster.list(kind, namespace, options);
  } catch (error) {
    if (isJourneyError(error, 'cluster-forbidden')) return [];
    throw error;
  }
}

function hasExpired(object: KubernetesObject, now: number): boolean {
  const expires = Number(object.metadata.annotations?.[canaryLabels.expires] ?? Number.POSITIVE_INFINITY);
  return expires < now;
}
