import { type PodDirectory, parsePodDirectory } from './chain/log-path.ts';

export interface OwnIdentity {
  /** `metadata.uid` by the downward API. */
  readonly podUid: string | undefined;
  readonly podName: string | undefined;
  readonly podNamespace: string | undefined;
}

/**
 * Whether a Pod directory is our own, or, asked about one container in it, that of a Pod we replaced or that replaces
 * us. A collector that reads what it writes grows without end (open-telemetry/opentelemetry-helm-charts#36), and one
 * that leaves out only its own uid reads at every update what its predecessor wrote. So there is no setting for it.
 *
 * @param namesIn names in a directory below the log root; '' is the root. None if it cannot be listed.
 */
export function isOwnLog(
  own: OwnIdentity,
  namesIn: (directory: string) => readonly string[],
): (pod: PodDirectory, container?: string) => boolean {
  let containers: ReadonlySet<string> | undefined;
  const isOurContainer = (name: string) => {
    containers ??= ownContainers(own, namesIn);
    return containers.has(name);
  };
  return (pod, container) =>
    isOwnPod(own, pod) || (container !== undefined && isSibling(own, pod) && isOurContainer(container));
}

function isOwnPod(own: OwnIdentity, pod: PodDirectory): boolean {
  if (own.podUid !== undefined && pod.uid === own.podUid) return true;
  return own.podName !== undefined && pod.pod === own.podName && pod.namespace === (own.podNamespace ?? pod.namespace);
}

/** What the API server appends to a `generateName` (k8s.io/apimachinery pkg/util/rand): nothing that spells a word. */
const generatedSuffix = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const suffixLength = 5;
/** Longest part kept of a `generateName` (k8s.io/apiserver pkg/storage/names); a longer one loses its dash. */
const longestBase = 58;

/** A Pod of the controller that made ours: the same name but for the part made up by the API server. */
function isSibling({ podName, podNamespace }: OwnIdentity, pod: PodDirectory): boolean {
  if (podName === undefined || pod.namespace !== podNamespace || pod.pod.length !== podName.length) return false;
  const base = podName.slice(0, -suffixLength);
  if (!base.endsWith('-') && base.length !== longestBase) return false;
  return pod.pod.startsWith(base) && [podName, pod.pod].every((name) => generatedSuffix.test(name.slice(base.length)));
}

/** The names of our own containers, which the downward API does not tell, but our own log directory does. */
function ownContainers(own: OwnIdentity, namesIn: (directory: string) => readonly string[]): Set<string> {
  const directories = namesIn('').filter((name) => {
    const pod = parsePodDirectory(name);
    return pod !== undefined && isOwnPod(own, pod);
  });
  return new Set(directories.flatMap(namesIn));
}

/**
 * Whether writing records to stdout is safe. On a machine of ours outside Kubernetes stdout is collected only if the
 * starter says so by POD_UID; inside a Pod it always is, so there the Pod must be known.
 */
export function canExcludeItself(own: OwnIdentity, inKubernetes: boolean): boolean {
  return !inKubernetes || own.podUid !== undefined || own.podName !== undefined;
}
