/**
 * Lua shared by all scripts: a key of ours that holds something else is reported, never overwritten. Types are looked at
 * before anything is changed, because a script that fails half way is not rolled back.
 */
export const foreignLua = `
local function foreign(key, want)
  local found = redis.call('TYPE', key).ok
  if found == 'none' or found == want then return nil end
  return redis.error_reply('FOREIGN it is a ' .. found .. ', not a ' .. want .. ': ' .. key)
end

-- The tag of the entry under a data key, or false; then an error reply if the hash there is not an entry.
local function read_etag(key)
  local wrong = foreign(key, 'hash')
  if wrong then return false, wrong end
  local etag = redis.call('HGET', key, 'etag')
  if not etag and redis.call('EXISTS', key) == 1 then
    return false, redis.error_reply('FOREIGN it is a hash without the field etag: ' .. key)
  end
  return etag
end
`;
