// Group commit: one sync of a log at a time, shared by everyone who waits; upkeep of all logs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/data_dir.hpp"

namespace leat::storage {

/// Core thread; no timer of its own. A request that comes while a sync of the log runs is served
/// by the next, which begins as soon as the running one ends. Outlives no DataDir, Clock or pool.
class Flusher {
public:
    struct Options {
        /// Syncs of different logs that may run at the same time: the pool's threads, or more.
        std::size_t max_parallel = 8;
    };
    Flusher(DataDir& data_dir, BlockingPool& pool, const Clock& clock, Options options);
    ~Flusher();
    Flusher(const Flusher&) = delete;
    Flusher& operator=(const Flusher&) = delete;

    /// Watches a log: from here on it is synced on request and kept up. `log.on_progress` is called
    /// after each sync that moved its high watermark or took it offline.
    void add(const TopicPartition& partition, std::shared_ptr<Log> log);
    /// Forgets a log; a sync that runs is left to end by itself, without news.
    void remove(const TopicPartition& partition);

    /// Everything appended to `log` so far is to be synced. Call after each append, or once a turn
    /// of the loop: cheap if nothing is to be done.
    void request(Log& log);
    /// As request(), but only if the log's durability mode wants it (Log::wants_sync).
    void appended(Log& log);

    /// Saves the checkpoints soon, then calls `done` with the result: after delete_records(),
    /// before it is answered.
    void save_checkpoints(std::function<void(Result<void>)> done);

    /// To be called now and then (each second): flush.ms, retention each `log.retention.check.
    /// interval.ms`, recovery points each `log.flush.offset.checkpoint.interval.ms`, removal of
    /// deleted files, expiry of producers.
    void tick();
    void set_intervals(std::int64_t retention_check_ms, std::int64_t checkpoint_ms);
    /// Applies retention to all logs now: for tests and tools.
    void apply_retention();

    /// Syncs and saves every log, then writes checkpoints and the clean-shutdown marker. Blocks;
    /// for the end of the process, when no request runs any more. Offline logs make it an error,
    /// and the marker is not written.
    Result<void> close_clean();

    /// Syncs finished and their total duration are for metrics.
    std::uint64_t syncs() const { return syncs_; }

private:
    struct Watched {
        TopicPartition partition;
        std::shared_ptr<Log> log;
        bool running = false;  // a sync of it is in the pool
        bool wanted = false;   // another is to follow
        bool queued = false;   // in queue_
    };
    using Entry = std::shared_ptr<Watched>;

    void enqueue(const Entry& entry);
    void start_syncs();
    void finished(const Entry& entry, const SyncJob& job, MonoTime began);
    void start_save();
    void save_finished(const Result<void>& result);
    void remove_files(std::vector<std::string> paths);

    DataDir& data_dir_;
    BlockingPool& pool_;
    const Clock& clock_;
    Options options_;
    std::unordered_map<const Log*, Entry> logs_;
    std::deque<Entry> queue_;
    std::size_t running_ = 0;
    std::uint64_t syncs_ = 0;
    bool saving_ = false;
    std::vector<std::function<void(Result<void>)>> save_waiters_;  // of the next save
    std::vector<std::function<void(Result<void>)>> saving_for_;    // of the running one
    std::int64_t retention_check_ms_ = 300'000;
    std::int64_t checkpoint_ms_ = 60'000;
    MonoTime next_retention_{};
    MonoTime next_checkpoint_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::storage
