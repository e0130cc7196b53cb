-- wrk script, payload b: 50 events per POST: a pageview, 4 moves of 20 points, 26 clicks, 14 scrolls, 5 custom ones.
package.path = "./?.lua;" .. package.path
local harness = require "harness"
local events = require "events"

local EVENTS = 50

local function kind_of(index)
  if index == 0 then return "pageview" end
  if index % 12 == 6 then return "move" end
  if index % 10 == 9 then return "custom" end
  return index % 5 < 3 and "click" or "scroll"
end

harness.run(function()
  local payload = events.open()
  for index = 0, EVENTS - 1 do
    if index > 0 then payload:text(",") end
    events[kind_of(index)](payload, index * 40)
  end
  return events.close(payload)
end)
