// Other options at every start of the broker (RocksDB's db_crashtest does so).
#pragma once

#include <random>

#include "broker_process.hpp"

namespace leat::crash {

/// Options that must not matter for what is kept, drawn from `random`.
BrokerProcess::Start shuffled_start(std::mt19937_64& random);

}  // namespace leat::crash
