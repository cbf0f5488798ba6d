/**
 * Lua, run by the cache in one step: stores KEYS[1] unless a newer entry is there.
 *
 * DEL and SET alone leave a race: a server reads a row from a replica that lags, the row is changed and the cache told,
 * and then the server stores what it had read. What does not have the form of an entry (entry.ts) of this code counts
 * as nothing. The lifetime is set in the same step: no entry stays for ever, and none is evicted for lack of a TTL.
 *
 * ARGV: code, version, entry, lifetime in ms. Returns 1 if stored, 0 if a newer one was there.
 */
export const STORE_UNLESS_OLDER = `
local old = redis.pcall('GET', KEYS[1])
if type(old) == 'string' then
  local code, version, what = string.match(old, '^(%S+) (%d+) (.+)$')
  if code == ARGV[1] and #version <= 15 and tonumber(version) > tonumber(ARGV[2]) then
    local expiry = string.match(what, '^(%S+) [!-~]+$')
    if what == 'x' or expiry == '-' or (expiry and #expiry <= 15 and string.match(expiry, '^%d+$')) then
      return 0
    end
  end
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
`;
