import { join } from 'node:path';
import { crypto } from '../node-crypto.ts';

/** The identity the kubelet would give a program: what it logs under and what the downward API tells it. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly container: string;
}

export interface CreatePodOptions {
  readonly namespace: string;
  /** The workload's name; the Pod's is this and a suffix. */
  readonly owner: string;
  readonly suffix?: string;
  readonly container: string;
}

/** Letters and digits that cannot spell anything (k8s.io/apimachinery pkg/util/rand). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five of them, as controllers append to names. */
export function randomSuffix(): string {
  return spell(crypto.randomBytes(5));
}

/** Always the same five for the same seed. */
export function stableSuffix(seed: string): string {
  return spell(crypto.createHash('sha256').update(seed).digest().subarray(0, 5));
}

function spell(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}

export function createPod({ namespace, owner, suffix = randomSuffix(), container }: CreatePodOptions): Pod {
  return { namespace, name: `${owner}-${suffix}`, uid: crypto.randomUUID(), container };
}

/** `<namespace>_<pod>_<uid>` under the log root (kubelet pkg/kubelet/kuberuntime/helpers.go). */
export function podLogFolder(root: string, pod: Pod): string {
  return join(root, `${pod.namespace}_${pod.name}_${pod.uid}`);
}

/** The live log of one container instance. */
export function containerLogFile(root: string, pod: Pod, restart: number): string {
  return join(podLogFolder(root, pod), pod.container, `${restart}.log`);
}

/** The downward API, as our manifests map it. */
export function downwardApi(pod: Pod, nodeName: string): Record<string, string> {
  return { POD_NAME: pod.name, POD_NAMESPACE: pod.namespace, POD_UID: pod.uid, NODE_NAME: nodeName };
}
