// The offsets of a log. log_start ≤ last stable ≤ high watermark ≤ end, and recovery point ≤ end.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/check.hpp"

namespace leat::storage {

/// What a Log tells of itself; only the Log moves them. Its owner's thread.
class LogOffsets {
public:
    std::int64_t log_start() const { return log_start_; }
    std::int64_t end_offset() const { return end_offset_; }
    /// Consumers see what is below: in sync mode only what a finished sync covers.
    std::int64_t high_watermark() const { return high_watermark_; }
    /// Consumers that read committed records only see what is below: before the first record of a
    /// transaction that is open, or whose end is not below the high watermark.
    std::int64_t last_stable_offset() const { return last_stable_offset_; }
    /// All below is durable.
    std::int64_t recovery_point() const { return recovery_point_; }
    /// The log start that may be saved: never beyond what is durable, so that a saved log start
    /// vouches for everything below it.
    std::int64_t durable_log_start() const { return std::min(log_start_, recovery_point_); }

protected:
    ~LogOffsets() = default;
    /// To be called after each move.
    void check_order() const {
        check(0 <= log_start_ && log_start_ <= last_stable_offset_, "log start ≤ last stable");
        check(last_stable_offset_ <= high_watermark_, "last stable ≤ high watermark");
        check(high_watermark_ <= end_offset_, "high watermark ≤ end");
        check(0 <= recovery_point_ && recovery_point_ <= end_offset_, "recovery point ≤ end");
    }
    std::int64_t log_start_ = 0;
    std::int64_t end_offset_ = 0;
    std::int64_t last_stable_offset_ = 0;
    std::int64_t high_watermark_ = 0;
    std::int64_t recovery_point_ = 0;
};

}  // namespace leat::storage
