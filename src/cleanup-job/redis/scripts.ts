import { redisScript } from '../../cache/redis-script.ts';

/**
 * The Lua the clean-up runs, each over a few hundred keys of one bucket, so that no script holds the server for more
 * than about a millisecond (OptimalBits/bull#2357: one script over everything, 18 hours at 100 %; felixmosh/bull-board#845:
 * ten minutes' outage) and all its keys share a Cluster slot.
 *
 * Scripts that read are declared `no-writes`: Redis itself refuses a write from them, so a report cannot change data.
 * Scripts that write are declared `allow-oom`: a server that is full must still be cleanable.
 */

/** Opaque version of an entry: when and what was written last. Another type under our name has none. */
const versionOf = `
local function version_of(key)
  local v = redis.pcall('HMGET', key, 'updated', 'etag')
  if v.err or not v[1] then return '', '' end
  return v[1], v[2] or ''
end`;

/**
 * KEYS: index, expiry index, data keys. ARGV: length of the data keys' prefix, now in ms, read all versions (1/0),
 * measure memory (1/0). Answers five items a data key: expiry in ms (-1 never, -2 gone), flags (1 indexed, 2 expiry
 * index right, 4 due), updated, etag, bytes.
 */
const inspectEntries = `#!lua flags=no-writes
${versionOf}
local skip, now = tonumber(ARGV[1]) + 1, tonumber(ARGV[2])
local members = {}
for i = 3, #KEYS do members[i - 2] = string.sub(KEYS[i], skip) end
local listed = redis.call('ZMSCORE', KEYS[1], unpack(members))
local scores = redis.call('ZMSCORE', KEYS[2], unpack(members))
local out, n = {}, 0
for i = 1, #members do
  local key = KEYS[i + 2]
  local at = redis.call('PEXPIRETIME', key)
  local score = scores[i] and tonumber(scores[i])
  local flags = listed[i] and 1 or 0
  if (at >= 0 and score == at) or (at < 0 and not score) then flags = flags + 2 end
  if score and score <= now then flags = flags + 4 end
  local updated, etag, bytes = '', '', 0
  if at ~= -2 then
    if ARGV[3] == '1' or at == -1 then updated, etag = version_of(key) end
    if ARGV[4] == '1' then bytes = redis.call('MEMORY', 'USAGE', key) or 0 end
  end
  out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5] = at, flags, updated, etag, bytes
  n = n + 5
end
return out`;

/** KEYS: raw keys. ARGV: measure memory (1/0). Answers expiry in ms (-1 never, -2 gone) and bytes for each. */
const inspectRaw = `#!lua flags=no-writes
local out = {}
for i, key in ipairs(KEYS) do
  out[2 * i - 1] = redis.call('PEXPIRETIME', key)
  out[2 * i] = ARGV[1] == '1' and redis.call('MEMORY', 'USAGE', key) or 0
end
return out`;

/**
 * KEYS: index, expiry index, data keys. ARGV: length of the data keys' prefix, then six items a data key: what to do
 * (F forget, R reindex, E expire, U unlink), expiry when seen, updated when seen, etag when seen, new expiry, measure
 * memory (1/0). Answers for each data key -1 when left alone, else the bytes freed if measured.
 *
 * First every key is checked, then all changes are made with as few commands as possible: a command called from Lua costs
 * about a microsecond, whatever it does.
 */
