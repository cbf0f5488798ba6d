-- For wrk: redirects of the codes in a file, one a line, in turn and over again. Arguments: FILE, FIRST LINE.

local paths = {}
local at

function init(arguments)
  for code in io.lines(arguments[1]) do
    paths[#paths + 1] = '/' .. code
  end
  at = tonumber(arguments[2]) - 1
end

function request()
  at = at % #paths + 1
  return wrk.format('GET', paths[at])
end
