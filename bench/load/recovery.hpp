#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Asks a broker that starts until it has acknowledged a record and given back one of those that
/// were acknowledged before it died; then every partition must give its last. `ends` says where
/// they ended, `size` what run_produce() wrote. Prints when, by the monotonic clock, a JSON line.
void run_recovery(const Options& options);

}  // namespace leat::bench
