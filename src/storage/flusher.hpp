// Group commit: one sync shared by everyone who waits, and through the journal by all logs; upkeep.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/data_dir.hpp"
#include "storage/journal.hpp"
#include "storage/journal_turns.hpp"

namespace leat::storage {

class SyncJob;

/// Core thread; no timer of its own. A request that comes while a sync of the log runs is served
/// by the next, which begins as soon as the running one ends. What is small goes through the
/// journal, all logs of a turn together; what is large, and names and small files, by a sync of
/// the log's own files. DataDir, pool and Clock outlive it.
class Flusher {
public:
    using Done = std::function<void(Result<void>)>;
    struct Options {
        /// Syncs of logs' own files that may run at the same time: about the pool's threads.
        std::size_t max_parallel = 8;
        /// Of 0 bytes: none, each log's own files are synced.
        Journal::Options journal;
        /// Runs what it is given later in this turn of the event loop, so that all that the turn
        /// appends is synced together; none: at once.
        std::function<void(std::function<void()>)> later;
        std::int64_t retention_check_ms = 300'000;  // log.retention.check.interval.ms
        std::int64_t checkpoint_ms = 60'000;        // log.flush.offset.checkpoint.interval.ms
    };
    Flusher(DataDir& data_dir, BlockingPool& pool, const Clock& clock, Options options);
    ~Flusher();
    Flusher(const Flusher&) = delete;
    Flusher& operator=(const Flusher&) = delete;

    /// Watches a log: from here on it is synced on request and kept up. `log->on_progress` is
    /// called after each of its syncs, and in page-cache mode after each append.
    void add(const TopicPartition& partition, std::shared_ptr<Log> log);
    /// Forgets a log, offline or not; a sync of it that runs ends without news. `idle` is called
    /// once none runs, perhaps at once: only then may the log's folder be moved away, for a sync
    /// opens files by name and would meet the next folder of that name. What only the journal has
    /// is synced before: the removal may yet be undone by a power cut.
    void remove(const Log& log, std::function<void()> idle = {});

    /// Everything appended to `log` so far is to be synced. Cheap if there is nothing to do: call
    /// it after each append, or once a turn of the event loop.
    void request(const Log& log);
    /// The same if the log's durability mode wants it (Log::wants_sync).
    void appended(const Log& log);

    /// Saves the checkpoints and deletes the segments below the saved log starts, then calls
    /// `done`: after delete_records(), before that is answered. Saves asked for meanwhile share the
    /// next.
    void save_checkpoints(Done done);

    /// To be called about once a second: flush.ms, retention, recovery points, removal of deleted
    /// files, expiry of producers, each when due.
    void tick();
    /// Applies retention to all logs at once.
    void apply_retention();

    /// Syncs and saves every log, then writes the checkpoints and the clean-shutdown marker, then
    /// calls `done`. Nothing may be appended any more. With a log offline it is an error, and there
    /// is no marker.
    void close_clean(Done done);

    /// Finished syncs, a write of the journal for one: for metrics.
    std::uint64_t syncs() const { return syncs_; }

private:
    enum class Stage {
        idle,
        queued,    // in own_ or small_
        syncing,   // a sync of its own files is in the pool
        in_group,  // that of the journal, which a group with bytes of it is written to
    };
    struct Watched {
        TopicPartition partition;
        std::shared_ptr<Log> log;
        Stage stage = Stage::idle;
        bool sync_follows = false;  // on the one that runs
        JournalTurns::Share share = JournalTurns::Share::nothing;
        bool removed = false;
        std::function<void()> when_idle;  // of one that was removed
        std::int64_t saved_log_start = 0;

        bool is_running() const { return stage == Stage::syncing || stage == Stage::in_group; }
        /// Its own files are to be synced, that the journal can go on.
        bool is_due() const { return share == JournalTurns::Share::due; }
    };
    using Entry = std::shared_ptr<Watched>;
    struct Sync {
        Entry entry;
        std::shared_ptr<SyncJob> job;
    };
    using Syncs = std::shared_ptr<const std::vector<Sync>>;
    enum class JournalState { none, creating, ready, no_space, off };

    void enqueue(const Entry& entry);
    void start_later();
    void start_syncs();
    void start_own();
    void start_due();
    bool may_start_due() const;
    bool keep_place_for_due() const;
    std::optional<Sync> take(const Entry& entry);
    void start_alone(const Sync& sync);
    void finished(const Syncs& syncs);
    void settle(const Sync& sync);
    void tell(Watched& entry);
    void tell_failed();
    /// The bytes of the journal that a sync of the log would take; 0 if it cannot go through it.
    std::size_t journal_bytes_for(const Watched& entry) const;
    void prepare_journal();
    void create_journal();
    void turn_journal();
    void gather_for_journal();
    void start_journal(std::vector<Sync> group);
    void journal_written(const Syncs& group, const Result<void>& written);
    /// Leaves the journal as it is until the next start, which may need it.
    void leave_journal(const std::string& reason);
    /// Whether the journal may hold what the log's own files lack, now that it is offline.
    void check_journaled(const Watched& entry);
    void start_save();
    void finish_save(const Result<void>& result,
                     const std::vector<std::pair<Entry, std::int64_t>>& starts);
    void close_when_idle();
    void keep_reserve();

    DataDir& data_dir_;
    BlockingPool& pool_;
    const Clock& clock_;
    Options options_;
    /// By folder, so that their order is the same each time: simulations rely on it.
    struct HashOfLog {
        std::size_t operator()(const Log* log) const {
            return std::hash<std::string>{}(log->dir());
        }
    };
    std::unordered_map<const Log*, Entry, HashOfLog> logs_;
    std::deque<Entry> own_;        // to be synced by their own files
    std::deque<Entry> small_;      // to be synced through the journal
    std::deque<Entry> due_;        // whose files are due: behind those that somebody waits for
    std::vector<Entry> failed_;    // whose sync could not begin: to be told of
    std::size_t running_ = 0;      // syncs of logs' own files
    std::size_t due_running_ = 0;  // of these: of logs whose files are due
    bool due_was_last_ = false;    // of the syncs that were started
    bool start_comes_ = false;     // options_.later has it
    std::shared_ptr<Journal> journal_;
    JournalState journal_state_ = JournalState::none;
    JournalTurns turns_;
    bool journal_needed_ = false;  // by the next start: not even a clean stop empties it
    std::uint64_t syncs_ = 0;
    bool saving_ = false;
    std::vector<Done> save_waiters_;  // of the next save
    Done closing_;
    MonoTime next_retention_;
    MonoTime next_checkpoint_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::storage
