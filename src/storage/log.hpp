// One partition: an append-only sequence of record batches in Kafka's own files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/leader_epochs.hpp"
#include "storage/log_config.hpp"
#include "storage/log_offsets.hpp"
#include "storage/log_types.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"
#include "storage/tail_cache.hpp"

namespace leat::storage {

class AbortedSearch;
class SyncJob;
struct Compactable;
struct CompactionPlan;
struct RewrittenSegment;
class TimestampSearch;
struct SegmentPlace;
/// Belongs to one thread, its owner, and holds no lock and no thread. What blocks leaves as a job
/// (SyncJob, ColdRead, TimestampSearch) whose run() may be called on any thread. Appends write to
/// the operating system on the spot; they are durable when a sync that began later has finished.
class Log : public LogOffsets {
public:
    /// Opens the folder `dir`. If there is none the log is empty, and comes into being with its
    /// first batch: a partition that nobody writes to costs the disk nothing. After an unclean exit
    /// scans from the recovery point, cuts a torn tail (docs/formats.md, "Recovery"), syncs what
    /// remains and begins a new leader epoch. Error corrupt, naming file and position: damage that
    /// no torn write explains; nothing is changed then. Other errors: io, no_space.
    static Result<std::unique_ptr<Log>> open(const LogEnvironment& environment, std::string dir,
                                             std::shared_ptr<const LogConfig> config,
                                             const OpenFrom& from);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    const std::string& dir() const { return dir_; }
    const Uuid& topic_id() const { return topic_id_; }
    const LogConfig& config() const { return *config_; }
    /// Takes effect with the next call.
    void set_config(std::shared_ptr<const LogConfig> config) { config_ = std::move(config); }
    const OpenReport& open_report() const { return open_report_; }

    std::int32_t leader_epoch() const { return epochs_.latest(); }
    /// The largest known epoch ≤ `epoch` and the offset at which it ended (KIP-101).
    EpochEnd epoch_end(std::int32_t epoch) const { return epochs_.end_of(epoch, end_offset_); }
    /// The epoch of the record at `offset`, -1 if unknown.
    std::int32_t epoch_at(std::int64_t offset) const { return epochs_.at(offset); }
    /// Bytes of all segments: for DescribeLogDirs and retention.
    std::uint64_t size() const;
    std::size_t segment_count() const { return segments_.size(); }
    const ProducerState& producers() const { return producers_; }
    /// See ProducerState::expect().
    void expect(const kafka::BatchHeader& batch, bool has_own_epoch, TimestampMs now) {
        producers_.expect(batch, has_own_epoch, now);
    }

    /// Why this log takes no more appends; empty while it is online. Synced data can be read still.
    const std::string& offline_reason() const { return offline_reason_; }
    bool is_offline() const { return !offline_reason_.empty(); }
    /// Whether it has a folder: not before the first batch.
    bool has_folder() const { return !unborn_; }
    void take_offline(std::string reason);

    /// Appends one batch whose header tells the truth: checks the producer's sequence and
    /// transaction (KIP-98, KIP-890), assigns offsets and leader epoch, rolls the segment when due,
    /// writes. Faults: all but offset_out_of_range and corrupt; no record is added then.
    AppendOutcome append(const IncomingBatch& batch, TimestampMs now,
                         AppendOrigin origin = AppendOrigin::client);
    /// Starts a new segment unless the active one is empty. Errors: io, no_space.
    Result<void> roll(TimestampMs now);
    /// Those that are durable as a whole, oldest first.
    std::vector<ClosedSegment> closed_segments() const;
    /// Puts a rewritten file into the place of a closed segment's, with the log's next sync, which
    /// is to be asked for (Flusher::request). `rewritten` accounts for that file, which is complete
    /// under the suffix `.log.cleaned`: batches of the old one at their offsets, fewer records in
    /// them, the last ending where the segment ends, and the last of each producer. All of the
    /// segment is below the recovery point; of one segment one replacement at a time.
    void replace_segment(std::unique_ptr<Segment> rewritten);
    /// What a compaction would do now, if all below `first_dirty` was compacted already; an offset
    /// that cannot be is taken for the log's start.
    Compactable compactable(std::int64_t first_dirty, TimestampMs now);
    /// That compaction; how much memory it may take is left to the caller.
    CompactionPlan plan_compaction(const Compactable& what, TimestampMs now) const;
    /// replace_segment() by what a compaction has rewritten. False if the segment has changed since
    /// the plan was made, or is gone: then the compaction is of no use.
    bool adopt(RewrittenSegment rewritten);
    /// Whether a replacement waits for its sync, or for its end.
    bool is_replacing() const { return !replacements_.empty(); }

    /// Whether something was appended that the durability mode wants synced now. `now` decides
    /// flush.ms only.
    bool wants_sync(TimestampMs now) const;
    /// Whether anything was appended, created or replaced that no finished sync covers.
    bool is_dirty() const {
        return recovery_point_ < end_offset_ || !created_dirs_.empty() || is_replacing()
               || !new_table_.empty();
    }
    /// The bytes that a sync would cover, if it need cover nothing else: then the job's data may go
    /// through the journal. Nothing: names, small files or what is saved have to be synced as well.
    std::optional<std::uint64_t> bytes_for_journal() const;
    /// A job that makes everything appended so far durable; at most one at a time. With `save`, as
    /// on clean shutdown, also indexes and producer state. Error: a file cannot be opened; the log
    /// is offline then.
    Result<std::shared_ptr<SyncJob>> begin_sync(bool save = false);
    /// Takes the result of the job: moves recovery point and high watermark, or takes the log
    /// offline for good. True if the high watermark moved.
    bool finish_sync(const SyncJob& job, TimestampMs now);
    bool is_syncing() const { return syncing_; }
    /// Whether begin_sync(true) has anything to do.
    bool needs_save() const;

