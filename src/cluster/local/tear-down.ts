import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { JourneyError, reasonOf } from '../../errors/journey-error.ts';
import { removeCgroup } from './cgroups.ts';
import { type ClusterLayout, topologyOf } from './cluster-plan.ts';
import type { ClusterState } from './cluster-state.ts';
import { unmountBelow } from './mounts.ts';
import { removeNamespaceFolder, removeNetwork } from './network.ts';
import { killAll, type ProcessTable } from './process-table.ts';
import type { Tools } from './tools.ts';

export interface TearDownOptions {
  readonly state: ClusterState;
  readonly layout: ClusterLayout;
  readonly processes: ProcessTable;
  readonly tools: Tools;
  /** Whether the folder above the cluster's is of our making too, and goes when it is empty. */
  readonly ownParent: boolean;
}

/**
 * Removes one cluster: processes, network, cgroups, mounts, files, in that order, because each holds the next one
 * fast. Only what carries the cluster's marks or stands in its state is touched. Whatever happens half way, the state
 * file is the last to go, so that it can be run again.
 * @throws JourneyError `cluster-leftovers` naming what would not go.
 */
export async function tearDown({ state, layout, processes, tools, ownParent }: TearDownOptions): Promise<void> {
  const topology = topologyOf(state.data.plan);
  const cgroups = topology.nodes.map((node) => node.cgroup);
  await killAll(() => processes.all(cgroups));
  const alive = processes.all(cgroups);
  if (alive.length > 0) leftovers(alive.map((pid) => `pid ${pid}`));
  state.update({ processes: {} });

  await removeNetwork(state, tools);
  await removeNamespaceFolder(state, tools);
  const stuck: string[] = [];
  for (const cgroup of cgroups) if (!(await removeCgroup(cgroup))) stuck.push(`cgroup ${cgroup}`);
  if (stuck.length > 0) leftovers(stuck);

  await removeFiles(layout.folder, tools);
  if (ownParent) removeIfEmpty(dirname(layout.folder));
}

/** The nodes' mounts were theirs alone and are gone with them; should one be seen here, deleting must not follow it. */
async function removeFiles(folder: string, tools: Tools): Promise<void> {
  const left = await unmountBelow(folder, tools);
  if (left.length > 0) leftovers(left);
  try {
    for (const name of readdirSync(folder)) {
      if (name !== 'state.json') rmSync(`${folder}/${name}`, { recursive: true, force: true });
    }
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    leftovers([`${folder} (${reasonOf(error)})`]);
  }
}

function removeIfEmpty(folder: string): void {
  try {
    if (existsSync(folder)) rmdirSync(folder);
  } catch {
    // Other clusters live there.
  }
}

function leftovers(what: readonly string[]): never {
  throw new JourneyError('cluster-leftovers', { what: what.join(', ') });
}
