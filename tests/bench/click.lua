-- wrk script, payload a: one click per POST.
package.path = "./?.lua;" .. package.path
local harness = require "harness"
local events = require "events"

harness.run(function()
  return events.close(events.click(events.open(), 0))
end)
