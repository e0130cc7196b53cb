-- wrk script of the proxy benchmark: one unchanging GET, and one line of JSON at the end.

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"bytes":%d,"refused":%d,"broken":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.bytes, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
