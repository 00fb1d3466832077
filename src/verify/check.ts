import type { Text } from '../i18n/messages.ts';
import type { Canaries } from './canaries.ts';
import type { Category } from './categories.ts';
import type { ClusterAccess } from './cluster-access/cluster-access.ts';
import type { Outcome } from './outcome.ts';
import type { RequirementId } from './requirements.ts';
import type { Said } from './said.ts';
import type { Stack } from './stack.ts';

/** `RD05`: category and number. Never reused, also not after a check is retired. */
export type CheckId = `${Category}${number}`;

/** One acceptance check. Its run function only gathers facts; judging them is a pure function with tests of its own. */
export interface Check {
  readonly id: CheckId;
  /** What is true when it passes, as a sentence without a full stop. */
  readonly title: Text;
  /** How it is proved and why it matters, for `journey explain`. */
  readonly proves: Text;
  readonly covers: readonly RequirementId[];
  /** When it fails, the later checks of its category have nothing to say and are skipped. */
  readonly fatal?: true;
  /** What it does to the stack; runs only with `--disruptive`. Absent means harmless: reads and short-lived canaries. */
  readonly disruptive?: Text;
  /** Deadline of one look, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** Conditions of the cluster without which the question makes no sense; checked in order before `run`. */
  readonly needs?: readonly Precondition[];
  run(context: CheckContext): Promise<Outcome>;
}

/** @returns why the check cannot be asked here, or `undefined` when it can. */
export type Precondition = (context: CheckContext) => Promise<Said | undefined>;

export interface CheckContext {
  readonly cluster: ClusterAccess;
  readonly stack: Stack;
  /** Makes short-lived objects and takes them away again, whatever happens. */
  readonly canaries: Canaries;
  /** Ends when the check's deadline passes or the run is interrupted. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Identifies this run in names and labels: eight lower-case letters and digits. */
  readonly runId: string;
}

/** Time as an argument. `wait` rejects with the signal's reason when it aborts. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}
