import type { Cluster, ClusterStatus } from '../../cluster/cluster-provider.ts';
import { Kubectl } from '../../cluster/kubectl.ts';
import { findProvider } from '../../cluster/select-provider.ts';
import { say } from '../../i18n/messages.ts';
import { apiServicePort } from '../../stack/stack-layout.ts';
import { type StackStatus, stackStatus } from '../../stack/stack-status.ts';
import { type ClusterOptions, clusterContext, providerOptions } from '../cluster-context.ts';
import { clusterMessages as m } from '../cluster-messages.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { interruptible } from '../interruptible.ts';
import type { Painter } from '../paint.ts';
import { shortReason } from '../short-reason.ts';
import type { StatusView } from './status-view.ts';

/** The cluster that `journey up` made or used, and the stack on it; `undefined` when there is no such cluster. */
export async function clusterStatus(
  context: CliContext,
  options: ClusterOptions,
): Promise<StatusView | undefined | 'interrupted'> {
  return interruptible<StatusView | undefined | 'interrupted'>(context, 'interrupted', async (signal) => {
    const inner = clusterContext(context, signal);
    const provider = await findProvider(options.provider ?? 'auto', inner, providerOptions(context, options));
    const state = await provider?.status();
    if (provider === undefined || state === undefined || state.state === 'absent') return undefined;
    // Nothing is asked of one that has no nodes to show: kubectl would wait for its answer.
    const cluster = state.nodes.length === 0 ? undefined : await provider.find();
    const stack =
      cluster && (await stackStatus(new Kubectl({ command: cluster.kubectl, env: context.host.env, signal })));
    const url = cluster && stack && (await apiUrl(cluster));
    const done = state.state === 'running' && stack?.workloads.every((workload) => workload.done) === true;
    return {
      data: { cluster: state, ...(url === undefined ? {} : { url }), ...stack },
      screen: (paint) => screen({ state, stack, url }, context, paint),
      exitCode: done ? exitCodes.ok : stack === undefined ? exitCodes.cannotJudge : exitCodes.pending,
    };
  });
}

/** The line for a cluster, or a program that makes clusters, which fails when it is asked. */
export function clusterNotAsked(error: unknown, { language }: CliContext, folder: string): StatusView {
  const reason = shortReason(error, language);
  return {
    data: { problem: reason },
    screen: (paint) => [paint.mark('bad', say(language, m.notAsked, { reason, folder }))],
    exitCode: exitCodes.cannotJudge,
  };
}

/** Where the API answers; `undefined` while there is none. */
async function apiUrl(cluster: Cluster): Promise<string | undefined> {
  return cluster.forward(apiServicePort).then(
    ({ url, command }) => (command === undefined ? url : `${url} ← ${command}`),
    () => undefined,
  );
}

interface Seen {
  readonly state: ClusterStatus;
  readonly stack: StackStatus | undefined;
  readonly url: string | undefined;
}

function screen({ state, stack, url }: Seen, { language }: CliContext, paint: Painter): string[] {
  const { provider, name, nodes, faults } = state;
  if (state.state === 'stopped') return [paint.mark('bad', say(language, m.stopped, { provider, name }))];
  if (nodes.length === 0) {
    const parts = faults.join(', ') || 'nodes';
    return [paint.mark('bad', say(language, m.notWhole, { provider, name, parts }))];
  }
  const ready = nodes.filter((node) => node.ready).length;
  const row = (mark: string, facts: string) => `  ${mark} ${facts}`;
  const head = paint.bold(say(language, m.clusterHead, { provider, name, ready, count: nodes.length }));
  return [
    head,
    '',
    ...faults.map((part) => row(paint.mark('bad', say(language, m.fault, { part })), '')),
    ...(stack === undefined ? [row(paint.mark('warning', say(language, m.nothingThere, { name })), '')] : []),
    ...(url === undefined ? [] : [row(paint.mark('plain', 'API'.padEnd(16)), url)]),
    ...(stack?.workloads ?? []).flatMap(({ name: workload, kind, ready: up, wanted, done, reasons }) => [
      row(
        paint.mark(done ? 'good' : 'warning', workload.padEnd(16)),
        `${kind.padEnd(12)} ${say(language, m.workload, { ready: up, wanted })}`,
      ),
      ...reasons.map((reason) => `      ${reason}`),
    ]),
    ...(stack?.claims ?? []).map(({ name: claim, phase, size }) =>
      row(
        paint.mark(phase === 'Bound' ? 'good' : 'warning', claim.padEnd(16)),
        `${'Claim'.padEnd(12)} ${say(language, m.claim, { phase, size: size ?? '—' })}`,
      ),
    ),
    ...(stack?.jobs ?? []).map(({ name: job, schedule, suspended, lastSucceededAt }) => {
      const facts =
        lastSucceededAt === undefined
          ? say(language, m.jobNotYet, { schedule })
          : say(language, m.job, { schedule, time: lastSucceededAt });
      return row(
        paint.mark(suspended ? 'warning' : 'plain', job.padEnd(16)),
        `${'CronJob'.padEnd(12)} ${facts}${suspended ? ` · ${m.suspended[language]}` : ''}`,
      );
    }),
  ].map((line) => line.trimEnd());
}
