import { foreignLua } from './foreign.lua.ts';

/**
 * Reads an entry and its remaining life at one moment.
 *
 * KEYS[1] data · no ARGV · replies nil, or value, etag, updated, expires (ms since the epoch, -1 never), ms left (-1 never)
 */
export const getScript = `${foreignLua}
local etag, wrong = read_etag(KEYS[1])
if wrong then return wrong end
if not etag then return false end
local entry = redis.call('HMGET', KEYS[1], 'value', 'etag', 'updated')
return {entry[1], entry[2], entry[3], redis.call('PEXPIRETIME', KEYS[1]), redis.call('PTTL', KEYS[1])}
`;
