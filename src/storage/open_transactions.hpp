// Which transactions of a log keep readers of committed records waiting, and from where.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/check.hpp"
#include "kafka/end_txn_marker.hpp"

namespace leat::storage {

/// What a batch's header does not tell of its transaction.
struct TransactionFacts {
    std::optional<kafka::EndTxnMarker> end{};  // of a control batch that ends one
    /// Each transaction has an epoch of its own (KIP-890): a marker's is above that of the records,
    /// and a producer that is not known begins with sequence 0.
    bool has_own_epoch = false;
};

/// By first offset, those that are open, and those whose marker is not below the high watermark.
/// Owner's thread.
class OpenTransactions {
public:
    void begin(std::int64_t first_offset) { open_.insert(first_offset); }
    void end(std::int64_t first_offset, std::int64_t marker_offset) {
        const auto ended = open_.erase(first_offset);
        check(ended == 1, "a transaction ends that is open");
        ended_.emplace(first_offset, marker_offset);
    }
    /// Forgets those that ended below.
    void high_watermark_moved(std::int64_t high_watermark) {
        std::erase_if(ended_, [&](const auto& span) { return span.second < high_watermark; });
    }
    void clear() {
        open_.clear();
        ended_.clear();
    }

    /// The first record that readers of committed records must not see.
    std::optional<std::int64_t> first_unstable() const {
        if (ended_.empty()) return first_open();
        const auto ended = ended_.begin()->first;
        return std::min(ended, first_open().value_or(ended));
    }
    /// The first record of those that are open.
    std::optional<std::int64_t> first_open() const {
        if (open_.empty()) return std::nullopt;
        return *open_.begin();
    }

private:
    std::set<std::int64_t> open_;
    std::map<std::int64_t, std::int64_t> ended_;  // to the marker's offset
};

}  // namespace leat::storage
