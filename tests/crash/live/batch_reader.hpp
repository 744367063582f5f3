// Reads Kafka's record batches without the broker's code, from the format's description alone:
// what the broker wrote is to be judged by someone else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record.hpp"

namespace leat::crash {

struct ReadRecord {
    std::int64_t offset = 0;
    TestRecord record;
};

/// What stands in a run of batches.
struct BatchRun {
    std::vector<ReadRecord> records;
    /// Bytes up to the end of the last whole batch.
    std::size_t whole = 0;
    /// Why the batch behind them is none; empty if nothing follows.
    std::string fault;
};

/// Reads batches of magic 2 until the bytes end or are damaged: sizes, CRC-32C, counts and every
/// record are checked.
BatchRun read_batches(std::string_view bytes);

}  // namespace leat::crash
