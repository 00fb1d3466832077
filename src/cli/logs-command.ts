import type { Command } from 'commander';
import { providerNames } from '../cluster/cluster-provider.ts';
import { programNames } from '../supervisor/programs.ts';
import { clusterName } from './cluster-commands.ts';
import { clusterLogsMessages as c } from './cluster-logs/messages.ts';
import type { ClusterLogsOptions } from './commands/cluster-logs.ts';
import type { LogsOptions } from './commands/logs.ts';
import type { CliContext } from './context.ts';
import { messages as m } from './messages.ts';
import { optionValues } from './option-values.ts';

type AllOptions = LogsOptions & ClusterLogsOptions;

const list = (value: string) => value.split(',').filter((each) => each !== '');

/** Adds the options that turn `logs` to a cluster, and say what of it is wanted. */
export function withClusterChoice(command: Command, { language }: CliContext): Command {
  const values = optionValues(language);
  return command
    .option('--cluster', c.clusterOption[language])
    .option('--namespace <names>', c.namespaceOption[language], list)
    .option('-l, --selector <labels>', c.selectorOption[language])
    .option('-c, --container <names>', c.containerOption[language], list)
    .option('--node <names>', c.nodeOption[language], list)
    .option('--provider <provider>', m.providerOption[language], values.choice('--provider', providerNames))
    .option('--name <name>', m.clusterNameOption[language], clusterName(language))
    .option('--kubectl <program>', m.kubectlOption[language])
    .option('--kubeconfig <file>', m.kubeconfigOption[language])
    .option('--context <name>', m.contextOption[language]);
}

/** `journey logs`: of the cluster if anything says so, else of this machine. */
export async function runLogs(context: CliContext, command: Command, names: readonly string[]): Promise<number> {
  const options = command.opts<AllOptions>();
  if (meansCluster(options)) return (await import('./commands/cluster-logs.ts')).clusterLogs(context, names, options);
  const isProgram = optionValues(context.language).choice('program', programNames);
  try {
    for (const name of names) isProgram(name);
  } catch (error) {
    command.error(error instanceof Error ? error.message : String(error));
  }
  if (options.where === true && options.follow === true) command.error(c.whereNotFollowed[context.language]);
  if (options.json === true) command.error(c.jsonNeedsCluster[context.language]);
  return (await import('./commands/logs.ts')).logs(context, names, options);
}

/** `journey logs raw`: the same choice. */
export async function runRaw(context: CliContext, command: Command, place: string): Promise<number> {
  const options = command.opts<AllOptions & { readonly root?: string }>();
  if (meansCluster(options))
    return (await import('./commands/cluster-logs-raw.ts')).clusterLogsRaw(context, place, options);
  return (await import('./commands/logs-raw.ts')).logsRaw(context, place, options);
}

/** Whether the cluster's logs are meant, and not this machine's. */
function meansCluster(options: Partial<ClusterLogsOptions>): boolean {
  const { cluster, provider, name, context, namespace, selector, container, node, kubeconfig } = options;
  const named = [provider, name, context, namespace, selector, container, node, kubeconfig];
  return cluster === true || named.some((each) => each !== undefined);
}
