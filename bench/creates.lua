-- For wrk: creates links, each from another client address, so that no client is limited.

local body = '{"url":"https://example.com/"}'
local client = 0

function request()
  client = client + 1
  local address = string.format('198.%d.%d.%d', 18 + client % 2, math.floor(client / 2 / 256) % 256, math.floor(client / 2) % 256)
  return wrk.format('POST', '/api/links', {
    ['Content-Type'] = 'application/json',
    ['X-Forwarded-For'] = address,
  }, body)
end
