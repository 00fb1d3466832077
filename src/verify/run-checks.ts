import { isJourneyError, reasonOf } from '../errors/journey-error.ts';
import type { Canaries, Leftover } from './canaries.ts';
import type { Category } from './categories.ts';
import type { Check, CheckContext, CheckId, Clock } from './check.ts';
import type { ClusterAccess } from './cluster-access/cluster-access.ts';
import { messages } from './messages.ts';
import { fail, type Outcome, skip, unjudged } from './outcome.ts';
import { said } from './said.ts';
import type { Stack } from './stack.ts';

export interface RunChecksOptions {
  /** In the order to run; see {@link selectChecks}. */
  readonly checks: readonly Check[];
  readonly cluster: ClusterAccess;
  readonly stack: Stack;
  readonly canaries: Canaries;
  readonly clock: Clock;
  readonly runId: string;
  /** How long failing checks are looked at again, counted from the start of the run, in milliseconds. */
  readonly waitMs: number;
  /** Aborting it (Ctrl-C) ends the run after taking back what the current check has made. */
  readonly signal: AbortSignal;
  readonly events?: Partial<RunEvents>;
}

export interface RunEvents {
  started(check: Check): void;
  /** Not passed yet, will be looked at again. */
  retrying(check: Check, outcome: Outcome): void;
  finished(result: CheckResult): void;
  leftBehind(leftover: Leftover): void;
}

export interface CheckResult {
  readonly check: Check;
  readonly outcome: Outcome;
  readonly durationMs: number;
  readonly attempts: number;
}

export interface Run {
  readonly results: readonly CheckResult[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly interrupted: boolean;
}

const defaultTimeoutMs = 30_000;
const retryEveryMs = 2_000;

/** Runs the checks one after the other; never rejects because of a check. */
export async function runChecks(options: RunChecksOptions): Promise<Run> {
  const { checks, canaries, clock, signal, events = {} } = options;
  const startedAt = clock.now();
  const results: CheckResult[] = [];
  const broken = new Map<Category, CheckId>();
  for (const check of checks) {
    if (signal.aborted) break;
    events.started?.(check);
    const category = categoryOf(check.id);
    const blocker = broken.get(category);
    const result =
      blocker === undefined
        ? await untilPassed(options, check, startedAt)
        : { check, outcome: skip(said(messages.becauseOf, { id: blocker })), durationMs: 0, attempts: 0 };
    for (const leftover of await canaries.takeBack()) events.leftBehind?.(leftover);
    if (result === undefined) break;
    if (check.fatal === true && result.outcome.status === 'fail') broken.set(category, check.id);
    results.push(result);
    events.finished?.(result);
  }
  return { results, startedAt, durationMs: clock.now() - startedAt, interrupted: signal.aborted };
}

export function categoryOf(id: CheckId): Category {
  return id.slice(0, 2) as Category;
}

/** Looks until the check passes or waiting is over. @returns `undefined` when interrupted. */
async function untilPassed(
  options: RunChecksOptions,
  check: Check,
  runStartedAt: number,
): Promise<CheckResult | undefined> {
  const { clock, signal, waitMs, canaries, events = {} } = options;
  const startedAt = clock.now();
  for (let attempts = 1; ; attempts++) {
    const outcome = await lookOnce(options, check);
    if (outcome === undefined) return undefined;
    const mayRetry = outcome.status === 'fail' && check.disruptive === undefined;
    if (!mayRetry || clock.now() + retryEveryMs > runStartedAt + waitMs) {
      return { check, outcome, durationMs: clock.now() - startedAt, attempts };
    }
    events.retrying?.(check, outcome);
    for (const leftover of await canaries.takeBack()) events.leftBehind?.(leftover);
    try {
      await clock.wait(retryEveryMs, signal);
    } catch {
      return undefined;
    }
  }
}

async function lookOnce(options: RunChecksOptions, check: Check): Promise<Outcome | undefined> {
  const { cluster, stack, canaries, clock, runId } = options;
  const timeoutMs = check.timeoutMs ?? defaultTimeoutMs;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout.signal]);
  const context: CheckContext = { cluster, stack, canaries, signal, clock, runId };
  try {
    // The abortion first: a signal that aborts while the check begins must not be missed.
    const aborted = abortion(signal);
    return await Promise.race([aborted, ask(check, context)]);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    if (timeout.signal.aborted) return timedOut(timeoutMs, stack);
    return notJudged(error);
  } finally {
    clearTimeout(timer);
    // Ends whatever the check may still be waiting for, and the listener of the race.
    timeout.abort();
  }
}

async function ask(check: Check, context: CheckContext): Promise<Outcome> {
  for (const precondition of check.needs ?? []) {
    const reason = await precondition(context);
    if (reason !== undefined) return skip(reason);
  }
  return check.run(context);
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function timedOut(timeoutMs: number, { namespace }: Stack): Outcome {
  return fail({
    expected: said(messages.timedOutExpected, { seconds: timeoutMs / 1_000 }),
    actual: said(messages.timedOutActual),
    why: said(messages.timedOutWhy),
    fix: said(messages.timedOutFix, { namespace }),
  });
}

/** Not knowing is neither green nor red. */
function notJudged(error: unknown): Outcome {
  if (isJourneyError(error)) {
    return unjudged({ text: { en: error.text('en').detail, zh: error.text('zh').detail }, params: {} });
  }
  return unjudged(said(messages.brokenCheck, { reason: reasonOf(error) }));
}
