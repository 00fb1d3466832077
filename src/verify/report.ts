import type { Language } from '../i18n/language.ts';
import type { Check } from './check.ts';
import type { ClusterDescription } from './cluster-access/cluster-access.ts';
import type { Status } from './outcome.ts';
import type { CheckResult, Run } from './run-checks.ts';
import type { Stack } from './stack.ts';

/** A finished run with all that an output format may want to say about it. */
export interface Report {
  readonly run: Run;
  readonly cluster: ClusterDescription;
  readonly stack: Stack;
  readonly journeyVersion: string;
  readonly language: Language;
  readonly exitCode: number;
  /** Not run because they disturb the stack. */
  readonly leftOut: readonly Check[];
}

/** How many results have each status; every status is present. */
export function countByStatus(results: readonly CheckResult[]): Readonly<Record<Status, number>> {
  const counts = { pass: 0, fail: 0, warn: 0, skip: 0, unjudged: 0 };
  for (const { outcome } of results) counts[outcome.status]++;
  return counts;
}
