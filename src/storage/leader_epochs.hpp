// The leader epochs of a log and where each began: Kafka's leader-epoch-checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "storage/log_types.hpp"

namespace leat::storage {

/// Of a log, beside its segments.
inline constexpr std::string_view epochs_file = "leader-epoch-checkpoint";

/// Epochs ascending, each with the offset of its first record. Core thread; no I/O.
class LeaderEpochs {
public:
    struct Entry {
        std::int32_t epoch = 0;
        std::int64_t start_offset = 0;
        bool operator==(const Entry&) const = default;
    };

    /// The current epoch, -1 if none was assigned.
    std::int32_t latest() const { return entries_.empty() ? -1 : entries_.back().epoch; }
    /// Begins `epoch` at `start_offset`; does nothing unless it is newer than the latest. Entries
    /// that begin at or after `start_offset` are replaced.
    void assign(std::int32_t epoch, std::int64_t start_offset);
    EpochEnd end_of(std::int32_t epoch, std::int64_t log_end) const;
    std::int32_t at(std::int64_t offset) const;
    /// Forgets what began at or after `end_offset`.
    void truncate_end(std::int64_t end_offset);
    /// Makes the first entry begin at `start_offset` at the earliest.
    void truncate_start(std::int64_t start_offset);
    const std::vector<Entry>& entries() const { return entries_; }
    void clear() { entries_.clear(); }

    /// The text of the checkpoint file, version 0.
    std::string encode() const;
    /// Error corrupt: not such a text, or epochs and offsets do not ascend.
    static Result<LeaderEpochs> decode(std::string_view text);

private:
    std::vector<Entry> entries_;
};

}  // namespace leat::storage
