import type { Shape } from './json-pick.ts';
import type { Labels } from './label-selector.ts';

/** What records say about a Pod beyond its path; the same object as long as nothing of it changes. */
export interface PodInfo {
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The workload a person would name: the Deployment rather than its ReplicaSet. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
}

/** What the collector keeps of a Pod. */
export interface PodMetadata {
  readonly info: PodInfo;
  /** The Pod has succeeded or failed: none of its containers will write again. */
  readonly ended: boolean;
  /** Per container: its latest instance, and whether that has ended. */
  readonly containers: ReadonlyMap<string, { readonly restart: number; readonly ended: boolean }>;
}

interface ContainerStatus {
  readonly name: string;
  readonly restartCount: number;
  readonly state?: { readonly terminated?: unknown };
}

/** The part of a Pod (`v1`) that is looked at. */
export interface ApiPod {
  readonly metadata: {
    readonly uid: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

/** The same for {@link JsonPick}: specification and managed fields, most of a Pod, are never in memory. */
export const podShape = {
  metadata: {
    uid: true,
    namespace: true,
    resourceVersion: true,
    labels: true,
    annotations: true,
    ownerReferences: true,
  },
  status: {
    phase: true,
    containerStatuses: true,
    initContainerStatuses: true,
    ephemeralContainerStatuses: true,
  },
} satisfies Shape;

/** What is kept of a Pod's annotations, in characters: with 500 Pods that use it up, 4 MB. */
const annotationChars = 8_192;

/** @param before what was known of the same Pod. */
export function podMetadataOf({ metadata, status = {} }: ApiPod, before: PodMetadata | undefined): PodMetadata {
  const info: PodInfo = {
    labels: metadata.labels ?? {},
    annotations: shortAnnotations(metadata.annotations ?? {}),
    owner: ownerOf(metadata),
  };
  const statuses = [
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  return {
    info: JSON.stringify(info) === JSON.stringify(before?.info) ? (before as PodMetadata).info : info,
    ended: status.phase === 'Succeeded' || status.phase === 'Failed',
    containers: new Map(
      statuses.map(({ name, restartCount, state }) => [
        name,
        { restart: restartCount, ended: state?.terminated !== undefined },
      ]),
    ),
  };
}

/**
 * The shortest that have room together. Annotations may be 256 KiB a Pod, which a node's worth of would not fit; what
 * people choose Pods and say things to a collector by is short.
 */
function shortAnnotations(annotations: Labels): Labels {
  const all = Object.entries(annotations).map(([key, value]) => ({ key, value, chars: key.length + value.length }));
  if (all.reduce((sum, { chars }) => sum + chars, 0) <= annotationChars) return annotations;
  let room = annotationChars;
  const kept = all
    .toSorted((a, b) => a.chars - b.chars)
    .filter(({ chars }) => {
      room -= chars;
      return room >= 0;
    });
  return Object.fromEntries(kept.map(({ key, value }) => [key, value]));
}

function ownerOf({ labels, ownerReferences }: ApiPod['metadata']): PodInfo['owner'] {
  const owner = ownerReferences?.find((each) => each.controller === true);
  if (owner === undefined) return undefined;
  // A Deployment's ReplicaSet is named after it and the hash that its Pods carry as a label.
  const hash = labels?.['pod-template-hash'];
  const { kind, name } = owner;
  if (kind !== 'ReplicaSet' || hash === undefined || !name.endsWith(`-${hash}`)) return { kind, name };
  return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
}
