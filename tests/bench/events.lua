-- The documents that the SDK sends: same fields, same order, same lengths as its captured requests.

local Payload = require "payload"

local AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
local MOVE_POINTS = 20

local events = {}

-- Starts a document up to its list of events.
function events.open()
  return Payload.new()
    :text('{"sdk":{"name":"@m-software-engineering/heat-sdk","version":"0.2.6"},"app":{},"session":{"id":"')
    :session():text('","startedAt":'):time():text(',"lastSeenAt":'):time(0):text('},"events":[')
end

function events.close(payload)
  return payload:text("]}")
end

-- What every event has; `path` is the page's, the same for the whole batch.
local function common(payload, offset, kind)
  return payload:text('{"eventId":"'):id():text('","sessionId":"'):session():text('","ts":'):time(offset)
    :text(',"path":"/shop/item-'):page():text('?c=1#top","viewport":{"w":1366,"h":768,"dpr":1.25},"device":{"ua":"' .. AGENT ..
      '","platform":"Linux x86_64","language":"en-US"},"meta":{"viewportBucket":"1400x800"},"type":"' .. kind .. '"')
end

function events.pageview(payload, offset)
  return common(payload, offset, "pageview"):text(',"from":"/shop/item-11?c=1","to":"/shop/item-'):page():text('?c=1#top"}')
end

function events.click(payload, offset)
  return common(payload, offset, "click"):text(',"x":'):number(1000, 366):text(',"y":'):number(1000, 2500)
    :text(',"selector":"main > section:nth-child('):number(10, 20):text(') > button.buy","button":0}')
end

function events.scroll(payload, offset)
  return common(payload, offset, "scroll"):text(',"scrollY":'):number(1000, 2500)
    :text(',"scrollDepthPct":'):number(10, 90):text(".782894736842106}")
end

function events.custom(payload, offset)
  return common(payload, offset, "custom"):text(',"name":"add-to-cart","props":{"sku":"item-'):number(10, 90)
    :text('","total":12.5}}')
end

-- A smooth trail, as a pointer leaves one; only its start moves from request to request.
function events.move(payload, offset)
  common(payload, offset, "move"):text(',"points":[{"x":'):number(1000, 366):text(',"y":'):number(1000, 900)
    :text(',"tsOffset":0}')
  for i = 1, MOVE_POINTS - 1 do
    payload:text(string.format(',{"x":%d,"y":%d,"tsOffset":%d}', 1000 + 9 * i + i % 4, 1200 + 5 * i + i % 3, i * 50))
  end
  return payload:text("]}")
end

return events
