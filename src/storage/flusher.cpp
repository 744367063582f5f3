#include "storage/flusher.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/journal.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {
namespace {

MonoTime after_ms(MonoTime now, std::int64_t ms) { return now + std::chrono::milliseconds{ms}; }

}  // namespace

Flusher::Flusher(DataDir& data_dir, BlockingPool& pool, const Clock& clock, Options options)
    : data_dir_(data_dir),
      pool_(pool),
      clock_(clock),
      options_(std::move(options)),
      next_retention_(after_ms(clock.now(), options.retention_check_ms)),
      next_checkpoint_(after_ms(clock.now(), options.checkpoint_ms)) {
    if (options_.journal_bytes > 0)
        journal_ =
            std::make_shared<Journal>(data_dir.disk(), data_dir.path(), options_.journal_bytes);
}

Flusher::~Flusher() { *alive_ = false; }

void Flusher::add(const TopicPartition& partition, std::shared_ptr<Log> log) {
    auto entry = std::make_shared<Watched>();
    entry->partition = partition;
    entry->log = std::move(log);
    logs_[entry->log.get()] = std::move(entry);
}

void Flusher::remove(const Log& log, std::function<void()> idle) {
    const auto found = logs_.find(&log);
    const auto entry = found == logs_.end() ? nullptr : found->second;
    if (entry) {
        entry->removed = true;
        if (std::exchange(entry->files_due, false)) --files_due_;
        logs_.erase(found);
    }
    if (!idle) return;
    if (entry && entry->running)
        entry->when_idle = std::move(idle);
    else
        idle();
}

void Flusher::request(const Log& log) {
    const auto found = logs_.find(&log);
    check(found != logs_.end(), "a log that is not watched was to be synced");
    if (!log.is_dirty() || log.is_offline()) return;
    enqueue(found->second);
    start_later();
}

void Flusher::appended(const Log& log) {
    if (log.wants_sync(clock_.wall_ms())) request(log);
    // In page-cache mode the high watermark has moved already: nobody else would tell.
    if (log.config().durability == Durability::page_cache && log.on_progress) log.on_progress();
}

void Flusher::enqueue(const Entry& entry) {
    if (entry->running) {
        entry->wanted = true;
    } else if (!entry->queued) {
        entry->queued = true;
        queue_.push_back(entry);
    }
}

void Flusher::start_later() {
    if (!options_.later) return start_syncs();
    if (std::exchange(start_comes_, true)) return;
    options_.later([this, alive = alive_] {
        if (!*alive) return;
        start_comes_ = false;
        start_syncs();
    });
}

void Flusher::start_syncs() {
    if (!queue_.empty()) prepare_journal();
    std::vector<Sync> group;
    std::size_t group_bytes = 0;
    for (auto left = queue_.size(); left > 0; --left) {
        const auto entry = std::move(queue_.front());
        queue_.pop_front();
        entry->queued = false;
        if (entry->removed) continue;
        const auto bytes = journal_bytes_for(*entry);
        const bool joins = bytes > 0 && journal_state_ == JournalState::idle
                           && journal_->has_room(group_bytes + bytes);
        // What is to go through the journal waits for its next turn; no full journal does.
        const bool waits = bytes > 0 && journal_state_ == JournalState::writing;
        if (!joins && (waits || running_ == options_.max_parallel)) {
            enqueue(entry);
        } else if (auto sync = take(entry)) {
            if (!joins) start_alone(*sync);
            if (joins) group.push_back(std::move(*sync));
            group_bytes += joins ? bytes : 0;
        }
    }
    if (!group.empty()) start_journal(std::move(group));
}

std::optional<Flusher::Sync> Flusher::take(const Entry& entry) {
    auto begun = entry->log->begin_sync(closing_ != nullptr);
    if (!begun) {
        if (entry->log->on_progress) entry->log->on_progress();
        return std::nullopt;
    }
    entry->running = true;
    return Sync{entry, std::move(*begun), false, false};
}

void Flusher::start_alone(const Sync& sync) {
    auto& entry = *sync.entry;
    ++running_;
    const auto syncs = std::make_shared<const std::vector<Sync>>(
        1, Sync{sync.entry, sync.job, std::exchange(entry.journaled, false),
                std::exchange(entry.files_due, false)});
    pool_.run([job = sync.job, &disk = data_dir_.disk()] { job->run(disk); },
              [this, syncs, alive = alive_] {
                  if (!*alive) return;
                  --running_;
                  finished(syncs);
              });
}

void Flusher::finished(const Syncs& syncs) {
    ++syncs_;
    for (const auto& sync : *syncs) settle(sync);
    // The next sync starts before the news goes out: the disk should not wait for the answers.
    start_syncs();
    for (const auto& sync : *syncs) tell(*sync.entry);
    close_when_idle();
}

