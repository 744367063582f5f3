#include "storage/flusher.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/log_jobs.hpp"
#include "storage/removal.hpp"

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
    if (options_.journal.bytes > 0)
        journal_ = std::make_shared<Journal>(data_dir.disk(), data_dir.path(), options_.journal);
}

Flusher::~Flusher() { *alive_ = false; }

void Flusher::add(const TopicPartition& partition, std::shared_ptr<Log> log) {
    auto entry = std::make_shared<Watched>();
    entry->partition = partition;
    entry->log = std::move(log);
    logs_[entry->log.get()] = entry;
    if (!closing_) return;
    enqueue(entry);  // the marker of a clean stop will vouch for its names and small files too
    start_later();
}

void Flusher::remove(const Log& log, std::function<void()> idle) {
    const auto found = logs_.find(&log);
    if (found == logs_.end()) {
        if (idle) idle();
        return;
    }
    const auto entry = found->second;
    entry->removed = true;
    logs_.erase(found);
    if (!log.is_offline()) turns_.make_due(entry->share);
    check_journaled(*entry);
    if (!entry->is_running() && !entry->is_due()) {
        if (idle) idle();
        return;
    }
    entry->when_idle = std::move(idle);  // first: a sync that cannot begin is told of at once
    if (!entry->is_due()) return;
    enqueue(entry);
    start_later();
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
    if (entry->is_running()) {
        entry->sync_follows = true;
    } else if (entry->stage == Stage::idle) {
        entry->stage = Stage::queued;
        (journal_bytes_for(*entry) > 0 ? small_ : own_).push_back(entry);
    }
}

void Flusher::start_later() {
    if (!options_.later) return start_syncs();
    if (std::exchange(start_comes_, true)) return;
    options_.later([this, alive = alive_] {
        if (!*alive) return;
        start_comes_ = false;
        start_syncs();
        close_when_idle();  // if no sync could begin, none ends
    });
}

void Flusher::start_syncs() {
    if (!own_.empty() || !small_.empty()) prepare_journal();
    gather_for_journal();
    start_own();
    tell_failed();
}

void Flusher::start_own() {
    start_due();
    const auto places = options_.max_parallel - (keep_place_for_due() ? 1 : 0);
    while (running_ < places && !own_.empty()) {
        const auto entry = std::move(own_.front());
        own_.pop_front();
        if (auto sync = take(entry)) start_alone(*sync);
    }
    start_due();  // if none of the others could begin
}

// One at any time, or the journal's file may fill up before the other is free; where there is but
// one place, in turn with the others. More only in places that nobody waits for, and one of these
// stays free.
bool Flusher::may_start_due() const {
    if (due_running_ > 0) return running_ + own_.size() + 1 < options_.max_parallel;
    const bool others_turn = options_.max_parallel == 1 && due_was_last_ && !own_.empty();
    return running_ < options_.max_parallel && !others_turn;
}

// A log that is always busy can be synced only when its write of the journal has ended.
bool Flusher::keep_place_for_due() const {
    return may_start_due() && due_running_ == 0
           && std::ranges::any_of(due_, [](const Entry& entry) {
                  return entry->is_due() && !entry->removed && entry->stage == Stage::in_group;
              });
}

void Flusher::start_due() {
    for (auto left = due_.size(); left > 0 && may_start_due(); --left) {
        const auto entry = std::move(due_.front());
        due_.pop_front();
        if (!entry->is_due() || entry->removed) continue;  // done, or in own_
        if (entry->stage != Stage::idle)
            due_.push_back(entry);  // its turn comes when that has ended
        else if (auto sync = take(entry))
            start_alone(*sync);
    }
}

std::optional<Flusher::Sync> Flusher::take(const Entry& entry) {
    check(!entry->is_running(), "a log has one sync at a time");
    entry->stage = Stage::idle;
    if (entry->removed && !entry->is_due()) return std::nullopt;
    auto begun = entry->log->begin_sync(closing_ != nullptr);
    if (!begun) {
        failed_.push_back(entry);
        return std::nullopt;
    }
    entry->stage = Stage::syncing;
    return Sync{entry, std::move(*begun)};
}

