-- wrk's hooks: one payload per thread, and one line of JSON at the end.

local harness = {}

local threads = 0

-- Defines the hooks that wrk calls; `build` makes the document of this load.
-- Arguments after `--` of the command line: connections per thread.
function harness.run(build)
  function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
  end

  function init(args)
    local connections = tonumber(args[1]) or 1
    local seed = os.time() * 8 + number
    payload = build():finish(wrk.host .. ":" .. wrk.port, connections, seed)
  end

  function request()
    return payload:next()
  end

  function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
      'RESULT {"requests":%d,"refused":%d,"broken":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}\n',
      summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
      summary.duration, latency:percentile(50), latency:percentile(99), latency.max))
  end
end

return harness
