import type { Rule } from './rule.ts';

/**
 * Indexes and data that disagree: after a person's `DEL`, a restored backup, a program that wrote past the store.
 * An index entry without data is removed. Data without an index entry is *put back into the index*, never deleted:
 * it is live, only unlisted.
 */
export const orphans: Rule = (entry, pass, { mode }) => {
  if (entry.kind === 'raw') return undefined;
  const act = mode !== 'report';
  if (pass === 'index' && entry.gone && !entry.due) {
    return { finding: 'orphans', action: act ? { do: 'forget', entry } : undefined };
  }
  if (entry.gone) return undefined;
  const reindex = act ? ({ do: 'reindex', entry } as const) : undefined;
  if (pass === 'keys' && !entry.indexed && !entry.due) return { finding: 'unindexed', action: reindex };
  // A wrong expiry that looks due is the due pass's to find, any other the index pass's.
  const here = entry.due ? pass === 'due' : pass === 'index';
  return here && !entry.expiryIndexed ? { finding: 'wrongExpiry', action: reindex } : undefined;
};
