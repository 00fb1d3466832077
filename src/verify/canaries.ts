import type { KubernetesObject, Labels } from '../cluster/objects.ts';
import { reasonOf } from '../errors/journey-error.ts';
import type { ClusterAccess, Kind } from './cluster-access/cluster-access.ts';
import { canaryLabels } from './stack.ts';

/**
 * What a run adds to the cluster or changes in it, each with its way back.
 *
 * Everything is taken back after its check, also when the check failed, timed out or was interrupted. A run that was
 * killed leaves marks (labels, an annotation with the way back and an expiry) by which the next run takes it back:
 * see {@link healLeftovers}.
 */
export interface Canaries {
  /** Creates a labelled object and remembers to delete it. */
  create<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    object: CanaryObject,
    signal: AbortSignal,
  ): Promise<T>;

  /** Changes an object that is not ours, after writing the way back onto it. */
  change(change: ReversibleChange, signal: AbortSignal): Promise<void>;

  /** Remembers any other way back, for instance the deletion of a canary key. */
  undoWith(what: string, undo: (signal: AbortSignal) => Promise<void>): void;

  /** Takes back everything, newest first. @returns what could not be taken back. */
  takeBack(): Promise<readonly Leftover[]>;
}

export interface CanaryObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels; readonly annotations?: Labels };
  readonly [member: string]: unknown;
}

export interface ReversibleChange {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  /** Merge patch that makes the change. */
  readonly patch: MergePatch;
  /** Merge patch that takes it back. */
  readonly undo: MergePatch;
}

export type MergePatch = {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string | null>> };
  readonly [member: string]: unknown;
};

export interface Leftover {
  readonly what: string;
  readonly reason: string;
}

export interface CreateCanariesOptions {
  readonly cluster: ClusterAccess;
  readonly runId: string;
  readonly now: () => number;
  /** How long taking one thing back may take, in milliseconds. Default 15 000. */
  readonly undoTimeoutMs?: number;
}

/** After this long nobody can still be using a canary, whatever its check waits for. */
const lifeMs = 15 * 60_000;

/** Annotation that carries a {@link ReversibleChange}'s way back. */
export const undoAnnotation = 'journey.example/verify-undo';

export function createCanaries({ cluster, runId, now, undoTimeoutMs = 15_000 }: CreateCanariesOptions): Canaries {
  const undos: { what: string; undo: (signal: AbortSignal) => Promise<void> }[] = [];
  return {
    async create<T extends KubernetesObject>(kind: Kind, namespace: string, object: CanaryObject, signal: AbortSignal) {
      const { name } = object.metadata;
      // Remembered first: when the answer gets lost the object may exist all the same.
      undos.push({
        what: `${kind}/${name}`,
        undo: (s) => cluster.delete(kind, namespace, name, { signal: s, gracePeriodSeconds: 0 }),
      });
      const marked = {
        ...object,
        metadata: {
          ...object.metadata,
          namespace,
          labels: {
            ...object.metadata.labels,
            [canaryLabels.managedBy[0]]: canaryLabels.managedBy[1],
            [canaryLabels.run]: runId,
          },
          annotations: { ...object.metadata.annotations, [canaryLabels.expires]: String(now() + lifeMs) },
        },
      };
      return cluster.create<T>(kind, namespace, marked, { signal });
    },
    async change({ kind, namespace, name, patch, undo }, signal) {
      const annotations = { [undoAnnotation]: JSON.stringify(undo), [canaryLabels.expires]: String(now() + lifeMs) };
      undos.push({
        what: `${kind}/${name}`,
        undo: (s) => cluster.patch(kind, namespace, name, unmarked(undo), { signal: s }),
      });
      await cluster.patch(kind, namespace, name, withAnnotations(patch, annotations), { signal });
    },
    undoWith(what, undo) {
      undos.push({ what, undo });
    },
    async takeBack() {
      const leftovers: Leftover[] = [];
      for (let next = undos.pop(); next !== undefined; next = undos.pop()) {
        try {
          // A deadline of its own: the run's signal may be the very reason why we are here.
          await next.undo(AbortSignal.timeout(undoTimeoutMs));
        } catch (error) {
          leftovers.push({ what: next.what, reason: reasonOf(error) });
        }
      }
      return leftovers;
    },
  };
}

/** An undo patch that also removes our marks. */
export function unmarked(undo: MergePatch): MergePatch {
  return withAnnotations(undo, { [undoAnnotation]: null, [canaryLabels.expires]: null });
}

function withAnnotations(patch: MergePatch, annotations: Readonly<Record<string, string | null>>): MergePatch {
  return { ...patch, metadata: { ...patch.metadata, annotations: { ...patch.metadata?.annotations, ...annotations } } };
}
