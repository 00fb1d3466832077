/**
 * Lua shared by the scripts that change an entry; the counterpart of `precondition.ts`.
 *
 * `read_precondition(at)` reads two tag sets from ARGV, beginning at index `at`: each is `-` for absent, `*`, or a count
 * followed by that many tags. It gives a function that says whether the precondition holds for the present tag
 * (`false` when there is no entry).
 */
export const preconditionLua = `
local function read_tags(at)
  local head = ARGV[at]
  if head == '-' or head == '*' then return head, at + 1 end
  local tags = {}
  for i = 1, tonumber(head) do tags[ARGV[at + i]] = true end
  return tags, at + tonumber(head) + 1
end

local function names(tags, etag)
  if not etag then return false end
  return tags == '*' or tags[etag] == true
end

local function read_precondition(at)
  local if_match, next_at = read_tags(at)
  local if_none_match = read_tags(next_at)
  return function(etag)
    if if_match ~= '-' and not names(if_match, etag) then return false end
    return if_none_match == '-' or not names(if_none_match, etag)
  end
end
`;
