import { foreignLua } from './foreign.lua.ts';

/**
 * Walks part of one bucket's index in key order and gives what a listing shows of the entries that still exist.
 * Members whose entry has expired cost steps but fill no place; at ARGV[5] steps the script stops, so that no page
 * holds the server up, and says where to go on.
 *
 * KEYS[1] index · ARGV[1] what data keys begin with (same slot) · ARGV[2] lower bound · ARGV[3] upper bound (ZRANGEBYLEX)
 * ARGV[4] entries wanted · ARGV[5] most steps
 * replies the last member looked at (empty: the range is exhausted), then per entry: key, bytes, etag, updated, expires
 */
export const listScript = `${foreignLua}
local wrong = foreign(KEYS[1], 'zset')
if wrong then return wrong end
local low, wanted, steps = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local reply = {''}
while wanted > 0 and steps > 0 do
  local asked = math.min(wanted, steps)
  local members = redis.call('ZRANGEBYLEX', KEYS[1], low, ARGV[3], 'LIMIT', 0, asked)
  for _, member in ipairs(members) do
    local data = ARGV[1] .. member
    if redis.call('TYPE', data).ok == 'hash' then
      local entry = redis.call('HMGET', data, 'etag', 'updated')
      if entry[1] and entry[2] then
        wanted = wanted - 1
        reply[#reply + 1] = member
        reply[#reply + 1] = redis.call('HSTRLEN', data, 'value')
        reply[#reply + 1] = entry[1]
        reply[#reply + 1] = entry[2]
        reply[#reply + 1] = redis.call('PEXPIRETIME', data)
      end
    end
  end
  if #members < asked then return reply end
  low = '(' .. members[#members]
  steps = steps - #members
end
reply[1] = string.sub(low, 2)
return reply
`;
