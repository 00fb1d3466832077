import { type Rule, removal } from './rule.ts';

/**
 * A cache key without a TTL stays for ever: the usual leak (rhubarbgroup/redis-cache#480, Retrospring/retrospring#1596:
 * a plain SET drops the TTL; arqo123/speedgoose#168: 0.13 % of the keys held 84 % of the memory). Prefixes are literal.
 */
export const noTtl: Rule = (entry, pass, context) => {
  if (pass !== 'keys' || entry.gone || entry.expiresAt !== undefined) return undefined;
  if (!context.cachePrefixes.some((prefix) => entry.key.startsWith(prefix))) return undefined;
  return { finding: 'noTtl', action: removal(entry, context) };
};
