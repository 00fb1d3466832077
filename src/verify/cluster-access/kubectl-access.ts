import { StringDecoder } from 'node:string_decoder';
import { Kubectl, type KubectlInvocation } from '../../cluster/kubectl.ts';
import type { KubernetesObject } from '../../cluster/objects.ts';
import type { CommandResult } from '../../cluster/run-command.ts';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { apiPath, proxyPath, withQuery } from './api-path.ts';
import type {
  CallOptions,
  ClusterAccess,
  ClusterDescription,
  DeleteOptions,
  ExecOptions,
  HttpAnswer,
  HttpRequest,
  HttpTarget,
  Kind,
  ListOptions,
  LogOptions,
} from './cluster-access.ts';
import { type KubectlProxy, startKubectlProxy } from './kubectl-proxy.ts';

export interface OpenKubectlAccessOptions {
  readonly kubectl: KubectlInvocation;
  readonly tempFolder: string;
  readonly signal: AbortSignal;
}

/** What a call is about, to name the missing permission when it is refused. */
interface Subject {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The API server's own refusal (`kind: Status`), as opposed to an answer of the program behind it. */
interface ApiStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** {@link ClusterAccess} for a person's machine: everything goes through that person's kubectl. */
export class KubectlAccess implements ClusterAccess {
  readonly #kubectl: KubectlInvocation;
  readonly #proxy: KubectlProxy;

  private constructor(kubectl: KubectlInvocation, proxy: KubectlProxy) {
    this.#kubectl = kubectl;
    this.#proxy = proxy;
  }

  /** Starts the tunnel; end it with {@link close}. */
  static async open({ kubectl, tempFolder, signal }: OpenKubectlAccessOptions): Promise<KubectlAccess> {
    return new KubectlAccess(kubectl, await startKubectlProxy({ kubectl, tempFolder, signal }));
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }

  async describe(signal: AbortSignal): Promise<ClusterDescription> {
    const version = await this.#json<{ gitVersion: string }>(
      { method: 'GET', path: '/version' },
      { verb: 'get', resource: '/version', namespace: '' },
      signal,
    );
    const nodes = await this.list('nodes', '', { signal });
    const context = await this.#currentContext(signal);
    return { context, version: version.gitVersion, nodes: nodes.length };
  }

