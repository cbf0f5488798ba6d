-- For wrk: redirects of every link in turn, as bench/rungs.ts makes them, from a rank on. Arguments: COUNT, FIRST RANK.

local rank, count

function init(arguments)
  count = tonumber(arguments[1])
  rank = tonumber(arguments[2]) - 1
end

function request()
  rank = rank % count + 1
  return wrk.format('GET', string.format('/bench%06d', rank))
end
