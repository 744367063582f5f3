// The control batch that ends a transaction in a partition (KIP-98). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "kafka/record_batch.hpp"

namespace leat::kafka {

/// What the marker says. Its batch names the producer and its epoch.
struct EndTxnMarker {
    bool commit = false;  // else abort
    std::int32_t coordinator_epoch = -1;
    bool operator==(const EndTxnMarker&) const = default;
};

/// A batch of one marker, at `timestamp`.
Bytes build_end_txn_marker(std::int64_t producer_id, std::int16_t producer_epoch,
                           const EndTxnMarker& marker, TimestampMs timestamp);

/// The marker in the whole batch `batch`, a control batch with `header`; nothing if it is one of
/// another kind, or cannot be read.
std::optional<EndTxnMarker> read_end_txn_marker(const BatchHeader& header, ByteView batch);

}  // namespace leat::kafka
