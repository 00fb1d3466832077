import type { JobRun } from '../job/job-run.ts';
import type { StreamName } from '../logs/cri-lines.ts';
import type { WorkloadStatus } from '../workload/workload-events.ts';

/** What the command line may ask a running supervisor: one JSON line. */
export type ControlRequest =
  | { readonly op: 'status' }
  | { readonly op: 'cleanup'; readonly mode?: string }
  | { readonly op: 'logs'; readonly programs: readonly string[] };

/**
 * What it answers: one JSON line. For `logs` first `following`, when no line escapes any more, then one for every line
 * until the caller hangs up.
 */
export type ControlReply =
  | { readonly kind: 'status'; readonly status: StackStatus }
  | { readonly kind: 'cleanup'; readonly run: JobRun }
  | { readonly kind: 'following' }
  | ({ readonly kind: 'line' } & LogLine)
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly params: object };

export interface LogLine {
  readonly program: string;
  readonly stream: StreamName;
  /** When it was written: RFC 3339 with up to nanoseconds, UTC. */
  readonly time: string;
  readonly text: string;
}

export interface StackStatus {
  readonly version: string;
  readonly pid: number;
  readonly folder: string;
  readonly startedAt: number;
  /** As chosen at the start; `undefined` leaves it to the configuration. */
  readonly store: string | undefined;
  readonly programs: readonly WorkloadStatus[];
  readonly cleanup: {
    /** Next scheduled run, in milliseconds since the epoch. */
    readonly nextAt: number | undefined;
    readonly running: string | undefined;
    /** Newest first. */
    readonly runs: readonly JobRun[];
  };
}
