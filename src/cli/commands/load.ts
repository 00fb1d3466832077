import { randomBytes } from 'node:crypto';
import type { ProviderName } from '../../cluster/cluster-provider.ts';
import { say } from '../../i18n/messages.ts';
import { planLoad } from '../../load/load-plan.ts';
import { loadJson } from '../../load/output/json.ts';
import { loadTable } from '../../load/output/table.ts';
import { runLoad } from '../../load/run-load.ts';
import { apiServicePort } from '../../stack/stack-layout.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { findCluster } from '../find-cluster.ts';
import { interruptible } from '../interruptible.ts';
import { shortReason } from '../short-reason.ts';

export interface LoadOptions {
  readonly url?: string;
  readonly seconds?: number;
  readonly connections?: number;
  readonly keys?: number;
  readonly reads?: number;
  readonly bytes?: number;
  readonly rate?: number;
  readonly allowRemote?: boolean;
  readonly json?: boolean;
  readonly provider?: ProviderName;
  readonly name?: string;
}

/** `journey load`: measures the API for a bounded time. Exits with 1 when a request failed. */
export async function load(context: CliContext, options: LoadOptions): Promise<number> {
  const { stdout, stderr, language } = context;
  const { seconds, connections, keys, bytes: valueBytes, rate: ratePerSecond, allowRemote } = options;
  const readShare = options.reads === undefined ? undefined : options.reads / 100;
  const terminal = stderr.isTTY === true;
  return interruptible(context, exitCodes.interrupted, async (signal) => {
    const ours = options.url === undefined ? await clusterUrl(context, signal, options) : undefined;
    // A node's address is another machine's, but it is ours to load.
    const target = { url: options.url ?? ours, allowRemote: ours !== undefined || allowRemote === true };
    const plan = planLoad({ ...target, seconds, connections, keys, readShare, valueBytes, ratePerSecond });
    const result = await runLoad({
      plan,
      runId: randomBytes(4).toString('hex'),
      signal,
      random: Math.random,
      events: {
        progress: (share) => {
          if (terminal) stderr.write(`\r\u001b[K  ${Math.round(share * 100)} %`);
        },
      },
    });
    if (terminal) stderr.write('\r\u001b[K');
    stdout.write(options.json === true ? loadJson(result) : loadTable(result, language));
    if (result.interrupted) return exitCodes.interrupted;
    return result.errors.length > 0 ? exitCodes.failed : exitCodes.ok;
  });
}

/** The API on the cluster that `up` made, if it answers there without a command of the user's; else the plan's default. */
async function clusterUrl(context: CliContext, signal: AbortSignal, options: LoadOptions): Promise<string | undefined> {
  const cluster = await findCluster(context, signal, options).catch((error: unknown) => {
    if (signal.aborted || (options.provider ?? options.name) !== undefined) throw error;
    const { language, stderr } = context;
    stderr.write(`${say(language, m.loadsThisMachine, { reason: shortReason(error, language) })}\n`);
    return undefined;
  });
  const address = await cluster?.forward(apiServicePort).catch(() => undefined);
  return address?.command === undefined ? address?.url : undefined;
}