    /// Batches from the one that holds `offset` on. Faults: offset_out_of_range (below log_start(),
    /// above end_offset()), storage. Empty at or above the upper bound.
    ReadOutcome read(std::int64_t offset, const ReadLimits& limits);
    /// What the read found out, for the next. Harmless if the segment is not there any more.
    void learn(const Learned& learned);
    /// Whether any transaction was aborted in the segments that are left.
    bool has_aborted() const;
    /// A job that finds the aborted transactions of which a reader of the offsets from `from` to
    /// below `until` has to know; `from` is not below the log start.
    AbortedSearch search_aborted(std::int64_t from, std::int64_t until) const;
    /// How often files that hold records from `from` on were replaced. Whoever reads committed
    /// records asks before he reads and once he knows what was aborted, and reads again if it is
    /// another number: what he has read may be gone so long that nobody tells of it any more.
    std::uint64_t rewrites_from(std::int64_t from) const;
    /// A job that finds the first record at or after `timestamp` below `upper_bound`.
    std::shared_ptr<TimestampSearch> search_timestamp(TimestampMs timestamp,
                                                      std::int64_t upper_bound);
    /// A job that finds the record with the largest timestamp below the high watermark, the first
    /// among equals.
    std::shared_ptr<TimestampSearch> search_max_timestamp();

    /// Moves log_start() up to `offset`, at most the high watermark (else offset_out_of_range). The
    /// move is durable once the data directory has saved it (Flusher::save_checkpoints).
    LogFault delete_records(std::int64_t offset);
    /// Moves log_start() past the segments that retention no longer wants: by size, then by time;
    /// never past the high watermark; the active segment is rolled first. True if it moved.
    bool apply_retention(TimestampMs now);
    /// Renames segments wholly below `saved_log_start`, the durable log start, to `.deleted`, once
    /// a producer snapshot remembers what they say of producers, and the names of those behind them
    /// are durable. True if it is that for which it waits: a sync is to be asked for.
    bool delete_segments(std::int64_t saved_log_start, TimestampMs now);
    /// Paths of `.deleted` files whose file.delete.delay.ms is over: the caller removes them, on
    /// any thread.
    std::vector<std::string> take_expired_files(TimestampMs now);
    /// Forgets producers unseen for producer.id.expiration.ms, and closes files unused since the
    /// last call.
    void tidy(TimestampMs now);

    /// Called by the Flusher after each sync: offsets may have moved, or the log gone offline.
    std::function<void()> on_progress;

private:
    friend class LogOpener;
    Log(const LogEnvironment& environment, std::string dir,
        std::shared_ptr<const LogConfig> config);

    Segment& active() { return *segments_.back(); }
    bool is_active(const Segment& segment) const { return &segment == segments_.back().get(); }
    std::size_t segment_of(std::int64_t offset) const;
    bool roll_due(const kafka::BatchHeader& batch, TimestampMs now) const;
    AppendOutcome admit(const IncomingBatch& incoming, AppendOrigin origin);
    Result<void> make_folder();
    Error write(const kafka::BatchHeader& header, ByteView bytes);
    Error place(kafka::BatchHeader& header, ByteView bytes, TimestampMs now);
    /// Durable with the next sync.
    Result<void> write_small_file(std::string_view name, const std::string& text);
    Result<void> save_epochs();
    void forget_saves(const SyncJob& job);
    void follow_end_offset();
    void settle_offsets();
    SegmentPlace place_of(Segment& segment, std::int64_t offset) const;
    void collect_saves(SyncJob& job, bool active_too);
    void finish_replacements(const SyncJob& job);
    bool retain_by_size(TimestampMs now);
    bool retain_by_time(TimestampMs now);
    bool drop_oldest(TimestampMs now, const char* reason);
    TimestampMs retention_timestamp(Segment& segment);
    std::int64_t compactable_until(std::int64_t first_dirty, TimestampMs now);
    TimestampMs oldest_first_timestamp(std::int64_t first_dirty);

    LogEnvironment environment_;
    std::string dir_;
    Uuid topic_id_;
    std::shared_ptr<const LogConfig> config_;
    struct Unborn {
        std::optional<OpenFrom::FirstFile> first_file;
    };
    std::optional<Unborn> unborn_;  // while there is no folder
    std::vector<std::unique_ptr<Segment>> segments_;
    TailCache tail_;
    ProducerState producers_;
    LeaderEpochs epochs_;
    bool epochs_saved_ = true;  // else there was no room, and no record of the latest may come
    std::uint64_t bytes_since_save_ = 0;
    TimestampMs last_sync_ms_ = 0;
    std::string offline_reason_;
    bool syncing_ = false;
    std::vector<std::unique_ptr<Segment>> replacements_;  // the first are the running sync's
    std::vector<std::string> created_files_;              // small files that no sync has covered
    std::string new_table_;                   // the first one of segments, to be written by a sync
    std::vector<std::string> created_dirs_;   // directories with names that no sync has covered
    std::vector<PendingSnapshot> snapshots_;  // taken at rolls, to be written by the next sync
    std::int64_t last_snapshot_ = -1;         // the newest that is on disk or on its way there
    std::int64_t durable_snapshot_ = -1;      // the newest that is on disk
    std::vector<std::pair<std::string, TimestampMs>> deleted_files_;  // and when to remove them
    OpenReport open_report_;
};

}  // namespace leat::storage
