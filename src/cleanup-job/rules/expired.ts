import type { Rule } from './rule.ts';

/**
 * Redis expires the key, but not the index entries that point to it; SQLite expires nothing. What is left of an
 * expired entry is removed: nothing that could still be read.
 */
export const expired: Rule = (entry, pass, { mode }) => {
  if (pass !== 'due' || !entry.due || !entry.gone) return undefined;
  return { finding: 'expiredIndexEntries', action: mode === 'report' ? undefined : { do: 'forget', entry } };
};
