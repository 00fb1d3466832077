import type { KubectlCommand } from '../cluster/cluster-provider.ts';
import type { ClusterOptions } from './cluster-context.ts';
import type { CliContext } from './context.ts';
import { findCluster } from './find-cluster.ts';

export interface KubectlOfOptions extends Pick<ClusterOptions, 'provider' | 'name' | 'context'> {
  readonly kubectl?: string;
  readonly kubeconfig?: string;
}

/** kubectl for what was named; with nothing named, for the cluster that `up` made, else the user's current context. */
export async function kubectlOf(
  context: CliContext,
  options: KubectlOfOptions,
  signal: AbortSignal,
): Promise<KubectlCommand> {
  const { kubectl, kubeconfig, context: named } = options;
  const nothingNamed = (kubectl ?? kubeconfig ?? named) === undefined;
  if (nothingNamed) {
    const cluster = await findCluster(context, signal, options);
    if (cluster !== undefined) return cluster.kubectl;
  }
  const args = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(named === undefined ? [] : [`--context=${named}`]),
  ];
  return { file: kubectl ?? 'kubectl', args };
}
