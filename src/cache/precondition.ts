import type { Precondition } from './cache.ts';

/**
 * RFC 9110 §13.2.2 against the entry that is there now. The Redis adapter has the same rule in Lua
 * (`redis-scripts/precondition.lua.ts`): the conformance suite holds the two together.
 *
 * @param etag the present entry's tag, `undefined` when there is none (or it has expired).
 */
export function holds(precondition: Precondition | undefined, etag: string | undefined): boolean {
  if (precondition === undefined) return true;
  const { ifMatch, ifNoneMatch } = precondition;
  if (ifMatch !== undefined && !names(ifMatch, etag)) return false;
  return ifNoneMatch === undefined || !names(ifNoneMatch, etag);
}

function names(tags: readonly string[] | '*', etag: string | undefined): boolean {
  if (etag === undefined) return false;
  return tags === '*' || tags.includes(etag);
}
