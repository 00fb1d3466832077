import type { Labels } from '../metadata/label-selector.ts';
import type { PodInfo } from '../metadata/pod-metadata.ts';
import { ConstantBytes } from './byte-copy.ts';

/** The container instance that a log path names. */
export interface ContainerInstance {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  /** How often the kubelet had started this container before, the `N` of `N.log`. */
  readonly restart: number;
}

/** Key of an instance in the checkpoint and on /streams: its path below the root, without the file's suffixes. */
export function instanceKeyOf({ namespace, pod, uid, container, restart }: ContainerInstance): string {
  return `${namespace}_${pod}_${uid}/${container}/${restart}`;
}

/** What every record of one file has in common, ready for the encoders. */
export interface SourceLabel {
  readonly instance: ContainerInstance;
  /** 16 hex digits of SHA-256 over the file's first line: survives renaming and compression. */
  readonly fileId: string;
  readonly fileIdBytes: ConstantBytes;
  /** What was known from the API when it was made. */
  readonly info: PodInfo | undefined;
  /** The labels that were asked for. */
  readonly labelNames: readonly string[];
  /** `,"kubernetes":{…},"file":"…","offset":`, as JSON lines want it. */
  readonly json: ConstantBytes;
}

/** Chooses which labels of a Pod go into its records; `*` means all. */
export function chosenLabels(info: PodInfo | undefined, names: readonly string[]): Labels | undefined {
  if (info === undefined) return undefined;
  const { labels } = info;
  if (names.includes('*')) return labels;
  const chosen = names.flatMap((name) =>
    Object.hasOwn(labels, name) ? [[name, labels[name] as string] as const] : [],
  );
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen);
}

export function sourceLabel(
  node: string,
  instance: ContainerInstance,
  fileId: string,
  info?: PodInfo,
  labelNames: readonly string[] = [],
): SourceLabel {
  const owner = info?.owner;
  const labels = chosenLabels(info, labelNames);
  // What is undefined does not appear in JSON.
  const kubernetes = { node, ...instance, owner, labels };
  const json = new ConstantBytes(`,"kubernetes":${JSON.stringify(kubernetes)},"file":"${fileId}","offset":`);
  return { instance, fileId, fileIdBytes: new ConstantBytes(fileId), info, labelNames, json };
}
