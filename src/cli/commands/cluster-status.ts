import type { ClusterStatus } from '../../cluster/cluster-provider.ts';
import { selectProvider } from '../../cluster/select-provider.ts';
import { say } from '../../i18n/messages.ts';
import { Kubectl } from '../../stack/kubectl.ts';
import { type StackStatus, stackStatus } from '../../stack/stack-status.ts';
import { type ClusterOptions, clusterContext, providerOptions } from '../cluster-context.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruption } from '../interruption.ts';
import { type Painter, painter } from '../paint.ts';

export interface ClusterStatusOptions extends ClusterOptions {
  readonly json?: boolean;
}

/** `journey status --cluster`: one screen. Exits with 3 when no stack is there, 8 while something is not ready. */
export async function clusterStatus(context: CliContext, options: ClusterStatusOptions): Promise<number> {
  const { language, stdout, stderr, host } = context;
  const { signal, end } = interruption(context);
  try {
    const inner = clusterContext(context, signal);
    const provider = await selectProvider(options.provider ?? 'auto', inner, providerOptions(context, options));
    const cluster = await provider.find();
    if (cluster === undefined) {
      stderr.write(`${say(language, m.noCluster, { provider: provider.name })}\n`);
      return exitCodes.cannotJudge;
    }
    const state = await provider.status();
    const stack = await stackStatus(new Kubectl({ command: cluster.kubectl, env: host.env, signal }));
    if (stack === undefined) {
      stderr.write(`${say(language, m.nothingThere, { name: cluster.name })}\n`);
      return exitCodes.cannotJudge;
    }
    if (options.json === true) stdout.write(`${JSON.stringify({ cluster: state, ...stack }, undefined, 2)}\n`);
    else stdout.write(`${screen(state, stack, context, painter(stdout, host.env)).join('\n')}\n`);
    return stack.workloads.every(({ done }) => done) ? exitCodes.ok : exitCodes.pending;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    end();
  }
}

function screen(cluster: ClusterStatus, stack: StackStatus, { language }: CliContext, paint: Painter): string[] {
  const { provider, name, nodes } = cluster;
  const ready = nodes.filter((node) => node.ready).length;
  const row = (mark: string, facts: string) => `  ${mark} ${facts}`;
  return [
    paint.bold(say(language, m.clusterHead, { provider, name, ready, count: nodes.length })),
    '',
    ...stack.workloads.flatMap(({ name: workload, kind, ready: up, wanted, done, reasons }) => [
      row(
        paint.mark(done ? 'good' : 'warning', workload.padEnd(16)),
        `${kind.padEnd(12)} ${say(language, m.workload, { ready: up, wanted })}`,
      ),
      ...reasons.map((reason) => `      ${reason}`),
    ]),
    ...stack.claims.map(({ name: claim, phase, size }) =>
      row(
        paint.mark(phase === 'Bound' ? 'good' : 'warning', claim.padEnd(16)),
        `${'Claim'.padEnd(12)} ${say(language, m.claim, { phase, size: size ?? '—' })}`,
      ),
    ),
    ...stack.jobs.map(({ name: job, schedule, suspended, lastSucceededAt }) => {
      const facts = say(language, m.job, { schedule, time: lastSucceededAt ?? m.never[language] });
      return row(
        paint.mark(suspended ? 'warning' : 'plain', job.padEnd(16)),
        `${'CronJob'.padEnd(12)} ${facts}${suspended ? ` · ${m.suspended[language]}` : ''}`,
      );
    }),
  ];
}
