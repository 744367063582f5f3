// The transactions that were aborted in a segment: Kafka's `.txnindex`.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace leat::storage {

/// One that ended in the segment: its first record may be in an earlier one.
struct AbortedTransaction {
    std::int64_t producer_id = -1;
    std::int64_t first_offset = -1;
    std::int64_t last_offset = -1;         // of its marker
    std::int64_t last_stable_offset = -1;  // of the log, once this one had ended
    bool operator==(const AbortedTransaction&) const = default;

    /// Whether a reader of the offsets from `from` to below `until` has to know of it.
    bool concerns(std::int64_t from, std::int64_t until) const {
        return last_offset >= from && first_offset < until;
    }
};

inline constexpr std::size_t aborted_entry_size = 34;

/// Those from index `from` on, as the file holds them.
Bytes encode(const std::vector<AbortedTransaction>& entries, std::size_t from);
/// As many entries from the front as are of a known version and in the order of their ends.
std::vector<AbortedTransaction> decode_aborted(ByteView bytes);

}  // namespace leat::storage
