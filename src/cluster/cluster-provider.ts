import type { Language } from '../i18n/language.ts';
import type { Text } from '../i18n/messages.ts';

export const providerNames = ['existing', 'minikube', 'kind', 'local'] as const;
export type ProviderName = (typeof providerNames)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every provider is given instead of reaching for `process`. */
export interface ClusterContext {
  readonly language: Language;
  readonly env: Environment;
  /** The user's home folder: caches live below it. */
  readonly home: string;
  /** Numeric user id; `undefined` where the platform has none. */
  readonly userId: number | undefined;
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** One line of progress for a person, already in {@link language}. */
  readonly report: (line: string) => void;
  /** Ends what is under way; the next `up` or `down` carries on from there. */
  readonly signal: AbortSignal;
}

/** Something that must change before a cluster can be made, and how. */
export interface Problem {
  readonly text: Text;
  /** A command that changes it, to be copied as it stands. */
  readonly fix?: string;
}

/** How kubectl is called for one cluster: never the user's current context by accident. */
export interface KubectlCommand {
  readonly file: string;
  /** Come before every other argument. */
  readonly args: readonly string[];
}

export interface ClusterNode {
  readonly name: string;
  readonly ready: boolean;
  /** As the kubelet reports it, e.g. `v1.34.4`. */
  readonly version: string;
}

/** An image in a file: `docker save`, `buildah push … oci-archive:` or `skopeo copy` make them. */
export interface ImageArchive {
  readonly file: string;
  /** Full name and tag the Pods ask for, e.g. `localhost/journey-api:0.2.0`. */
  readonly reference: string;
}

export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  /** Port of the Service, not of its Pods. */
  readonly port: number;
}

/** Where a Service answers on this machine. */
export interface ServiceAddress {
  /** E.g. `http://127.0.0.1:18080`. */
  readonly url: string;
  /** A command the user keeps running for the URL to work; absent when it works by itself. */
  readonly command?: string;
}

/** A running cluster. */
export interface Cluster {
  readonly provider: ProviderName;
  readonly name: string;
  /** Path of the kubeconfig file; {@link context} is a context in it. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: KubectlCommand;
  nodes(): Promise<readonly ClusterNode[]>;
  /** Puts an image onto every node. @throws JourneyError `cluster-unsupported` where only a registry can. */
  loadImage(image: ImageArchive): Promise<void>;
  /** Takes a node away as a power cut would: no drain, no goodbye. @throws JourneyError `cluster-node-unknown`. */
  stopNode(node: string): Promise<void>;
  /** Brings it back; resolves when it is Ready again. */
  startNode(node: string): Promise<void>;
  /** Makes a NodePort Service reachable from this machine's loopback. */
  forward(service: ServicePort): Promise<ServiceAddress>;
}

export interface UpOptions {
  /** How many nodes; default 1. A cluster that is there already keeps its number. */
  readonly nodes?: number;
}

export interface ClusterStatus {
  readonly provider: ProviderName;
  readonly name: string;
  readonly state: 'absent' | 'running' | 'stopped' | 'degraded';
  readonly nodes: readonly ClusterNode[];
  /** What is wrong, one line each. */
  readonly faults: readonly string[];
}

/** One way to have a Kubernetes cluster. */
export interface ClusterProvider {
  readonly name: ProviderName;
  /** All that stands in the way of {@link up}, at once. Empty = nothing known. Changes nothing. */
  preflight(): Promise<readonly Problem[]>;
  /** The cluster, if it is up. */
  find(): Promise<Cluster | undefined>;
  /**
   * Makes the cluster, or finishes or repairs one that is there. Safe to run again at any time.
   * @throws JourneyError `cluster-preflight` with everything that is missing.
   */
  up(options?: UpOptions): Promise<Cluster>;
  /** Removes the cluster and nothing else; `false` when there was none. */
  down(): Promise<boolean>;
  status(): Promise<ClusterStatus>;
}
