// Every byte of one segment: its batches, their records, and the indexes beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "storage/batch_scanner.hpp"
#include "storage/finding.hpp"
#include "storage/leader_epochs.hpp"

namespace leat::storage {

/// What a segment is measured by.
struct SegmentPlan {
    std::string dir;
    std::int64_t base_offset = 0;
    std::uint64_t size = 0;
    bool dense = true;
    bool has_index = false, has_time_index = false;
    bool indexes_complete = false;         // closed, and nothing that a crash may have left undone
    const LeaderEpochs* epochs = nullptr;  // null: not known
    RecordCheck records = {};              // may be empty
};

struct SegmentVerdict {
    std::int64_t next_offset = -1;  // that the next segment has to begin with
    bool damaged = false;
};

/// Reads the segment once, a window at a time, and tells `found` what is wrong. `progress` hears
/// the bytes of each batch. Error: a read failed.
Result<SegmentVerdict> check_segment(Disk& disk, const SegmentPlan& plan, CheckTotals& totals,
                                     const std::function<void(Finding)>& found,
                                     const std::function<void(std::uint64_t)>& progress);

/// What stands at `position` instead of a sound batch that begins with `expected` (-1: any).
std::string describe_damage(const File& file, std::uint64_t position, std::uint64_t end,
                            std::int64_t expected);

}  // namespace leat::storage
