import type { ClusterContext } from '../cluster-provider.ts';
import type { Binaries } from './binaries.ts';
import type { ClusterLayout, Topology } from './cluster-plan.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ProcessTable } from './process-table.ts';
import type { Tools } from './tools.ts';

/** What the steps of making one cluster share. */
export interface LocalClusterContext {
  readonly context: ClusterContext;
  readonly tools: Tools;
  readonly state: ClusterState;
  readonly topology: Topology;
  readonly layout: ClusterLayout;
  /** Held by whoever changes the cluster; see cluster-lock.ts. */
  readonly lockFile: string;
  readonly binaries: Binaries;
  readonly processes: ProcessTable;
  /** Folder of the CNI plugins on this machine. */
  readonly cniBinaries: string;
  readonly mayLowerOomScore: boolean;
}
