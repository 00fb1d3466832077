import type { Cluster } from '../cluster/cluster-provider.ts';
import { findProvider } from '../cluster/select-provider.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { anyProvider, type ClusterOptions, clusterContext, providerOptions } from './cluster-context.ts';
import type { CliContext } from './context.ts';

/**
 * The running cluster that `journey up` brought the stack up on; `undefined` when none was named and there is
 * none, which leaves the user's own kubeconfig.
 *
 * @throws JourneyError `cluster-not-up` when one was named or made and does not run.
 */
export async function findCluster(
  context: CliContext,
  signal: AbortSignal,
  { provider: wanted, name }: Pick<ClusterOptions, 'provider' | 'name'>,
): Promise<Cluster | undefined> {
  const options = providerOptions(context, name === undefined ? {} : { name });
  const provider = await findProvider(wanted ?? 'auto', clusterContext(context, signal), options);
  const cluster = await provider?.find();
  if (cluster === undefined && (provider ?? name) !== undefined) {
    throw new JourneyError('cluster-not-up', { provider: provider?.name ?? anyProvider, name: name ?? 'journey' });
  }
  return cluster;
}
