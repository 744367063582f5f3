#pragma once

#include "load/client.hpp"

namespace leat::bench {

/// Reads the topic from its beginning to where it ends now, with librdkafka, and prints the
/// figures, a JSON line.
void run_consume(const Options& options);

}  // namespace leat::bench
