#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Fetches the topic from its beginning to where it ends, over `connections` with one request each
/// under way, throws the bytes away and prints the figures, a JSON line: what a broker gives to
/// clients that cost next to nothing.
void run_fetch(const Options& options);

}  // namespace leat::bench
