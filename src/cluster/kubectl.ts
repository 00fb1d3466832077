import { JourneyError } from '../errors/journey-error.ts';
import type { ClusterContext, ClusterNode, KubectlCommand, ServiceAddress, ServicePort } from './cluster-provider.ts';
import { readNodes } from './nodes.ts';
import { type CommandResult, runCommand, tryCommand } from './run-command.ts';

/** kubectl bound to one cluster. */
export interface Kubectl {
  readonly command: KubectlCommand;
  run(args: readonly string[]): Promise<string>;
  try(args: readonly string[]): Promise<CommandResult>;
}

export function bindKubectl(command: KubectlCommand, { env, signal }: ClusterContext): Kubectl {
  const options = { env, signal, deadlineMs: 60_000 };
  return {
    command,
    run: (args) => runCommand(command.file, [...command.args, ...args], options),
    try: (args) => tryCommand(command.file, [...command.args, ...args], options),
  };
}

export async function listNodes(kubectl: Kubectl): Promise<ClusterNode[]> {
  return readNodes(await kubectl.run(['get', 'nodes', '--output', 'json']));
}

export async function isReachable(kubectl: Kubectl): Promise<boolean> {
  return (await kubectl.try(['get', '--raw', '/readyz', '--request-timeout=10s'])).exitCode === 0;
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
export function portForward({ file, args }: KubectlCommand, service: ServicePort, localPort = 18080): ServiceAddress {
  const target = `service/${service.service} ${localPort}:${service.port}`;
  const command = [file, ...args, '--namespace', service.namespace, 'port-forward', target].join(' ');
  return { url: `http://127.0.0.1:${localPort}`, command };
}
