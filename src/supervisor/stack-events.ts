import type { JobRun } from './job/job-run.ts';
import type { ProgramName } from './programs.ts';
import type { WorkloadEvent } from './workload/workload-events.ts';

/** What a user is told while the stack runs. */
export type StackEvent =
  | { readonly kind: 'leftovers'; readonly pids: readonly number[] }
  | { readonly kind: 'program'; readonly program: ProgramName; readonly event: WorkloadEvent }
  | { readonly kind: 'job'; readonly run: JobRun }
  | { readonly kind: 'stopping'; readonly program: ProgramName }
  | { readonly kind: 'trouble'; readonly reason: string };
