#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Sends `rate` records a second, whatever becomes of them, and prints the percentiles of the time
/// from when each was meant to be sent until its acknowledgement and until a consumer had it, in
/// milliseconds, a JSON line. What has not come 60 s after the last was sent counts as 60 s.
void run_latency(const Options& options);

}  // namespace leat::bench
