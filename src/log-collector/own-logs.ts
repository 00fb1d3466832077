import type { PodDirectory } from './chain/log-path.ts';

export interface OwnIdentity {
  /** `metadata.uid` by the downward API. */
  readonly podUid: string | undefined;
  readonly podName: string | undefined;
  readonly podNamespace: string | undefined;
}

/**
 * Which Pod directory is our own. A collector that reads what it writes grows without end
 * (open-telemetry/opentelemetry-helm-charts#36), so there is no setting to turn this off.
 */
export function isOwnPod(own: OwnIdentity): (pod: PodDirectory) => boolean {
  return (pod) =>
    (own.podUid !== undefined && pod.uid === own.podUid) ||
    (own.podName !== undefined && pod.pod === own.podName && pod.namespace === (own.podNamespace ?? pod.namespace));
}

/**
 * Whether writing records to stdout is safe. On a machine of ours outside Kubernetes stdout is collected only if the
 * starter says so by POD_UID; inside a Pod it always is, so there the Pod must be known.
 */
export function canExcludeItself(own: OwnIdentity, inKubernetes: boolean): boolean {
  return !inKubernetes || own.podUid !== undefined || own.podName !== undefined;
}
