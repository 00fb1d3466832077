import { arch, homedir, userInfo } from 'node:os';
import type { Cluster, ClusterContext, ClusterStatus, ProviderName } from '../../cluster/cluster-provider.ts';
import { selectProvider } from '../../cluster/select-provider.ts';
import { say } from '../../i18n/messages.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruption } from '../interruption.ts';
import { painter } from '../paint.ts';

export interface ClusterOptions {
  readonly provider?: ProviderName | 'auto';
  readonly name?: string;
  readonly nodes?: number;
  readonly apiPort?: number;
  readonly context?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `journey cluster up|down|status`. `status` exits with 3 when there is no cluster, 8 when not all of it is well. */
export async function cluster(
  context: CliContext,
  action: 'up' | 'down' | 'status',
  options: ClusterOptions,
): Promise<number> {
  const { signal, end } = interruption(context);
  try {
    const provider = await selectProvider(
      options.provider ?? 'auto',
      clusterContext(context, signal),
      providerOptions(options),
    );
    if (action === 'up') {
      const { nodes } = options;
      print(await provider.up(nodes === undefined ? {} : { nodes }), context, options);
      return exitCodes.ok;
    }
    if (action === 'down') {
      const removed = await provider.down();
      if (!removed) context.stderr.write(`${say(context.language, m.nothing, { provider: provider.name })}\n`);
      return exitCodes.ok;
    }
    const status = await provider.status();
    if (options.json === true) context.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
    else context.stdout.write(`${screen(status, context).join('\n')}\n`);
    if (status.state === 'absent' || status.state === 'stopped') return exitCodes.cannotJudge;
    return status.state === 'running' ? exitCodes.ok : exitCodes.pending;
  } catch (error) {
    // What is half made stays; the next `up` or `down` goes on from there.
    if (signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    end();
  }
}

function clusterContext({ host, language, stderr }: CliContext, signal: AbortSignal): ClusterContext {
  const { env, platform } = host;
  return {
    language,
    env,
    home: homedir(),
    userId: userId(),
    platform,
    arch: arch(),
    report: (line) => stderr.write(`${line}\n`),
    signal,
  };
}

function userId(): number | undefined {
  try {
    const { uid } = userInfo();
    // Windows has no user ids and says -1.
    return uid < 0 ? undefined : uid;
  } catch {
    // A container may run under an id that no user has.
    return undefined;
  }
}

function providerOptions({ name, apiPort, context, yes }: ClusterOptions) {
  const named = name === undefined ? {} : { name };
  return {
    existing: { ...(context === undefined ? {} : { contextName: context }), confirm: async () => yes === true },
    minikube: name === undefined ? {} : { profile: name },
    kind: named,
    local: { ...named, ...(apiPort === undefined ? {} : { apiPort }) },
  };
}

function print(cluster: Cluster, { stdout, stderr, language }: CliContext, { json }: ClusterOptions): void {
  const { provider, name, kubeconfig, context, kubectl } = cluster;
  if (json === true) {
    stdout.write(`${JSON.stringify({ provider, name, kubeconfig, context, kubectl }, undefined, 2)}\n`);
    return;
  }
  const command = [kubectl.file, ...kubectl.args, 'get', 'nodes'].join(' ');
  stderr.write(`${say(language, m.useIt, { command })}\n`);
}

function screen(status: ClusterStatus, { language, stdout, host }: CliContext): string[] {
  const paint = painter(stdout, host.env);
  const { provider, name, state, nodes, faults } = status;
  const tone = state === 'running' ? 'good' : state === 'degraded' ? 'bad' : 'plain';
  return [
    paint.mark(tone, paint.bold(`${provider} ${name}: ${m[state][language]}`)),
    ...nodes.map((node) => {
      const text = `${node.name.padEnd(24)} ${(node.ready ? m.ready : m.notReady)[language].padEnd(10)} ${node.version}`;
      return `  ${paint.mark(node.ready ? 'good' : 'bad', text)}`;
    }),
    ...faults.map((what) => `  ${paint.mark('bad', say(language, m.fault, { what }))}`),
  ];
}
