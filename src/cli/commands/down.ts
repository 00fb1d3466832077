import { Kubectl } from '../../cluster/kubectl.ts';
import { findProvider } from '../../cluster/select-provider.ts';
import { JourneyError } from '../../errors/journey-error.ts';
import { say } from '../../i18n/messages.ts';
import { takeDown } from '../../stack/take-down.ts';
import { anyProvider, type ClusterOptions, clusterContext, providerOptions } from '../cluster-context.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';

export interface DownOptions extends ClusterOptions {
  readonly keepCluster?: boolean;
}

/** `journey down`: removes a cluster that was made here, or the stack from one that was not. Nothing there is no failure. */
export async function down(context: CliContext, options: DownOptions): Promise<number> {
  const { language, stderr, host } = context;
  const { provider: wanted = 'auto', keepCluster = false } = options;
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const inner = clusterContext(context, signal);
    const provider = await findProvider(wanted, inner, providerOptions(context, options));
    if (provider === undefined) {
      stderr.write(`${say(language, m.noCluster, { provider: anyProvider })}\n`);
      return exitCodes.ok;
    }
    if (!keepCluster && (await provider.down())) return exitCodes.ok;
    // Somebody else's cluster, or one that is to stay.
    const cluster = await provider.find();
    if (cluster === undefined) {
      const { name, state } = await provider.status();
      // The stack on one that is stopped or broken is still there.
      if (state !== 'absent') throw new JourneyError('cluster-not-up', { provider: provider.name, name });
      stderr.write(`${say(language, m.noCluster, { provider: provider.name })}\n`);
    } else {
      const kubectl = new Kubectl({ command: cluster.kubectl, env: host.env, signal });
      await takeDown({ kubectl, language, report: inner.report });
    }
    return exitCodes.ok;
  });
}
