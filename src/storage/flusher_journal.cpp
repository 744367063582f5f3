// How the Flusher uses the journal.
#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/flusher.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {
namespace {

// What one log may bring at a time: writing more twice costs as much as a sync of its own.
constexpr std::uint64_t most_of_one_log = std::uint64_t{64} * 1024;

}  // namespace

std::size_t Flusher::journal_bytes_for(const Watched& entry) const {
    if (journal_state_ != JournalState::ready || closing_ || entry.removed) return 0;
    const auto bytes = entry.log->bytes_for_journal().value_or(0);
    if (bytes == 0 || bytes > most_of_one_log) return 0;
    return JournalGroup::size_of(entry.log->dir(), bytes);
}

void Flusher::prepare_journal() {
    if (journal_state_ == JournalState::none && journal_ && !closing_)
        create_journal();
    else if (journal_state_ == JournalState::ready && turns_.may_turn() && journal_->wants_turn())
        turn_journal();
}

void Flusher::create_journal() {
    journal_state_ = JournalState::creating;
    const auto result = std::make_shared<Result<void>>();
    pool_.run([journal = journal_, result] { *result = journal->create(); },
              [this, result, alive = alive_] {
                  if (!*alive) return;
                  journal_state_ = JournalState::ready;
                  if (!result->ok() && result->error().code == Errc::no_space)
                      journal_state_ = JournalState::no_space;
                  else if (!result->ok())
                      leave_journal(result->error().what);
                  close_when_idle();
              });
}

void Flusher::leave_journal(const std::string& reason) {
    if (journal_state_ != JournalState::off)
        log::warn("from now on the files of each log are synced, without the journal",
                  {{"reason", reason}});
    journal_state_ = JournalState::off;
}

void Flusher::check_journaled(const Watched& entry) {
    if (!entry.log->is_offline() || entry.share == JournalTurns::Share::nothing) return;
    journal_needed_ = true;
    leave_journal("it is left as it is for the next start: " + entry.log->offline_reason());
}

void Flusher::turn_journal() {
    check(turns_.may_turn(), "all that the journal's other file holds is durable elsewhere");
    journal_->turn();
    due_.clear();  // of all that it holds the files were synced by other ways
    for (const auto& [log, entry] : logs_)
        if (turns_.make_due(entry->share)) due_.push_back(entry);
}

void Flusher::gather_for_journal() {
    if (turns_.is_writing()) return;
    std::vector<Sync> group;
    std::optional<Sync> due;
    std::size_t size = 0;
    for (auto left = small_.size(); left > 0; --left) {
        const auto entry = std::move(small_.front());
        small_.pop_front();
        const auto bytes = journal_bytes_for(*entry);
        if (entry->is_due() && !due && may_start_due()) {
            // Of a log that is always busy the files are synced in between.
            due = take(entry);
        } else if (bytes == 0 || !journal_->has_room(size + bytes)) {
            own_.push_back(entry);
        } else if (auto sync = take(entry)) {
            group.push_back(std::move(*sync));
            size += bytes;
        }
    }
    if (!group.empty()) start_journal(std::move(group));
    if (due) start_alone(*due);
}

void Flusher::start_journal(std::vector<Sync> group) {
    turns_.begin_group();
    for (const auto& sync : group) {
        sync.entry->stage = Stage::in_group;
        JournalTurns::join(sync.entry->share);
    }
    const auto syncs = std::make_shared<const std::vector<Sync>>(std::move(group));
    const auto written = std::make_shared<Result<void>>();
    pool_.run(
        [syncs, written, journal = journal_, &disk = data_dir_.disk()] {
            JournalGroup bytes;
            for (const auto& sync : *syncs)
                if (written->ok()) *written = sync.job->add_to(bytes);
            if (written->ok()) *written = journal->append(std::move(bytes));
            for (const auto& sync : *syncs)
                written->ok() ? sync.job->journaled() : sync.job->run(disk);
        },
        [this, syncs, written, alive = alive_] {
            if (*alive) journal_written(syncs, *written);
        });
}

void Flusher::journal_written(const Syncs& group, const Result<void>& written) {
    turns_.end_group();
    if (!written) leave_journal(written.error().what);
    finished(group);
}

}  // namespace leat::storage
