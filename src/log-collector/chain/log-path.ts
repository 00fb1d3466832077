import type { ContainerInstance } from '../record/source-label.ts';

/** `<namespace>_<pod>_<uid>`: none of the three can contain an underscore. */
export interface PodDirectory {
  readonly namespace: string;
  readonly pod: string;
  /** For a static Pod the kubelet's configuration hash, not the API's uid. */
  readonly uid: string;
}

export function parsePodDirectory(name: string): PodDirectory | undefined {
  const parts = name.split('_');
  const [namespace, pod, uid] = parts;
  if (parts.length !== 3 || !namespace || !pod || !uid) return undefined;
  return { namespace, pod, uid };
}

/** What the name of a log file says. */
export interface LogFileName {
  readonly name: string;
  readonly restart: number;
  /** Sorts the files of one instance from oldest to newest; the live file comes last. */
  readonly order: string;
  readonly live: boolean;
  readonly gz: boolean;
}

/** Sorts behind every rotation time. */
export const liveOrder = '\uffff';
/** Sorts before every rotation time. */
export const oldestOrder = '';

/** `N.log`, `N.log.<time>`, `N.log.<time>.gz`; the kubelet's unfinished `.tmp` and anything else is not ours. */
export function parseLogFileName(name: string): LogFileName | undefined {
  const match = /^(\d{1,9})\.log(?:\.(\d{8}-\d{6})(\.gz)?)?$/.exec(name);
  if (match === null) return undefined;
  const [, restart, time, gz] = match;
  return {
    name,
    restart: Number(restart),
    order: time ?? liveOrder,
    live: time === undefined,
    gz: gz !== undefined,
  };
}

/** Name of the file before it was compressed: rotation makes `X.gz` of `X`. */
export function plainName(name: string): string {
  return name.replace(/\.gz$/, '');
}

/** The instance that `instanceKeyOf` named, or `undefined` for anything else. */
export function parseInstanceKey(key: string): ContainerInstance | undefined {
  const [directory = '', container, restart, ...rest] = key.split('/');
  const pod = parsePodDirectory(directory);
  if (pod === undefined || !container || !/^\d{1,9}$/.test(restart ?? '') || rest.length > 0) return undefined;
  return { ...pod, container, restart: Number(restart) };
}