void Flusher::start_alone(const Sync& sync) {
    const std::size_t due = sync.entry->is_due() ? 1 : 0;
    ++running_;
    due_running_ += due;
    due_was_last_ = due > 0;
    const auto syncs = std::make_shared<const std::vector<Sync>>(1, sync);
    pool_.run([syncs, &disk = data_dir_.disk()] { syncs->front().job->run(disk); },
              [this, syncs, due, alive = alive_] {
                  if (!*alive) return;
                  check(running_ > 0 && due_running_ >= due, "a sync ends that had begun");
                  --running_;
                  due_running_ -= due;
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
    check(entry.is_running(), "a sync ends that had begun");
    check(entry.saved_log_start <= entry.log->durable_log_start(),
          "a log start is saved when all below is durable");
    entry.stage = Stage::idle;
    entry.log->finish_sync(*sync.job, clock_.wall_ms());
    // Not later: of a log that is always busy the next sync begins at once.
    if (!entry.removed) entry.log->delete_segments(entry.saved_log_start, clock_.wall_ms());
    check_journaled(entry);
    if (!sync.job->is_journaled() && !entry.log->is_offline()) turns_.synced(entry.share);
    const bool more =
        entry.is_due() || (!entry.removed && (entry.log->is_dirty() || closing_ != nullptr));
    if (std::exchange(entry.sync_follows, false) && more && !entry.log->is_offline())
        enqueue(sync.entry);
}

void Flusher::tell(Watched& entry) {
    const auto log = entry.log;
    if (!entry.removed && log->on_progress) log->on_progress();
    if (entry.stage != Stage::idle) return;  // a removed one is synced once more
    if (const auto idle = std::exchange(entry.when_idle, nullptr)) idle();
}

void Flusher::tell_failed() {
    while (!failed_.empty()) {
        const auto entry = std::move(failed_.back());
        failed_.pop_back();
        check_journaled(*entry);
        tell(*entry);
    }
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
                  const bool is_full = !result->ok() && result->error().code == Errc::no_space;
                  if (is_full && data_dir_.space().reserve().give_up()) {
                      save_waiters_.insert(save_waiters_.begin(), waiters.begin(), waiters.end());
                      return start_save();
                  }
                  for (const auto& done : waiters)
                      if (done) done(*result);
                  if (*alive && !saving_ && !save_waiters_.empty()) start_save();
              });
}

void Flusher::finish_save(const Result<void>& result,
                          const std::vector<std::pair<Entry, std::int64_t>>& starts) {
    check(saving_, "a save ends that had begun");
    saving_ = false;
    data_dir_.finish_save(result);
    if (!result) {
        log::error("the checkpoints could not be saved", {{"reason", result.error().what}});
        return;
    }
    const auto now = clock_.wall_ms();
    for (const auto& [entry, start] : starts) entry->saved_log_start = start;
    bool waits = false;
    for (const auto& [log, entry] : logs_) {
        if (!entry->log->delete_segments(entry->saved_log_start, now)) continue;
        enqueue(entry);
        waits = true;
    }
    if (waits) start_later();
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
    if (journal_state_ == JournalState::no_space) journal_state_ = JournalState::none;
    std::vector<std::string> expired;
    for (const auto& [log, entry] : logs_) {
        if (log->wants_sync(now)) enqueue(entry);
        auto files = entry->log->take_expired_files(now);
        std::ranges::move(files, std::back_inserter(expired));
    }
    start_syncs();
    keep_reserve();
    if (!expired.empty()) remove_files_in_steps(data_dir_.disk(), pool_, expired, [] {});
    if (clock_.now() >= next_retention_) {
        next_retention_ = after_ms(clock_.now(), options_.retention_check_ms);
        apply_retention();
    }
    if (clock_.now() >= next_checkpoint_) {
        next_checkpoint_ = after_ms(clock_.now(), options_.checkpoint_ms);
        for (const auto& [key, entry] : logs_) entry->log->tidy(now);
        // A log's file stays open as long as only the journal has what is in it.
        if (journal_state_ == JournalState::ready && turns_.may_turn()) turn_journal();
        start_syncs();
        save_checkpoints({});
    }
}

void Flusher::keep_reserve() {
    auto& reserve = data_dir_.space().reserve();
    auto make = reserve.begin_make();
    if (!make) return;
    pool_.run(std::move(make), [&reserve, alive = alive_] {
        if (*alive) reserve.finish_make();
    });
}

void Flusher::close_clean(Done done) {
    check(!closing_, "a data directory is closed once");
    data_dir_.space().reserve().give_up();
    closing_ = std::move(done);
    for (const auto& [log, entry] : logs_)
        if (!log->is_offline() && (log->needs_save() || entry->is_running())) enqueue(entry);
    start_syncs();
    close_when_idle();
}

void Flusher::close_when_idle() {
    const bool journal_busy = journal_state_ == JournalState::creating || turns_.is_writing();
    const bool waiting = !own_.empty() || !small_.empty();
    if (!closing_ || running_ > 0 || journal_busy || waiting) return;
    // Whatever comes from here on, by a timer, is synced without it: it will be emptied.
    check(running_ == 0 && !turns_.is_writing(), "a directory is closed when nothing is synced");
    journal_state_ = JournalState::off;
    const auto done = std::make_shared<Done>(std::exchange(closing_, nullptr));
    const auto offline = std::ranges::find_if(
        logs_, [](const auto& watched) { return watched.first->is_offline(); });
    const auto reason = offline == logs_.end() ? std::string{} : offline->first->offline_reason();
    save_checkpoints([this, done, reason, keep = journal_needed_](const Result<void>& saved) {
        if (!saved) return (*done)(saved);
        if (!reason.empty()) return (*done)(Error{Errc::io, "a log is offline: " + reason});
        auto result = std::make_shared<Result<void>>();
        pool_.run(
            [result, keep, &data_dir = data_dir_, mark = data_dir_.mark_clean()] {
                *result = {};
                if (!keep) *result = Journal::clear(data_dir.disk(), data_dir.path());
                if (result->ok()) *result = mark();
            },
            [result, done] { (*done)(*result); });
    });
}

}  // namespace leat::storage
