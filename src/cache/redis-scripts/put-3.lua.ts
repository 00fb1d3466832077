import { foreignLua } from './foreign.lua.ts';
import { preconditionLua } from './precondition.lua.ts';

/**
 * Writes an entry, its expiry and its two index members, if the precondition holds for what is there now.
 * An expired entry is absent to TYPE, HGET and EXISTS, so `keep` keeps nothing of it and preconditions do not see it.
 *
 * KEYS[1] data · KEYS[2] index · KEYS[3] expiry index
 * ARGV[1] key · ARGV[2] value · ARGV[3] etag · ARGV[4] `keep`, `never` or ms to live · ARGV[5…] precondition
 * replies 0 (precondition failed), or 1 (created) or 2 (updated), updated, expires (ms since the epoch, -1 never)
 */
export const putScript = `${foreignLua}${preconditionLua}
local etag, wrong = read_etag(KEYS[1])
wrong = wrong or foreign(KEYS[2], 'zset') or foreign(KEYS[3], 'zset')
if wrong then return wrong end
if not read_precondition(5)(etag) then return {0} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expires = -1
if ARGV[4] == 'keep' then
  if etag then expires = redis.call('PEXPIRETIME', KEYS[1]) end
elseif ARGV[4] ~= 'never' then
  expires = now + tonumber(ARGV[4])
end

-- First the command that needs memory: a full server refuses it before anything has changed.
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'etag', ARGV[3], 'updated', string.format('%.0f', now))
redis.call('ZADD', KEYS[2], 0, ARGV[1])
if expires >= 0 then
  local at = string.format('%.0f', expires)
  redis.call('PEXPIREAT', KEYS[1], at)
  redis.call('ZADD', KEYS[3], at, ARGV[1])
else
  redis.call('PERSIST', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
end
return {etag and 2 or 1, now, expires}
`;
