// How the Flusher uses the journal.
#include "base/log.hpp"
#include "storage/flusher.hpp"
#include "storage/journal.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {
namespace {

// What one log may bring at a time: writing more twice costs as much as a sync of its own.
constexpr std::uint64_t most_of_one_log = std::uint64_t{64} * 1024;

}  // namespace

std::size_t Flusher::journal_bytes_for(const Watched& entry) const {
    const bool usable =
        journal_state_ == JournalState::idle || journal_state_ == JournalState::writing;
    if (!usable || closing_ || entry.files_due) return 0;
    const auto bytes = entry.log->bytes_for_journal().value_or(0);
    if (bytes == 0 || bytes > most_of_one_log) return 0;
    return JournalGroup::size_of(entry.log->dir(), bytes);
}

void Flusher::prepare_journal() {
    if (journal_state_ == JournalState::none && journal_
        && data_dir_.space().admits(options_.journal_bytes))
        create_journal();
    else if (journal_state_ == JournalState::idle && journal_->wants_turn() && files_due_ == 0)
        turn_journal();
}

void Flusher::create_journal() {
    journal_state_ = JournalState::creating;
    const auto result = std::make_shared<Result<void>>();
    pool_.run([journal = journal_, result] { *result = journal->create(); },
              [this, result, alive = alive_] {
                  if (!*alive) return;
                  journal_state_ = result->ok() ? JournalState::idle : JournalState::failed;
                  if (!result->ok())
                      log::warn("there is no journal: the files of each log are synced",
                                {{"reason", result->error().what}});
                  close_when_idle();
              });
}

void Flusher::turn_journal() {
    journal_->turn();
    for (const auto& [log, entry] : logs_) {
        if (!std::exchange(entry->journaled, false)) continue;
        entry->files_due = true;
        ++files_due_;
        enqueue(entry);
    }
}

void Flusher::start_journal(std::vector<Sync> group) {
    journal_state_ = JournalState::writing;
    for (const auto& sync : group) sync.entry->journaled = true;
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
    if (!written) {
        log::error("the journal cannot be written: from now on the files of each log are synced",
                   {{"reason", written.error().what}});
        journal_state_ = JournalState::failed;
    }
    if (journal_state_ == JournalState::writing) journal_state_ = JournalState::idle;
    finished(group);
}

}  // namespace leat::storage
