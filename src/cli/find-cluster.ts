import type { Cluster, ProviderName } from '../cluster/cluster-provider.ts';
import { findProvider } from '../cluster/select-provider.ts';
import { JourneyError } from '../errors/journey-error.ts';
import { clusterContext, providerOptions } from './cluster-context.ts';
import type { CliContext } from './context.ts';

/**
 * The running cluster that `journey up` brought the stack up on; `undefined` when nobody named a provider and there is
 * none, which leaves the user's own kubeconfig.
 *
 * @throws JourneyError `cluster-not-up` when a provider was named and its cluster does not run.
 */
export async function findCluster(
  context: CliContext,
  signal: AbortSignal,
  wanted: ProviderName | undefined,
): Promise<Cluster | undefined> {
  const provider = await findProvider(wanted ?? 'auto', clusterContext(context, signal), providerOptions(context, {}));
  const cluster = await provider?.find();
  if (cluster === undefined && wanted !== undefined) throw new JourneyError('cluster-not-up', { provider: wanted });
  return cluster;
}
