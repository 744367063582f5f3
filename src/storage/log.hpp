// One partition: an append-only sequence of record batches in Kafka's own files.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/leader_epochs.hpp"
#include "storage/log_config.hpp"
#include "storage/log_types.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"
#include "storage/tail_cache.hpp"

namespace leat::storage {

class ColdRead;
class SyncJob;
class TimestampSearch;

/// Belongs to one thread, its owner, and holds no lock and no thread. What blocks leaves as a job
/// (SyncJob, ColdRead, TimestampSearch) whose run() may be called on any thread. Appends write to
/// the operating system on the spot; they are durable when a sync that began later has finished.
///
/// Offsets: log_start() ≤ high_watermark() ≤ end_offset(); recovery_point() ≤ end_offset().
class Log {
public:
    /// Opens the folder `dir`, creating it and an empty log if it is missing. After an unclean exit
    /// scans from the recovery point, cuts a torn tail (docs/formats.md, "Recovery"), syncs what
    /// remains and begins a new leader epoch. Error corrupt, naming file and position: damage that
    /// no torn write explains; nothing is changed then.
    static Result<std::unique_ptr<Log>> open(const LogEnvironment& environment, std::string dir,
                                             std::shared_ptr<const LogConfig> config,
                                             const OpenFrom& from);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    const std::string& dir() const { return dir_; }
    const LogConfig& config() const { return *config_; }
    /// Takes effect with the next call.
    void set_config(std::shared_ptr<const LogConfig> config) { config_ = std::move(config); }
    const OpenReport& open_report() const { return open_report_; }

    // --- offsets ---
    std::int64_t log_start() const { return log_start_; }
    std::int64_t end_offset() const { return end_offset_; }
    /// Consumers see what is below: in sync mode only what a finished sync covers.
    std::int64_t high_watermark() const { return high_watermark_; }
    /// All below is durable.
    std::int64_t recovery_point() const { return recovery_point_; }
    std::int32_t leader_epoch() const { return epochs_.latest(); }
    /// The largest known epoch ≤ `epoch` and the offset at which it ended (KIP-101).
    EpochEnd epoch_end(std::int32_t epoch) const { return epochs_.end_of(epoch, end_offset_); }
    /// The epoch of the record at `offset`, -1 if unknown.
    std::int32_t epoch_at(std::int64_t offset) const { return epochs_.at(offset); }

    /// Why this log takes no more appends; empty while it is online. Reads of synced data go on.
    const std::string& offline_reason() const { return offline_reason_; }
    bool is_offline() const { return !offline_reason_.empty(); }
    /// Takes the log offline for good, such as when its data directory failed.
    void take_offline(std::string reason);

    // --- appending ---
    /// Appends one batch that check_batch() found sound: checks the producer's sequence (KIP-98),
    /// assigns offsets and leader epoch, rolls the segment when due, writes. Faults: no_space,
    /// storage, too_large, out_of_order_sequence, invalid_producer_epoch; the log is then
    /// unchanged.
    AppendOutcome append(const IncomingBatch& batch, TimestampMs now,
                         AppendOrigin origin = AppendOrigin::client);
    /// Starts a new segment unless the active one is empty. Error: io or no_space.
    Result<void> roll(TimestampMs now);

    // --- syncing ---
    /// Whether something was appended that its durability mode wants synced now. `now` decides
    /// flush.ms only.
    bool wants_sync(TimestampMs now) const;
    /// Whether anything was appended that no finished sync covers.
    bool is_dirty() const { return recovery_point_ < end_offset_ || !created_dirs_.empty(); }
    /// A job that makes everything appended so far durable; at most one at a time.
    /// `save` also saves indexes and producer state, as on clean shutdown.
    std::shared_ptr<SyncJob> begin_sync(bool save = false);
    /// Takes the result of the job: moves recovery point and high watermark, or takes the log
    /// offline. `now` as for wants_sync(). True if the high watermark moved.
    bool finish_sync(const SyncJob& job, TimestampMs now);
    bool is_syncing() const { return syncing_; }

