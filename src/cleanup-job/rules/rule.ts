import type { Action, EntryFacts, Pass } from '../cleanup-store.ts';

/** A kind of thing a rule finds; each is a counter of the summary. */
export type Finding = 'expiredIndexEntries' | 'orphans' | 'unindexed' | 'wrongExpiry' | 'noTtl' | 'retention';

export interface Decision {
  readonly finding: Finding;
  /** `undefined`: only counted. */
  readonly action: Action | undefined;
}

export interface RetentionRule {
  readonly prefix: string;
  readonly maxAgeSeconds: number;
}

/** What the rules go by, fixed for a run. */
export interface RuleContext {
  readonly mode: 'report' | 'expire' | 'unlink';
  /** The run's now by the store's clock, in milliseconds since the epoch. */
  readonly now: number;
  readonly graceMs: number;
  readonly minIdleMs: number;
  readonly cachePrefixes: readonly string[];
  readonly retention: readonly RetentionRule[];
}

/**
 * One rule of the clean-up: pure, asked about one entry at a time, answers with what it found or `undefined`. Each
 * finding belongs to one pass, so that a report counts it once even though the passes see the same entries.
 */
export type Rule = (entry: EntryFacts, pass: Pass, context: RuleContext) => Decision | undefined;

/** What to do with data that should not be there, by mode. */
export function removal(entry: EntryFacts, { mode, now, graceMs, minIdleMs }: RuleContext): Action | undefined {
  switch (mode) {
    case 'report':
      return undefined;
    case 'expire':
      return { do: 'expire', entry, expiresAt: now + graceMs };
    case 'unlink':
      return { do: 'unlink', entry, minIdleMs };
  }
}
