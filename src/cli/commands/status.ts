import { JourneyError } from '../../errors/journey-error.ts';
import { anyProvider, type ClusterOptions } from '../cluster-context.ts';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type FolderOption, folderOption } from '../folder-option.ts';
import { painter } from '../paint.ts';
import { clusterNotAsked, clusterStatus } from './cluster-status.ts';
import { machineStatus } from './machine-status.ts';

export interface StatusOptions extends FolderOption, ClusterOptions {
  /** Only the cluster; an option that names one means the same. */
  readonly cluster?: boolean;
  readonly json?: boolean;
}

/**
 * `journey status`: one screen for what runs, on this machine, on a cluster, or on both. Exits with 3 when nothing
 * runs, 8 while something is not ready. `--dir` asks about this machine alone, `--cluster` about the cluster alone.
 * A cluster that is broken or half made is one line, and never stands in the way of this machine's stack.
 */
export async function status(context: CliContext, options: StatusOptions): Promise<number> {
  const { stdout, host } = context;
  const onlyCluster = options.cluster === true || (options.provider ?? options.context ?? options.name) !== undefined;
  const onlyMachine = !onlyCluster && options.dir !== undefined;
  const machine = onlyCluster ? undefined : await machineStatus(context, options);
  const cluster = onlyMachine
    ? undefined
    : await clusterStatus(context, options).catch((error: unknown) => {
        if (machine === undefined) throw error;
        return clusterNotAsked(error, context, folderOption(options, context).root);
      });
  if (cluster === 'interrupted') return exitCodes.interrupted;
  const views = [machine, cluster].filter((view) => view !== undefined);
  if (views.length === 0) {
    if (onlyCluster)
      throw new JourneyError('cluster-not-up', {
        provider: options.provider ?? anyProvider,
        name: options.name ?? 'journey',
      });
    throw new JourneyError('not-running', { folder: folderOption(options, context).root, option: '--dir' });
  }
  if (options.json === true) {
    const both = { machine: machine?.data, cluster: cluster?.data };
    stdout.write(`${JSON.stringify(views.length === 2 ? both : views[0]?.data, undefined, 2)}\n`);
  } else {
    const paint = painter(stdout, host.env);
    stdout.write(`${views.map((view) => view.screen(paint).join('\n')).join('\n\n')}\n`);
  }
  // Where one of them runs, there is something to judge.
  const judged = views.map((view) => view.exitCode).filter((code) => code !== exitCodes.cannotJudge);
  return judged.length === 0 ? exitCodes.cannotJudge : Math.max(...judged);
}
