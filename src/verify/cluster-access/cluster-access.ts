import type { KubernetesObject } from '../../cluster/objects.ts';
import type { CommandResult } from '../../cluster/run-command.ts';

/**
 * Everything the checks need from a cluster and nothing else. Implemented over kubectl ({@link KubectlAccess}); a
 * program inside the cluster can implement it over the API.
 *
 * Every method rejects with a JourneyError: `cluster-unreachable`, `cluster-forbidden` (names the missing verb),
 * `cluster-refused` (any other answer of the API server), or with the signal's reason when it aborts.
 */
export interface ClusterAccess {
  describe(signal: AbortSignal): Promise<ClusterDescription>;

  /** @returns `undefined` when there is no such object. */
  get<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    name: string,
    options: CallOptions,
  ): Promise<T | undefined>;

  list<T extends KubernetesObject>(kind: Kind, namespace: string, options: ListOptions): Promise<readonly T[]>;

  create<T extends KubernetesObject>(kind: Kind, namespace: string, object: object, options: CallOptions): Promise<T>;

  /** Merge patch (RFC 7386): `null` removes a member. */
  patch(kind: Kind, namespace: string, name: string, patch: object, options: CallOptions): Promise<void>;

  /** Deletes in the background, with what it owns. No error when it is already gone. */
  delete(kind: Kind, namespace: string, name: string, options: DeleteOptions): Promise<void>;

  /** Asks for a Pod to go, as a drain does. @returns false while a PodDisruptionBudget forbids it. */
  evict(namespace: string, pod: string, options: CallOptions): Promise<boolean>;

  /** A container's log as kept by the kubelet. */
  logs(namespace: string, pod: string, options: LogOptions): Promise<string>;

  /** Follows a container's log until the container ends or the signal aborts. */
  followLogs(namespace: string, pod: string, options: LogOptions & { onText(text: string): void }): Promise<void>;

  /** Runs a command in a container; its failure is a result, not an error. */
  exec(namespace: string, pod: string, command: readonly string[], options: ExecOptions): Promise<CommandResult>;

  /** One HTTP exchange with a Pod or a Service, tunnelled by the API server. */
  http(target: HttpTarget, request: HttpRequest, options: CallOptions): Promise<HttpAnswer>;
}

/** The kinds the checks read, by their plural. */
export type Kind =
  | 'configmaps'
  | 'cronjobs'
  | 'daemonsets'
  | 'deployments'
  | 'endpointslices'
  | 'events'
  | 'jobs'
  | 'namespaces'
  | 'nodes'
  | 'persistentvolumeclaims'
  | 'pods'
  | 'secrets'
  | 'services'
  | 'statefulsets';

export interface ClusterDescription {
  readonly context: string;
  readonly version: string;
  readonly nodes: number;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** As in `kubectl -l`, for instance `app.kubernetes.io/name=api`. */
  readonly selector?: string;
}

export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
}

export interface LogOptions extends CallOptions {
  readonly container?: string;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** Of the instance before the last restart. */
  readonly previous?: boolean;
}

export interface ExecOptions extends CallOptions {
  readonly container?: string;
  /** Given to the command's standard input: the place for a password, which in arguments every process could read. */
  readonly stdin?: string;
}

export interface HttpTarget {
  readonly kind: 'pods' | 'services';
  readonly namespace: string;
  readonly name: string;
  /** Number of a Pod's port; number or name of a Service's. */
  readonly port: number | string;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. An unreachable target is a result as well: for a check it is a finding, not an accident. */
export type HttpAnswer =
  | {
      readonly reached: true;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly reached: false; readonly reason: string };
