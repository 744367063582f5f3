#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Produces single records at `rate` over `connections`, in an open loop, before and after `idle`
/// more connections were made, and prints both percentiles of the time until the acknowledgement,
/// how fast the idle ones were made and what each takes of the memory of the broker `pid`, a JSON
/// line.
void run_connections(const Options& options);

}  // namespace leat::bench