void Flusher::settle(const Sync& sync) {
    auto& entry = *sync.entry;
    entry.running = false;
    entry.log->finish_sync(*sync.job, clock_.wall_ms());
    const bool lost = entry.log->is_offline() && !entry.removed;
    if (sync.was_due && !lost) --files_due_;
    // What only the journal has stays there for the next start.
    if (lost && (sync.was_journaled || sync.was_due)) journal_state_ = JournalState::failed;
    if (std::exchange(entry.wanted, false) && !entry.removed && !entry.log->is_offline())
        enqueue(sync.entry);
}

void Flusher::tell(Watched& entry) {
    if (!entry.removed) entry.log->delete_segments(entry.saved_log_start, clock_.wall_ms());
    const auto log = entry.log;
    if (!entry.removed && log->on_progress) log->on_progress();
    if (const auto idle = std::exchange(entry.when_idle, nullptr)) idle();
}

void Flusher::save_checkpoints(Done done) {
    save_waiters_.push_back(std::move(done));
    if (!saving_) start_save();
}

void Flusher::start_save() {
    saving_ = true;
    std::vector<std::pair<Entry, std::int64_t>> starts;
    for (const auto& [log, entry] : logs_) {
        data_dir_.note(entry->partition, *log);
        starts.emplace_back(entry, log->durable_log_start());
    }
    auto result = std::make_shared<Result<void>>();
    pool_.run([result, save = data_dir_.begin_save()] { *result = save(); },
              [this, result, starts = std::move(starts), waiters = std::exchange(save_waiters_, {}),
               alive = alive_] {
                  if (!*alive) return;
                  finish_save(*result, starts);
                  for (const auto& done : waiters)
                      if (done) done(*result);
                  if (*alive && !saving_ && !save_waiters_.empty()) start_save();
              });
}

void Flusher::finish_save(const Result<void>& result,
                          const std::vector<std::pair<Entry, std::int64_t>>& starts) {
    saving_ = false;
    data_dir_.finish_save(result);
    if (!result) {
        log::error("the checkpoints could not be saved", {{"reason", result.error().what}});
        return;
    }
    const auto now = clock_.wall_ms();
    for (const auto& [entry, start] : starts) entry->saved_log_start = start;
    for (const auto& [log, entry] : logs_) entry->log->delete_segments(entry->saved_log_start, now);
}

void Flusher::apply_retention() {
    const auto now = clock_.wall_ms();
    bool moved = false;
    for (const auto& [key, entry] : logs_) {
        if (!entry->log->apply_retention(now)) continue;
        moved = true;
        enqueue(entry);  // a roll left a segment to sync
    }
    start_syncs();
    if (moved) save_checkpoints({});
}

void Flusher::tick() {
    const auto now = clock_.wall_ms();
    std::vector<std::string> expired;
    for (const auto& [log, entry] : logs_) {
        if (log->wants_sync(now)) enqueue(entry);
        auto files = entry->log->take_expired_files(now);
        std::ranges::move(files, std::back_inserter(expired));
    }
    start_syncs();
    if (!expired.empty()) remove_files(std::move(expired));
    if (clock_.now() >= next_retention_) {
        next_retention_ = after_ms(clock_.now(), options_.retention_check_ms);
        apply_retention();
    }
    if (clock_.now() >= next_checkpoint_) {
        next_checkpoint_ = after_ms(clock_.now(), options_.checkpoint_ms);
        for (const auto& [key, entry] : logs_) entry->log->tidy(now);
        save_checkpoints({});
    }
}

void Flusher::remove_files(std::vector<std::string> paths) {
    pool_.run(
        [paths = std::move(paths), &disk = data_dir_.disk()] {
            for (const auto& path : paths) {
                const auto removed = disk.remove(path);
                if (!removed && removed.error().code != Errc::not_found)
                    log::warn("a deleted file stays until the next start",
                              {{"file", path}, {"reason", removed.error().what}});
            }
        },
        [] {});
}

void Flusher::close_clean(Done done) {
    check(!closing_, "a data directory is closed once");
    closing_ = std::move(done);
    for (const auto& [log, entry] : logs_)
        if (!log->is_offline() && (log->needs_save() || entry->running)) enqueue(entry);
    start_syncs();
    close_when_idle();
}

void Flusher::close_when_idle() {
    const bool journal_busy =
        journal_state_ == JournalState::creating || journal_state_ == JournalState::writing;
    if (!closing_ || running_ > 0 || journal_busy || !queue_.empty()) return;
    const auto done = std::make_shared<Done>(std::exchange(closing_, nullptr));
    const auto offline = std::ranges::find_if(
        logs_, [](const auto& watched) { return watched.first->is_offline(); });
    const auto reason = offline == logs_.end() ? std::string{} : offline->first->offline_reason();
    save_checkpoints([this, done, reason](const Result<void>& saved) {
        if (!saved) return (*done)(saved);
        if (!reason.empty()) return (*done)(Error{Errc::io, "a log is offline: " + reason});
        auto result = std::make_shared<Result<void>>();
        pool_.run(
            [result, journal = journal_, mark = data_dir_.mark_clean()] {
                if (journal) *result = journal->clear();
                if (result->ok()) *result = mark();
            },
            [result, done] { (*done)(*result); });
    });
}

}  // namespace leat::storage
