// One compaction of a log: a job that any thread may run, piece by piece, and one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/aborted_search.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/compaction_transactions.hpp"
#include "storage/offset_map.hpp"
#include "storage/segment.hpp"

namespace leat::storage {

/// What can be compacted of a log, and how much it wants to be.
struct Compactable {
    std::int64_t first_dirty = 0;   // all below was compacted
    std::int64_t until = 0;         // where a segment begins: none from here on is touched
    std::uint64_t clean_bytes = 0;  // of the segments below first_dirty
    std::uint64_t dirty_bytes = 0;  // of the others below `until`
    bool is_overdue = false;        // something waits longer than max.compaction.lag.ms

    double dirty_ratio() const {
        const auto all = clean_bytes + dirty_bytes;
        return all == 0 ? 0.0 : static_cast<double>(dirty_bytes) / static_cast<double>(all);
    }
};

/// Log::plan_compaction() makes it, on the log's thread.
struct CompactionPlan {
    struct Source {
        std::int64_t base_offset = 0;
        std::int64_t next_offset = 0;  // of the segment behind it
        std::uint64_t identity = 0;    // of its file
        std::uint64_t size = 0;
    };
    /// What has to stay of a producer that may come back.
    struct LastOfProducer {
        std::int64_t last_offset = -1;  // of its last batch of records; -1: none of this epoch
        std::int16_t epoch = -1;
    };
    std::string dir;
    std::vector<Source> segments;  // all from the log's first one on
    std::int64_t first_dirty = 0;
    std::int64_t until = 0;
    AbortedSearch aborted{0, 0};
    std::unordered_map<std::int64_t, LastOfProducer> producers;
    TimestampMs now = 0;
    std::int64_t delete_retention_ms = 0;
    std::int64_t index_interval_bytes = 0;
    OffsetMap::Limits map{};
    SipKey hash_key{};
};

/// A rewritten segment that is to take its old one's place: Log::adopt().
struct RewrittenSegment {
    std::unique_ptr<Segment> segment;
    std::uint64_t identity = 0;  // of the file that it was made from
    /// What is left of its aborted transactions, complete under `.txnindex.cleaned`; nothing: all.
    std::optional<std::vector<AbortedTransaction>> aborted;
};

/// First learns the last offset of each key in the dirty part, then rewrites the segments from the
/// oldest on, as Kafka's cleaner does. What it writes are `.log.cleaned` files alone.
class Compaction {
public:
    struct Stats {
        std::uint64_t records_read = 0;  // of the segments that were rewritten or left as they were
        std::uint64_t records_kept = 0;
        std::uint64_t bytes_read = 0;
        std::uint64_t bytes_kept = 0;
    };
    explicit Compaction(CompactionPlan plan);

    enum class State {
        goes_on,      // call step() again
        has_segment,  // take() it first: it should be in its place before the next is written
        done,
        failed,  // error()
    };
    /// Does a little: reads and writes about a megabyte.
    State step(Disk& disk);
    RewrittenSegment take() { return std::move(ready_); }
    /// After the end: all below was compacted.
    std::int64_t first_dirty() const { return mapped_until_; }
    const Error& error() const { return error_; }
    const Stats& stats() const { return stats_; }
    /// Bytes read and written since the last call.
    std::uint64_t take_io_bytes() { return std::exchange(io_bytes_, 0); }
    /// Removes the unfinished file of a compaction that goes on no more.
    void abandon(Disk& disk);

private:
    enum class Phase { begin, map, clean };
    struct Scan;    // of one segment
    struct Output;  // the new file of one segment

    State run_piece(Disk& disk);
    Result<void> begin(Disk& disk);
    Result<void> open_scan(Disk& disk);
    Result<bool> next_batch();
    Result<void> map_piece(Disk& disk);
    Result<bool> map_batch();
    Result<void> clean_piece(Disk& disk);
    Result<void> clean_batch();
    Result<void> clean_control_batch(bool keep_empty);
    Result<void> clean_records(bool is_aborted, bool keep_empty);
    bool is_last_of_producer(const kafka::BatchHeader& batch) const;
    bool keeps(const kafka::RecordView& record, bool horizon_passed) const;
    bool has_passed(const kafka::BatchHeader& batch) const;
    TimestampMs horizon_of(const kafka::BatchHeader& batch) const;
    Result<void> put(ByteView batch, bool changed);
    Result<void> flush();
    Result<void> finish_segment(Disk& disk);
    const CompactionPlan::Source& source() const { return plan_.segments[at_]; }

    CompactionPlan plan_;
    Phase phase_ = Phase::begin;
    std::optional<OffsetMap> map_;
    std::vector<AbortedTransaction> aborted_;
    std::optional<CompactionTransactions> transactions_;
    std::int64_t mapped_until_ = 0;
    std::size_t at_ = 0;  // of the segments
    std::shared_ptr<Scan> scan_;
    std::shared_ptr<Output> output_;
    RewrittenSegment ready_;
    bool has_ready_ = false;
    bool is_done_ = false;
    std::uint64_t io_bytes_ = 0;
    Stats stats_;
    Error error_;
};

}  // namespace leat::storage
