import type { Run } from './run-checks.ts';

/** What `journey verify` exits with; 2 (usage) is the command line's own. */
export const exitCodes = { passed: 0, failed: 1, usage: 2, notJudged: 3, progressing: 8, interrupted: 130 } as const;

export interface ExitCodeOptions {
  /** Warnings count as failures. */
  readonly strict: boolean;
}

/**
 * Interrupted beats failed beats not judged beats progressing: the code names the worst that is known for sure.
 * A run in which nothing could be asked (all skipped) proves nothing and is not judged either.
 */
export function exitCodeOf({ results, interrupted }: Run, { strict }: ExitCodeOptions): number {
  if (interrupted) return exitCodes.interrupted;
  const outcomes = results.map((r) => r.outcome);
  const settled = outcomes.some((o) => o.status === 'fail' && o.progressing !== true);
  if (settled || (strict && outcomes.some((o) => o.status === 'warn'))) return exitCodes.failed;
  if (outcomes.some((o) => o.status === 'unjudged')) return exitCodes.notJudged;
  if (outcomes.some((o) => o.status === 'fail')) return exitCodes.progressing;
  if (!outcomes.some((o) => o.status === 'pass' || o.status === 'warn')) return exitCodes.notJudged;
  return exitCodes.passed;
}