  async get<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    name: string,
    { signal }: CallOptions,
  ): Promise<T | undefined> {
    const subject = { verb: 'get', resource: kind, namespace };
    const answer = await this.#exchange({ method: 'GET', path: apiPath(kind, namespace, name) }, signal);
    if (answer.status === 404) return undefined;
    return this.#parse<T>(answer, subject);
  }

  async list<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    { signal, selector }: ListOptions,
  ): Promise<readonly T[]> {
    const path = withQuery(apiPath(kind, namespace), { labelSelector: selector });
    const subject = { verb: 'list', resource: kind, namespace };
    return (await this.#json<{ items: T[] }>({ method: 'GET', path }, subject, signal)).items;
  }

  create<T extends KubernetesObject>(
    kind: Kind,
    namespace: string,
    object: object,
    { signal }: CallOptions,
  ): Promise<T> {
    return this.#json<T>(
      { method: 'POST', path: apiPath(kind, namespace), headers: json, body: JSON.stringify(object) },
      { verb: 'create', resource: kind, namespace },
      signal,
    );
  }

  async patch(kind: Kind, namespace: string, name: string, patch: object, { signal }: CallOptions): Promise<void> {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const subject = { verb: 'patch', resource: kind, namespace };
    await this.#json(
      { method: 'PATCH', path: apiPath(kind, namespace, name), headers, body: JSON.stringify(patch) },
      subject,
      signal,
    );
  }

  async delete(
    kind: Kind,
    namespace: string,
    name: string,
    { signal, gracePeriodSeconds }: DeleteOptions,
  ): Promise<void> {
    const path = withQuery(apiPath(kind, namespace, name), { propagationPolicy: 'Background', gracePeriodSeconds });
    const answer = await this.#exchange({ method: 'DELETE', path }, signal);
    if (answer.status !== 404) this.#parse(answer, { verb: 'delete', resource: kind, namespace });
  }

  async evict(namespace: string, pod: string, { signal }: CallOptions): Promise<boolean> {
    const path = `${apiPath('pods', namespace, pod)}/eviction`;
    const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } });
    const answer = await this.#exchange({ method: 'POST', path, headers: json, body }, signal);
    // 429 is how the Eviction API says "a PodDisruptionBudget would be broken, try again".
    if (answer.status === 429) return false;
    if (answer.status !== 404) this.#parse(answer, { verb: 'create', resource: 'pods/eviction', namespace });
    return true;
  }

  async logs(namespace: string, pod: string, options: LogOptions): Promise<string> {
    const answer = await this.#exchange({ method: 'GET', path: logPath(namespace, pod, options) }, options.signal);
    if (answer.status !== 200) this.#refuse(answer, { verb: 'get', resource: 'pods/log', namespace });
    return answer.body;
  }

  async followLogs(
    namespace: string,
    pod: string,
    options: LogOptions & { onText(text: string): void },
  ): Promise<void> {
    const path = `${logPath(namespace, pod, options)}${logPath(namespace, pod, options).includes('?') ? '&' : '?'}follow=true`;
    const { statusCode, body } = await this.#proxy.pool.request({ method: 'GET', path, signal: options.signal });
    if (statusCode !== 200) {
      const answer = { status: statusCode, headers: {}, body: await body.text() };
      this.#refuse(answer, { verb: 'get', resource: 'pods/log', namespace });
    }
    // undici's body ignores setEncoding: a character in two chunks would come out as two broken ones.
    const decoder = new StringDecoder('utf8');
    for await (const chunk of body) options.onText(decoder.write(chunk as Buffer));
    options.onText(decoder.end());
  }

  async exec(namespace: string, pod: string, command: readonly string[], options: ExecOptions): Promise<CommandResult> {
    const { container, stdin, signal } = options;
    const args = [
      '--namespace',
      namespace,
      'exec',
      ...(stdin === undefined ? [] : ['--stdin']),
      pod,
      ...(container === undefined ? [] : ['--container', container]),
      '--',
      ...command,
    ];
    const result = await this.#run(args, signal, stdin);
    if (result.exitCode === 0 || /^command terminated with exit code \d+/m.test(result.stderr)) return result;
    const reason = result.stderr.trim().split('\n').at(-1) ?? '';
    if (/\(Forbidden\)/.test(reason)) {
      throw new JourneyError('cluster-forbidden', { verb: 'create', resource: 'pods/exec', namespace, reason });
    }
    throw new JourneyError('cluster-refused', { action: `exec in ${namespace}/${pod}`, reason });
  }

  async http(target: HttpTarget, request: HttpRequest, { signal }: CallOptions): Promise<HttpAnswer> {
    const { method = 'GET', path, headers = {}, body } = request;
    const answer = await this.#exchange(
      { method, path: proxyPath(target, path), headers, ...(body === undefined ? {} : { body }) },
      signal,
    );
    const refusal = apiStatus(answer);
    if (refusal === undefined) return { reached: true, ...answer };
    if (refusal.reason === 'Forbidden' || refusal.reason === 'Unauthorized') {
      const verb = method === 'GET' || method === 'HEAD' ? 'get' : method === 'DELETE' ? 'delete' : 'create';
      this.#refuse(answer, { verb, resource: `${target.kind}/proxy`, namespace: target.namespace });
    }
    return { reached: false, reason: refusal.message };
  }

  async #currentContext(signal: AbortSignal): Promise<string> {
    // `config current-context` would not heed `--context`; a minified view does.
    const args = ['config', 'view', '--minify', '--output', 'jsonpath={.current-context}'];
    const { stdout, exitCode } = await this.#run(args, signal);
    return exitCode === 0 && stdout !== '' ? stdout.trim() : 'in-cluster';
  }

  #run(args: readonly string[], signal: AbortSignal, input = ''): Promise<CommandResult> {
    return new Kubectl({ ...this.#kubectl, signal }).try(args, { input });
  }

  async #json<T>(exchange: Exchange, subject: Subject, signal: AbortSignal): Promise<T> {
    return this.#parse<T>(await this.#exchange(exchange, signal), subject);
  }

  #parse<T>(answer: RawAnswer, subject: Subject): T {
    if (answer.status < 200 || answer.status > 299) this.#refuse(answer, subject);
    return JSON.parse(answer.body) as T;
  }

  async #exchange({ method, path, headers = {}, body }: Exchange, signal: AbortSignal): Promise<RawAnswer> {
    try {
      const response = await this.#proxy.pool.request({
        method,
        path,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.statusCode,
        headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
        body: await response.body.text(),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw new JourneyError('cluster-unreachable', { reason: reasonOf(error) }, { cause: error });
    }
  }

  #refuse(answer: RawAnswer, { verb, resource, namespace }: Subject): never {
    const status = apiStatus(answer);
    if (status === undefined) {
      // kubectl proxy itself answers 500 or 502 with plain text while it cannot reach the API server. Without a kubeconfig it
      // asks localhost:8080, where our own API may be.
      const stranger = `what answers there is no Kubernetes API server (HTTP ${answer.status})`;
      const reason = answer.status >= 500 ? answer.body.trim().slice(0, 300) : stranger;
      throw new JourneyError('cluster-unreachable', { reason });
    }
    const reason = status.message;
    if (status.reason === 'Forbidden' && / cannot /.test(reason)) {
      throw new JourneyError('cluster-forbidden', { verb, resource, namespace, reason });
    }
    if (status.code === 401) throw new JourneyError('cluster-unreachable', { reason: `not logged in: ${reason}` });
    throw new JourneyError('cluster-refused', { action: `${verb} ${resource} in ${namespace}`, reason });
  }
}

const json = { 'content-type': 'application/json' };

function logPath(namespace: string, pod: string, { container, tailLines, sinceSeconds, previous }: LogOptions): string {
  const query = { container, tailLines, sinceSeconds, previous: previous === true ? 'true' : undefined };
  return withQuery(`${apiPath('pods', namespace, pod)}/log`, query);
}

function apiStatus({ status, headers, body }: RawAnswer): ApiStatus | undefined {
  if (status < 400 || !(headers['content-type'] ?? '').includes('application/json')) return undefined;
  try {
    const parsed = JSON.parse(body) as { kind?: string; reason?: string; message?: string };
    if (parsed.kind !== 'Status') return undefined;
    return { code: status, reason: parsed.reason ?? '', message: parsed.message ?? '' };
  } catch {
    return undefined;
  }
}
