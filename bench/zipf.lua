-- For wrk: redirects of links drawn from a Zipf distribution (exponent 1) over COUNT links, bench000001 … as bench/rungs.ts makes them.
-- Arguments: COUNT.

local cumulative = {}
local total = 0
local paths = {}

function init(arguments)
  local count = tonumber(arguments[1])
  for rank = 1, count do
    total = total + 1 / rank
    cumulative[rank] = total
    paths[rank] = string.format('/bench%06d', rank)
  end
  math.randomseed(os.time())
end

function request()
  local drawn = math.random() * total
  local low, high = 1, #cumulative
  while low < high do
    local middle = math.floor((low + high) / 2)
    if cumulative[middle] < drawn then
      low = middle + 1
    else
      high = middle
    end
  end
  return wrk.format('GET', paths[low])
end
