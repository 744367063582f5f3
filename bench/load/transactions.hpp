#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// One transactional producer of librdkafka's: `count` transactions of `records` records each, one
/// after the other, with the offset of a group in each if `offsets` says so. Prints transactions a
/// second and how long their commits took, a JSON line.
void run_transactions(const Options& options);

}  // namespace leat::bench
