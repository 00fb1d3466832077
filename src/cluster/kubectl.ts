import { JourneyError } from '../errors/journey-error.ts';
import type { ClusterNode, Environment, KubectlCommand, ServiceAddress, ServicePort } from './cluster-provider.ts';
import { readNodes } from './nodes.ts';
import { type CommandResult, runCommand, tryCommand } from './run-command.ts';

/** How kubectl is called. */
export interface KubectlInvocation {
  /** The program and, in its arguments, whose cluster it talks to. */
  readonly command: KubectlCommand;
  readonly env: Environment;
}

export interface KubectlOptions extends KubectlInvocation {
  readonly signal: AbortSignal;
}

export interface KubectlCall {
  /** Given to kubectl's standard input. */
  readonly input?: string;
  /** Default 60 s. */
  readonly deadlineMs?: number;
}

/**
 * kubectl of one cluster.
 *
 * The program rather than @kubernetes/client-node: `apply`, kustomize and its conflict rules exist only in kubectl, a
 * learner can repeat by hand what we ran, and the client library brings generated models of every API for the five
 * requests we would use it for.
 */
export class Kubectl {
  readonly #options: KubectlOptions;

  constructor(options: KubectlOptions) {
    this.#options = options;
  }

  get command(): KubectlCommand {
    return this.#options.command;
  }

  /** @returns what it printed. @throws JourneyError `command-failed`, `command-timeout`, `command-missing`. */
  run(args: readonly string[], call: KubectlCall = {}): Promise<string> {
    return runCommand(this.command.file, this.#all(args), this.#call(call));
  }

  /** A failure is an answer. @throws JourneyError `command-timeout`, `command-missing`. */
  try(args: readonly string[], call: KubectlCall = {}): Promise<CommandResult> {
    return tryCommand(this.command.file, this.#all(args), this.#call(call));
  }

  /** Asks for JSON; with `--ignore-not-found` nothing found is `undefined`. @throws JourneyError as {@link run}. */
  async json<T>(args: readonly string[], call: KubectlCall = {}): Promise<T | undefined> {
    const text = await this.run([...args, '--output', 'json'], call);
    return text.trim() === '' ? undefined : (JSON.parse(text) as T);
  }

  #all(args: readonly string[]): string[] {
    return [...this.command.args, ...args];
  }

  #call({ input, deadlineMs = 60_000 }: KubectlCall) {
    const { env, signal } = this.#options;
    return { env, signal, deadlineMs, ...(input === undefined ? {} : { input }) };
  }
}

export async function listNodes(kubectl: Kubectl): Promise<ClusterNode[]> {
  return readNodes(await kubectl.run(['get', 'nodes', '--output', 'json']));
}

/** The question any API server answers. `/readyz` is not: while etcd is slow it says no, and the cluster is there. */
export const anyAnswer = ['get', '--raw', '/version', '--request-timeout=30s'];

export async function isReachable(kubectl: Kubectl): Promise<boolean> {
  return (await kubectl.try(anyAnswer)).exitCode === 0;
}

/** The port a NodePort Service has on every node. @throws JourneyError `cluster-option-invalid` when it has none. */
export async function nodePortOf(kubectl: Kubectl, { namespace, service, port }: ServicePort): Promise<number> {
  const json = await kubectl.run(['--namespace', namespace, 'get', 'service', service, '--output', 'json']);
  const { spec } = JSON.parse(json) as {
    readonly spec: { readonly ports: readonly { readonly port: number; readonly nodePort?: number }[] };
  };
  const nodePort = spec.ports.find((each) => each.port === port)?.nodePort;
  if (nodePort !== undefined) return nodePort;
  throw new JourneyError('cluster-option-invalid', {
    option: 'service',
    value: `${namespace}/${service}:${port}`,
    expected: `a NodePort; ports: ${spec.ports.map((each) => each.port).join(', ')}`,
  });
}

/** By way of a node's own address, which on Linux this machine reaches (bridge network or virtual machine). */
export async function nodeUrl(kubectl: Kubectl, service: ServicePort): Promise<ServiceAddress> {
  const nodePort = await nodePortOf(kubectl, service);
  const path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const address = await kubectl.run(['get', 'nodes', '--output', `jsonpath=${path}`]);
  return { url: `http://${address.trim()}:${nodePort}` };
}

/** Where nodes cannot be reached: a command the user keeps running. */
export function portForwardAddress(
  { file, args }: KubectlCommand,
  service: ServicePort,
  localPort = 18080,
): ServiceAddress {
  const target = `service/${service.service} ${localPort}:${service.port}`;
  const command = [file, ...args, '--namespace', service.namespace, 'port-forward', target].join(' ');
  return { url: `http://127.0.0.1:${localPort}`, command };
}
