// Fetching raw batches, and reading the records in them. One thread per Cluster.
#pragma once

#include <functional>

#include "client/leaders.hpp"
#include "kafka/record_batch.hpp"

namespace leat::client {

struct FetchPosition {
    TopicPartition partition;
    std::int64_t offset = 0;
};

struct FetchOptions {
    /// How long the broker may wait for `min_bytes`.
    std::chrono::milliseconds max_wait{500};
    std::int32_t min_bytes = 1;
    std::int32_t max_bytes = 16 << 20;
    std::int32_t partition_max_bytes = 4 << 20;
    bool read_committed = false;
    /// How long to go on when the broker is away or leaders move; the cluster's timeout if absent.
    std::optional<std::chrono::milliseconds> timeout = {};
};

struct AbortedTransaction {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;
};

/// What came of one partition, as the broker sent it.
struct FetchedPartition {
    TopicPartition partition;
    /// The broker that answered, and the topic that it was asked for: zero if it knows no ids.
    std::int32_t node_id = -1;
    Uuid topic_id = {};
    kafka::ErrorCode error_code = kafka::ErrorCode::none;
    std::int64_t high_watermark = -1;
    std::int64_t last_stable_offset = -1;
    std::int64_t log_start_offset = -1;
    std::vector<AbortedTransaction> aborted = {};
    /// Whole batches in offset order; the first may start before the asked offset, and the last may
    /// be cut off.
    SharedSlice records = {};
};

/// Fetches without a session, by topic id where both sides can; answers in the order of
/// `positions`. Errors: not_found, unavailable, timed_out; a partition's own error, such as
/// OFFSET_OUT_OF_RANGE, is in its answer.
Result<std::vector<FetchedPartition>> fetch(Cluster& cluster,
                                            const std::vector<FetchPosition>& positions,
                                            const FetchOptions& options = {});

/// Calls `visit` for each whole batch in `records` until it returns false, its checksum checked. A
/// cut-off last batch is left out. Error: corrupt.
Result<void> for_each_batch(
    ByteView records,
    const std::function<Result<bool>(const kafka::BatchHeader&, ByteView batch)>& visit);

/// Calls `visit` for each record of `fetched` at `from` or later until it returns false; control
/// records are left out, and so are those of aborted transactions that the answer lists. Gives the
/// offset to go on from: behind the last batch seen, or the record at which `visit` stopped; `from`
/// if nothing came. Errors: corrupt, unsupported.
Result<std::int64_t> for_each_record(
    const FetchedPartition& fetched, std::int64_t from,
    const std::function<bool(const kafka::BatchHeader&, const kafka::RecordView&)>& visit);

}  // namespace leat::client
