-- Orders of about 200 bytes from 1,000 customers, for wrk.
local n = 0
function request()
  n = n + 1
  local body = string.format(
    '{"order_id":"order-%010d","customer":"customer-%04d","email":"someone.%d@example.com",' ..
    '"lines":[{"sku":"CD-%05d","quantity":2,"price":11.77},{"sku":"CD-%05d","quantity":1,"price":8.99}]}',
    n, n % 1000, n % 1000, n % 99991, n % 77773)
  return wrk.format("POST", "/orders", {["Content-Type"] = "application/json"}, body)
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"requests": %d, "seconds": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
