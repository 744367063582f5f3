#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Makes `topics` topics if `create` says so, one request each, then asks every partition for its
/// end until all have told it, then writes a record into each if `write` says so. Prints the
/// seconds of the first two and when all had told, by the monotonic clock, a JSON line.
void run_topics(const Options& options);

}  // namespace leat::bench
