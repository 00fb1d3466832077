import { type Rule, removal } from './rule.ts';

/**
 * Data not written for longer than its prefix may be kept. Of several rules that fit, the longest prefix wins, so that
 * `audit:` can be kept longer than everything else. Raw keys carry no time of writing: they are never past retention.
 */
export const retention: Rule = (entry, pass, context) => {
  if (pass !== 'keys' || entry.kind === 'raw' || entry.gone || entry.updatedAt === undefined) return undefined;
  let maxAgeSeconds: number | undefined;
  let longest = -1;
  for (const rule of context.retention) {
    if (rule.prefix.length <= longest || !entry.key.startsWith(rule.prefix)) continue;
    longest = rule.prefix.length;
    maxAgeSeconds = rule.maxAgeSeconds;
  }
  if (maxAgeSeconds === undefined || context.now - entry.updatedAt <= maxAgeSeconds * 1000) return undefined;
  // Already on its way out, by an earlier soft delete or by itself: a grace period that was given is kept.
  if (entry.expiresAt !== undefined && entry.expiresAt <= context.now + context.graceMs) return undefined;
  return { finding: 'retention', action: removal(entry, context) };
};
