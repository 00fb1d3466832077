import type { ContainerInstance } from '../record/source-label.ts';
import { type ApiPod, type PodMetadata, podMetadataOf } from './pod-metadata.ts';

/** A deleted Pod is remembered this long: its last lines may be read after it. */
const rememberedMs = 300_000;

/** The annotation by which the API's copy of a static Pod names what the kubelet's log directory calls its uid. */
const mirror = 'kubernetes.io/config.mirror';

interface Entry {
  readonly metadata: PodMetadata;
  readonly namespace: string;
  /** Monotonic milliseconds. */
  deletedAt: number | undefined;
}

/** What the API has said about the Pods of this node, by the uid in their log directory's name. */
export class PodIndex {
  readonly #pods = new Map<string, Entry>();
  readonly #now: () => number;
  /** Whether a complete list has been had. */
  synced = false;

  /** @param now monotonic milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#pods.size;
  }

  get(uid: string): PodMetadata | undefined {
    return this.#pods.get(uid)?.metadata;
  }

  /**
   * A complete list has been had, of one namespace or of all: who is not in it has been deleted.
   *
   * @param present what {@link put} returned for those in it.
   */
  listed(present: ReadonlySet<string>, namespace: string | undefined): void {
    for (const [uid, entry] of this.#pods) {
      if (!present.has(uid) && (namespace === undefined || entry.namespace === namespace)) this.#bury(uid);
    }
    this.synced = true;
  }

  /** Forgets Pods of other namespaces than these: nobody watches them any more. */
  keepOnly(namespaces: readonly string[]): void {
    for (const [uid, { namespace }] of this.#pods) if (!namespaces.includes(namespace)) this.#pods.delete(uid);
  }

  /** @returns by what it is found. */
  put(pod: ApiPod): string {
    const uid = uidOf(pod);
    const metadata = podMetadataOf(pod, this.get(uid));
    this.#pods.set(uid, { metadata, namespace: pod.metadata.namespace, deletedAt: undefined });
    return uid;
  }

  remove(pod: ApiPod): void {
    this.#bury(this.put(pod));
  }

  /** Whether this container has ended, by what the API says; false while it says nothing. */
  hasEnded({ uid, container, restart }: ContainerInstance): boolean {
    const pod = this.get(uid);
    if (pod === undefined) return false;
    const latest = pod.containers.get(container);
    if (latest === undefined) return pod.ended;
    return pod.ended || latest.restart > restart || (latest.restart === restart && latest.ended);
  }

  #bury(uid: string): void {
    const now = this.#now();
    const entry = this.#pods.get(uid);
    if (entry !== undefined) entry.deletedAt ??= now;
    for (const [each, { deletedAt }] of this.#pods) {
      if (deletedAt !== undefined && now - deletedAt > rememberedMs) this.#pods.delete(each);
    }
  }
}

function uidOf({ metadata }: ApiPod): string {
  return metadata.annotations?.[mirror] ?? metadata.uid;
}
