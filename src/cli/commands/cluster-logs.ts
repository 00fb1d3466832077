import { Kubectl } from '../../cluster/kubectl.ts';
import { portForward } from '../../cluster/port-forward.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import { stackNames } from '../../stack/stack-layout.ts';
import { anyProvider } from '../cluster-context.ts';
import { type CollectorPod, collectorPods } from '../cluster-logs/collector-pods.ts';
import { followCluster } from '../cluster-logs/follow-cluster.ts';
import type { NodeConnection } from '../cluster-logs/follow-node.ts';
import { clusterLogsMessages as m } from '../cluster-logs/messages.ts';
import { FollowRefused } from '../cluster-logs/open-follow.ts';
import { recordPrinter } from '../cluster-logs/record-printer.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { type KubectlOfOptions, kubectlOf } from '../kubectl-of.ts';

export interface ClusterLogsOptions extends KubectlOfOptions {
  /** An option that names a cluster, or chooses among Pods, means the same. */
  readonly cluster?: boolean;
  readonly namespace?: readonly string[];
  readonly selector?: string;
  readonly container?: readonly string[];
  readonly node?: readonly string[];
  readonly follow?: boolean;
  readonly lines: number;
  readonly where?: boolean;
  readonly json?: boolean;
}

/**
 * `journey logs --cluster`: the lines of all nodes as one stream, read from the nodes' own files through the collectors,
 * not from `kubectl logs`, which stops at a rotation and knows nothing of a Pod that is gone.
 */
export async function clusterLogs(
  context: CliContext,
  pods: readonly string[],
  options: ClusterLogsOptions,
): Promise<number> {
  const { language, stderr, stdout, host } = context;
  const tell = (line: string) => void stderr.write(`${line}\n`);
  // A reader that has gone (`| head`) is the end, not a fault.
  const gone = new AbortController();
  stdout.once('error', () => gone.abort());
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const kubectl = new Kubectl({ command: await kubectlOf(context, options, signal), env: host.env, signal });
    const ending = AbortSignal.any([signal, gone.signal]);
    const unreached = await followCluster({
      request: {
        namespaces: options.namespace ?? [],
        pods,
        containers: options.container ?? [],
        labels: options.selector ?? '',
        lines: options.lines,
        follow: options.follow === true,
        from: undefined,
      },
      nodes: async () => {
        const found = (await readers(kubectl)).map(({ node }) => node);
        return found.filter((node) => options.node === undefined || options.node.includes(node));
      },
      connect: (node, inner) => connect(context, kubectl, node, inner),
      print: recordPrinter(stdout, options.json === true ? 'json' : options.where === true ? 'where' : 'plain'),
      said: {
        lost: (node, { key, reason, bytes }) =>
          tell(say(language, bytes === 0 ? m.maybeLost : m.lost, { node, key, reason, bytes })),
        away: (node, reason) => tell(say(language, m.away, { node, reason: firstLine(reason) })),
        back: (node, awayMs) => tell(say(language, m.back, { node, seconds: (awayMs / 1_000).toFixed(1) })),
        joined: (node) => tell(say(language, m.joined, { node })),
      },
      signal: ending,
      now: () => Number(host.monotonicNs() / 1_000_000n),
    });
    if (signal.aborted) return exitCodes.interrupted;
    if (gone.signal.aborted) return exitCodes.ok;
    for (const node of unreached) tell(say(language, m.unreached, { node }));
    return unreached.length === 0 ? exitCodes.ok : exitCodes.failed;
  }).catch((error: unknown) => {
    throw error instanceof FollowRefused ? new JourneyError('follow-refused', { reason: error.message }) : error;
  });
}

/** Collectors that let people read along. @throws JourneyError `cluster-not-up`, `follow-refused` when there are none. */
export async function readers(kubectl: Kubectl): Promise<readonly (CollectorPod & { readonly port: number })[]> {
  const all = await collectorPods(kubectl);
  if (all.length === 0) throw new JourneyError('cluster-not-up', { provider: anyProvider, name: 'journey' });
  const open = all.flatMap((each) => (each.port === undefined ? [] : [{ ...each, port: each.port }]));
  if (open.length === 0)
    throw new JourneyError('follow-refused', { reason: 'follow.port is 0 in log-collector-config' });
  return open;
}

export async function connect(
  { host }: Pick<CliContext, 'host'>,
  kubectl: Kubectl,
  node: string,
  signal: AbortSignal,
): Promise<NodeConnection> {
  const found = (await readers(kubectl)).filter((each) => each.node === node);
  const one = found.find(({ ready }) => ready);
  if (one === undefined) throw new Error(found.length === 0 ? 'no collector there' : 'the collector is not ready');
  const { command } = kubectl;
  const { pod, port } = one;
  return portForward({ command, env: host.env, namespace: stackNames.nodeNamespace, pod, port, signal });
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? text;
}
