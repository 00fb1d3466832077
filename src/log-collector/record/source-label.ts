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
  /** `,"kubernetes":{…},"file":"…","offset":`, as JSON lines want it. */
  readonly json: ConstantBytes;
}

export function sourceLabel(node: string, instance: ContainerInstance, fileId: string): SourceLabel {
  const kubernetes = { node, ...instance };
  const json = new ConstantBytes(`,"kubernetes":${JSON.stringify(kubernetes)},"file":"${fileId}","offset":`);
  return { instance, fileId, json };
}
