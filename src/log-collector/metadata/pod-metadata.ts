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

/** @param before what was known of the same Pod. */
export function podMetadataOf({ metadata, status = {} }: ApiPod, before: PodMetadata | undefined): PodMetadata {
  const info: PodInfo = {
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
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

function ownerOf({ labels, ownerReferences }: ApiPod['metadata']): PodInfo['owner'] {
  const owner = ownerReferences?.find((each) => each.controller === true);
  if (owner === undefined) return undefined;
  // A Deployment's ReplicaSet is named after it and the hash that its Pods carry as a label.
  const hash = labels?.['pod-template-hash'];
  const { kind, name } = owner;
  if (kind !== 'ReplicaSet' || hash === undefined || !name.endsWith(`-${hash}`)) return { kind, name };
  return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
}