const applyEntries = `#!lua flags=allow-oom
${versionOf}
local skip = tonumber(ARGV[1]) + 1
local out, dead, unlisted, undated, listed, dated = {}, {}, {}, {}, {}, {}
local function append(list, a, b)
  list[#list + 1] = a
  if b then list[#list + 1] = b end
end
local function list(member, at)
  append(listed, 0, member)
  if at == -1 then append(undated, member) else append(dated, at, member) end
end
local function unlist(member)
  append(unlisted, member)
  append(undated, member)
end
for i = 3, #KEYS do
  local key, a = KEYS[i], 6 * (i - 3) + 2
  local what, member = ARGV[a], string.sub(key, skip)
  local at = redis.call('PEXPIRETIME', key)
  local result = -1
  if what == 'F' then
    if at == -2 then
      unlist(member)
      result = 0
    end
  elseif what == 'R' then
    if at ~= -2 then
      list(member, at)
      result = 0
    end
  elseif at == tonumber(ARGV[a + 1]) then
    local updated, etag = version_of(key)
    if updated == ARGV[a + 2] and etag == ARGV[a + 3] then
      result = 0
      if what == 'E' then
        redis.call('PEXPIREAT', key, ARGV[a + 4])
        list(member, ARGV[a + 4])
      else
        if ARGV[a + 5] == '1' then result = redis.call('MEMORY', 'USAGE', key) or 0 end
        append(dead, key)
        unlist(member)
      end
    end
  end
  out[i - 2] = result
end
if dead[1] then redis.call('UNLINK', unpack(dead)) end
if unlisted[1] then redis.call('ZREM', KEYS[1], unpack(unlisted)) end
if undated[1] then redis.call('ZREM', KEYS[2], unpack(undated)) end
if listed[1] then redis.call('ZADD', KEYS[1], unpack(listed)) end
if dated[1] then redis.call('ZADD', KEYS[2], unpack(dated)) end
return out`;

/**
 * KEYS: raw keys. ARGV: three items a key: E or U; new expiry or, for U, the idle time in seconds it must have reached;
 * measure memory (1/0). Only keys that still have no expiry are touched. Many programs write SET and EXPIRE as two
 * commands: the idle time keeps a key alive whose EXPIRE is still on its way. Under an LFU policy Redis does not know it:
 * then nothing is deleted. Answers -1 changed, -2 in use, else the bytes freed if measured.
 */
const applyRaw = `#!lua flags=allow-oom
local out, dead = {}, {}
for i, key in ipairs(KEYS) do
  local what, limit = ARGV[3 * i - 2], ARGV[3 * i - 1]
  local result = -1
  if redis.call('PEXPIRETIME', key) == -1 then
    if what == 'E' then
      redis.call('PEXPIREAT', key, limit)
      result = 0
    else
      local wanted = tonumber(limit)
      local idle = wanted == 0 and 0 or redis.pcall('OBJECT', 'IDLETIME', key)
      if type(idle) == 'number' and idle >= wanted then
        result = ARGV[3 * i] == '1' and redis.call('MEMORY', 'USAGE', key) or 0
        dead[#dead + 1] = key
      else
        result = -2
      end
    end
  end
  out[i] = result
end
if dead[1] then redis.call('UNLINK', unpack(dead)) end
return out`;

/** KEYS: lock. ARGV: value, TTL in ms. Answers nothing when taken, else the holder's value and what is left in ms. */
const takeLock = `#!lua flags=allow-oom
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return { redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) }`;

/** KEYS: lock. ARGV: value, TTL in ms. */
const renewLock = `#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** KEYS: lock. ARGV: value. */
const releaseLock = `#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** KEYS: checkpoint. ARGV: text, TTL in ms. A script only for `allow-oom`. */
const saveCheckpoint = `#!lua flags=allow-oom
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`;

export const cleanupScripts = {
  inspectEntries: redisScript(inspectEntries, { writes: false }),
  inspectRaw: redisScript(inspectRaw, { writes: false }),
  applyEntries: redisScript(applyEntries, { writes: true }),
  applyRaw: redisScript(applyRaw, { writes: true }),
  takeLock: redisScript(takeLock, { writes: true }),
  renewLock: redisScript(renewLock, { writes: true }),
  releaseLock: redisScript(releaseLock, { writes: true }),
  saveCheckpoint: redisScript(saveCheckpoint, { writes: true }),
};
