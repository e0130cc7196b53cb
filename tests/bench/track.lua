-- wrk script: one event of an app's server per POST, as `@datalyr/api` sends it.
--
-- Each is of one of PERSONS persons, with an id of its own; one in five says what brought the person.
-- Arguments after `--` of the command line: the key.

local PERSONS = 10000

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local SIGN_UP = '{"event":"signup_completed","eventId":"%08x-%04x-4%03x-8%03x-%012x","userId":"user_%d",' ..
  '"anonymousId":"anon_%08x-0000-4000-8000-000000000000","properties":{"plan":"pro","seats":5,"tags":["a","b"],' ..
  '"nested":{"deep":{"value":"\195\169"}},"anonymous_id":"anon_%08x-0000-4000-8000-000000000000"%s},' ..
  '"context":{"library":"@datalyr/api","version":"1.3.1","source":"api","schema_version":1},"timestamp":"%s"}'

local BROUGHT = ',"utm_source":"source-%d","utm_medium":"cpc","utm_campaign":"campaign-%d","fbclid":"FB%08x"'

function init(args)
  math.randomseed(os.time() * 8 + number)
  run = math.random(0, 0xfffffff)
  sent = 0
  -- One by one: wrk keeps Host there.
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["User-Agent"] = "@datalyr/api/1.3.1"
  wrk.headers["X-API-Key"] = args[1]
end

function request()
  sent = sent + 1
  local person = math.random(1, PERSONS)
  local brought = ""
  if sent % 5 == 0 then
    brought = string.format(BROUGHT, person % 7, math.random(1, 40), math.random(0, 0xfffffff))
  end
  local body = string.format(SIGN_UP, run, math.random(0, 0xffff), number, math.random(0, 0xfff), sent, person, person,
    person, brought, os.date("!%Y-%m-%dT%H:%M:%S.000Z"))
  return wrk.format("POST", "/track", nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"refused":%d,"broken":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99), latency.max))
end