    // --- reading ---
    /// Batches from the one that holds `offset` on. Faults: offset_out_of_range (below log_start(),
    /// above end_offset()), storage. Empty at or above the upper bound.
    ReadOutcome read(std::int64_t offset, const ReadLimits& limits);
    /// A job that finds the first record at or after `timestamp` below `upper_bound`.
    std::shared_ptr<TimestampSearch> search_timestamp(TimestampMs timestamp,
                                                      std::int64_t upper_bound);
    /// A job that finds the record with the largest timestamp, the first among equals.
    std::shared_ptr<TimestampSearch> search_max_timestamp();

    // --- deleting ---
    /// Moves log_start() up to `offset`, at most the high watermark (else offset_out_of_range). The
    /// move is durable once the data directory has saved the log starts; segments wholly below go
    /// with the next delete_segments().
    LogFault delete_records(std::int64_t offset);
    /// Applies retention: moves log_start() past the segments that are too old or too many, by
    /// log start, then size, then time; never past the high watermark; the active segment is rolled
    /// first. True if log_start() moved.
    bool apply_retention(TimestampMs now);
    /// Renames segments wholly below `saved_log_start`, the durable log start, to `.deleted`.
    void delete_segments(std::int64_t saved_log_start, TimestampMs now);
    /// Paths of `.deleted` files whose file.delete.delay.ms is over: the caller removes them, on
    /// any thread.
    std::vector<std::string> take_expired_files(TimestampMs now);

    // --- upkeep ---
    /// Bytes of all segments: for DescribeLogDirs and retention.
    std::uint64_t size() const;
    std::size_t segment_count() const { return segments_.size(); }
    /// Forgets producers unseen for producer.id.expiration.ms, and closes files unused since the
    /// last call.
    void tidy(TimestampMs now);
    const ProducerState& producers() const { return producers_; }

    /// Called by the Flusher when the high watermark moved or the log went offline.
    std::function<void()> on_progress;

private:
    friend class LogOpener;
    struct DeletedFile {
        std::string path;
        TimestampMs due;
    };
    Log(const LogEnvironment& environment, std::string dir,
        std::shared_ptr<const LogConfig> config);

    Segment& active() { return *segments_.back(); }
    const Segment& active() const { return *segments_.back(); }
    /// The index of the segment that holds `offset`.
    std::size_t segment_of(std::int64_t offset) const;
    std::int64_t end_of_segment(std::size_t index) const;
    AppendOutcome refuse(LogFault fault, std::string what) const;
    Result<void> write_batch(const IncomingBatch& batch, const kafka::BatchHeader& header);
    void move_high_watermark(bool page_cache_covers);
    bool retention_by_size(TimestampMs now);
    bool retention_by_time(TimestampMs now);
    bool drop_through(std::size_t segment, std::string_view why);
    TimestampMs max_timestamp_of(Segment& segment, std::int64_t end);

    LogEnvironment environment_;
    std::string dir_;
    std::shared_ptr<const LogConfig> config_;
    std::vector<std::unique_ptr<Segment>> segments_;
    TailCache tail_;
    ProducerState producers_;
    LeaderEpochs epochs_;
    std::int64_t log_start_ = 0;
    std::int64_t end_offset_ = 0;
    std::int64_t high_watermark_ = 0;
    std::int64_t recovery_point_ = 0;
    std::uint64_t bytes_since_save_ = 0;
    TimestampMs last_sync_ms_ = 0;
    std::string offline_reason_;
    bool syncing_ = false;
    std::vector<std::string> created_dirs_;   // directories with names that no sync has covered
    std::vector<PendingSnapshot> snapshots_;  // taken at rolls, to be written by the next sync
    std::vector<DeletedFile> deleted_files_;
    OpenReport open_report_;
};

}  // namespace leat::storage
