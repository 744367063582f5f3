#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Sends `count` records of `size` bytes in requests that were encoded beforehand, one batch of
/// `batch` bytes each, over `connections` connections with five under way on each: what it costs
/// to make them is not measured. Prints the throughput.
void run_raw(const Options& options);

}  // namespace leat::bench
