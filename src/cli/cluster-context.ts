import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { ClusterContext, ProviderName } from '../cluster/cluster-provider.ts';
import type { ConsentQuestion } from '../cluster/existing.ts';
import { localCacheFolder } from '../cluster/local/local-provider.ts';
import type { ProviderOptions } from '../cluster/select-provider.ts';
import { say } from '../i18n/messages.ts';
import type { BuildContext } from '../stack/images/image-builder.ts';
import { clusterMessages as m } from './cluster-messages.ts';
import type { CliContext } from './context.ts';

/** Options that say which cluster is meant. */
export interface ClusterOptions {
  readonly provider?: ProviderName | 'auto';
  /** Of the cluster: kind's name, Minikube's profile. Default: JOURNEY_CLUSTER_NAME, else `journey`. */
  readonly name?: string;
  /** With `existing`: a context of the kubeconfig instead of the current one. */
  readonly context?: string;
  /** Answers the question whether an existing cluster may be used. */
  readonly yes?: boolean;
}

/** Shown where `auto` found nothing. */
export const anyProvider = 'minikube, kind, local';

/** What the cluster code takes from the process; progress goes to stderr. */
export function clusterContext({ host, machine, language, stderr }: CliContext, signal: AbortSignal): ClusterContext {
  const { home, userId, arch } = machine;
  const report = (line: string) => void stderr.write(`${line}\n`);
  return { language, env: host.env, home, userId, platform: host.platform, arch, report, signal };
}

export function buildContext(context: CliContext, signal: AbortSignal): BuildContext {
  const base = clusterContext(context, signal);
  const nodeBinary = join(context.root, 'node_modules/node/bin/node');
  return { ...base, cacheFolder: localCacheFolder(base.home), nodeBinary };
}

/** How an existing cluster is found, and who says that it may be used: `--yes`, or a person at a terminal. */
export function providerOptions(context: CliContext, { name, context: named, yes }: ClusterOptions): ProviderOptions {
  const { stdin, stderr, host, cwd } = context;
  const cluster = name ?? host.env['JOURNEY_CLUSTER_NAME'] ?? '';
  const clustersFolder = host.env['JOURNEY_CLUSTERS_DIR'] ?? '';
  const asking = stdin.isTTY === true && stderr.isTTY === true;
  const confirm =
    yes === true ? async () => true : asking ? (question: ConsentQuestion) => ask(question, context) : undefined;
  return {
    ...(cluster === '' ? {} : { kind: { name: cluster }, minikube: { profile: cluster } }),
    local: {
      ...(cluster === '' ? {} : { name: cluster }),
      ...(clustersFolder === '' ? {} : { clustersFolder: resolve(cwd, clustersFolder) }),
    },
    existing: {
      ...(named === undefined ? {} : { contextName: named }),
      ...(confirm === undefined ? {} : { confirm }),
    },
  };
}

async function ask(
  { context: name, server }: ConsentQuestion,
  { stdin, stderr, language }: CliContext,
): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await prompt.question(say(language, m.mayUse, { context: name, server }));
    return /^(y|yes|是)$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
