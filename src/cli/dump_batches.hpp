// A segment's file as `leat log dump` shows it.
#pragma once

#include <limits>
#include <string>

#include "cli/dump_output.hpp"
#include "storage/disk.hpp"

namespace leat::cli {

struct BatchDump {
    bool records = false;    // also each record
    std::int64_t from = -1;  // the first offset that is wanted; -1: all
    /// Batches, or with `records` records, that are still wanted; counts down.
    std::int64_t left = std::numeric_limits<std::int64_t>::max();
};

/// Shows the batches of the segment `path`, a window of it in memory at a time; damage is shown,
/// and passed over. Error: the file cannot be read.
Result<void> dump_batches(storage::Disk& disk, const std::string& path, BatchDump& wanted,
                          DumpOutput& output);

}  // namespace leat::cli
