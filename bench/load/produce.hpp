#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Sends `count` records as fast as they are acknowledged and prints the figures, a JSON line.
void run_produce(const Options& options);

}  // namespace leat::bench
