import { Kubectl } from '../../cluster/kubectl.ts';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { parsePlace } from '../../log-collector/explain/record-place.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import { kubectlOf } from '../kubectl-of.ts';
import { type ClusterLogsOptions, connect, readers } from './cluster-logs.ts';

/**
 * `journey logs raw <place> --cluster`: asks the collectors for the very bytes; the one on whose node the file is has
 * them. `--node`, which `--where` shows too, spares the others the question.
 */
export async function clusterLogsRaw(context: CliContext, place: string, options: ClusterLogsOptions): Promise<number> {
  const unknown = new JourneyError('log-place-unknown', { place, folder: '/var/log/pods' });
  if (parsePlace(place) === undefined) throw unknown;
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const { env } = context.host;
    const kubectl = new Kubectl({ command: await kubectlOf(context, options, signal), env, signal });
    const nodes = options.node ?? (await readers(kubectl)).map(({ node }) => node);
    const answers = await Promise.allSettled(nodes.map((node) => ask(context, kubectl, node, place, signal)));
    const bytes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value ?? []) : []));
    const [found] = bytes;
    if (found !== undefined) {
      context.stdout.write(found);
      return exitCodes.ok;
    }
    const refused = answers.find((answer) => answer.status === 'rejected');
    signal.throwIfAborted();
    if (refused === undefined) throw unknown;
    throw new JourneyError('follow-refused', { reason: reasonOf(refused.reason) }, { cause: refused.reason });
  });
}

async function ask(
  context: CliContext,
  kubectl: Kubectl,
  node: string,
  place: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { url, close } = await connect(context, kubectl, node, signal);
  try {
    const late = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
    const answer = await fetch(`${url}/raw?place=${encodeURIComponent(place)}`, { signal: late });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${node}: ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  } finally {
    close();
  }
}
