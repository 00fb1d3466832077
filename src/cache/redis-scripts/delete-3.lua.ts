import { foreignLua } from './foreign.lua.ts';
import { preconditionLua } from './precondition.lua.ts';

/**
 * Removes an entry and its two index members, if the precondition holds for what is there now.
 *
 * KEYS[1] data · KEYS[2] index · KEYS[3] expiry index · ARGV[1] key · ARGV[2…] precondition
 * replies 0 (precondition failed), 1 (deleted) or 2 (there was none)
 */
export const deleteScript = `${foreignLua}${preconditionLua}
local etag, wrong = read_etag(KEYS[1])
wrong = wrong or foreign(KEYS[2], 'zset') or foreign(KEYS[3], 'zset')
if wrong then return wrong end
if not read_precondition(2)(etag) then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return etag and 1 or 2
`;
