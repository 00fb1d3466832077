import type { Cluster } from '../cluster/cluster-provider.ts';
import { findProvider } from '../cluster/select-provider.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { anyProvider, type ClusterOptions, clusterContext, providerOptions } from './cluster-context.ts';
import type { CliContext } from './context.ts';

/**
 * The running cluster that `journey up` brought the stack up on; `undefined` when nobody named one and there is
 * none, which leaves the user's own kubeconfig.
 *
 * @throws JourneyError `cluster-not-up` when one was named and does not run.
 */
export async function findCluster(
  context: CliContext,
  signal: AbortSignal,
  { provider: wanted, name }: Pick<ClusterOptions, 'provider' | 'name'>,
): Promise<Cluster | undefined> {
  const options = providerOptions(context, name === undefined ? {} : { name });
  const provider = await findProvider(wanted ?? 'auto', clusterContext(context, signal), options);
  const cluster = await provider?.find();
  if (cluster === undefined && (wanted ?? name) !== undefined) {
    throw new JourneyError('cluster-not-up', { provider: wanted ?? anyProvider, name: name ?? 'journey' });
  }
  return cluster;
}
