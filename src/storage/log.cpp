#include "storage/log.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/log_jobs.hpp"
#include "storage/space_guard.hpp"

namespace leat::storage {
namespace {

constexpr std::int64_t largest_relative = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t largest_segment = std::numeric_limits<std::int32_t>::max();
// Each holds a file open until it is synced. Rolls that outran the syncs would use up all files.
constexpr std::size_t most_unsynced_segments = 4;

AppendOutcome refused(LogFault fault, std::string what) {
    AppendOutcome outcome;
    outcome.fault = fault;
    outcome.what = std::move(what);
    return outcome;
}

LogFault fault_of(ProducerState::Verdict verdict) {
    using Verdict = ProducerState::Verdict;
    switch (verdict) {
        case Verdict::accept:
        case Verdict::duplicate:
            return LogFault::none;
        case Verdict::out_of_order_sequence:
            return LogFault::out_of_order_sequence;
        case Verdict::invalid_producer_epoch:
            return LogFault::invalid_producer_epoch;
        case Verdict::invalid_txn_state:
            return LogFault::invalid_txn_state;
        case Verdict::coordinator_fenced:
            return LogFault::coordinator_fenced;
    }
    return LogFault::none;
}

bool is_space(const Error& error) { return error.code == Errc::no_space; }

}  // namespace

const char* name_of(LogFault fault) {
    switch (fault) {
        case LogFault::none:
            return "none";
        case LogFault::offset_out_of_range:
            return "offset out of range";
        case LogFault::corrupt:
            return "corrupt";
        case LogFault::storage:
            return "storage";
        case LogFault::no_space:
            return "no space";
        case LogFault::too_large:
            return "too large";
        case LogFault::out_of_order_sequence:
            return "out of order sequence";
        case LogFault::invalid_producer_epoch:
            return "invalid producer epoch";
        case LogFault::invalid_txn_state:
            return "invalid transaction state";
        case LogFault::coordinator_fenced:
            return "transaction coordinator fenced";
    }
    return "unknown";
}

Log::Log(const LogEnvironment& environment, std::string dir,
         std::shared_ptr<const LogConfig> config)
    : environment_(environment),
      dir_(std::move(dir)),
      config_(std::move(config)),
      tail_(environment.tail) {}

Log::~Log() = default;

void Log::take_offline(std::string reason) {
    if (is_offline()) return;
    offline_reason_ = std::move(reason);
    log::error("the log is offline until the broker restarts",
               {{"dir", dir_}, {"reason", offline_reason_}, {"end_offset", end_offset_}});
}

std::uint64_t Log::size() const {
    std::uint64_t total = 0;
    for (const auto& segment : segments_) total += segment->size;
    return total;
}

std::size_t Log::segment_of(std::int64_t offset) const {
    const auto next = std::ranges::upper_bound(
        segments_, offset, {}, [](const auto& segment) { return segment->base_offset(); });
    check(next != segments_.begin(), "an offset below the first segment was asked for");
    return static_cast<std::size_t>(next - segments_.begin()) - 1;
}

bool Log::roll_due(const kafka::BatchHeader& batch, TimestampMs now) const {
    const auto& segment = *segments_.back();
    const auto last_offset = end_offset_ + batch.last_offset_delta;
    if (last_offset - segment.base_offset() > largest_relative) return true;
    if (segment.size == 0) return false;
    if (segment.size + batch.size() > largest_segment) return true;
    // The segment grows beyond its size, then, until a sync of it has ended.
    if (segments_.size() >= most_unsynced_segments
        && !segments_[segments_.size() - most_unsynced_segments]->synced)
        return false;
    const auto index_bytes = static_cast<std::uint64_t>(config_->segment_index_bytes);
    if ((segment.index.size() + 1) * index_entry_size > index_bytes
        || (segment.time_index.size() + 1) * time_index_entry_size > index_bytes)
        return true;
    const auto waited = segment.first_timestamp >= 0 ? batch.max_timestamp - segment.first_timestamp
                                                     : now - segment.created_ms;
    return segment.size + batch.size() > static_cast<std::uint64_t>(config_->segment_bytes)
           || waited > config_->segment_ms;
}

/// Everything that may be refused before anything is changed.
AppendOutcome Log::admit(const IncomingBatch& incoming, AppendOrigin origin) {
    if (is_offline()) return refused(LogFault::storage, offline_reason_);
    const auto& batch = incoming.header;
    const auto judged = producers_.judge(batch, incoming.transaction);
    if (const auto fault = fault_of(judged.verdict); fault != LogFault::none)
        return refused(fault, judged.what);
    AppendOutcome outcome;
    if (judged.verdict == ProducerState::Verdict::duplicate) {
        outcome.duplicate = true;
        outcome.base_offset = judged.original.first_offset();
        outcome.last_offset = judged.original.last_offset;
        outcome.append_time = judged.original.timestamp;
        return outcome;
    }
    if (batch.size() > static_cast<std::uint64_t>(config_->segment_bytes))
        return refused(LogFault::too_large, "the batch has " + std::to_string(batch.size())
                                                + " bytes, more than segment.bytes="
                                                + std::to_string(config_->segment_bytes));
    if (origin == AppendOrigin::client && !environment_.space.admits(batch.size()))
        return refused(LogFault::no_space, "the data directory is below its free-space floor of "
                                               + std::to_string(environment_.space.floor())
                                               + " bytes");
    return outcome;
}

AppendOutcome Log::append(const IncomingBatch& batch, TimestampMs now, AppendOrigin origin) {
    auto header = batch.header;
    check(header.size() == batch.bytes.size(), "append() takes one whole batch");
    auto outcome = admit(batch, origin);
    outcome.log_start = log_start_;
    if (outcome.fault != LogFault::none || outcome.duplicate) return outcome;

    const bool log_append_time = config_->timestamp_type == TimestampType::log_append_time;
    if (log_append_time) {
        kafka::set_append_time(batch.bytes, now);
        header.max_timestamp = now;
        outcome.append_time = now;
    }
    header.base_offset = end_offset_;
    header.leader_epoch = leader_epoch();
    kafka::set_base_offset(batch.bytes, header.base_offset);
    kafka::set_leader_epoch(batch.bytes, header.leader_epoch);
    auto error = place(header, batch.bytes, now);
    if (is_space(error) && origin == AppendOrigin::coordinator
        && environment_.space.reserve().give_up())
        error = place(header, batch.bytes, now);
    if (!error.what.empty())
        return refused(is_space(error) ? LogFault::no_space : LogFault::storage, error.what);

    tail_.add(header.base_offset, header.next_offset(), {batch.owner, batch.bytes});
    if (const auto aborted = producers_.update(header, batch.transaction))
        active().aborted.push_back(*aborted);
    end_offset_ = header.next_offset();
    bytes_since_save_ += header.size();
    follow_end_offset();
    settle_offsets();
    outcome.base_offset = header.base_offset;
    outcome.last_offset = header.last_offset();
    return outcome;
}

/// Writes the batch, into a new segment when one is due. An error with an empty sentence is none.
Error Log::place(kafka::BatchHeader& header, ByteView bytes, TimestampMs now) {
    if (unborn_)
        if (const auto made = make_folder(); !made) return made.error();
    if (const auto saved = save_epochs(); !saved) return saved.error();
    if (roll_due(header, now))
        if (const auto rolled = roll(now); !rolled) return rolled.error();
    return write(header, bytes);
}

/// May find what an attempt has left for which there was no room.
Result<void> Log::make_folder() {
    auto& disk = environment_.disk;
    if (auto made = disk.make_dir(dir_); !made && made.error().code != Errc::already_exists)
        return made;
    if (const auto& first = unborn_->first_file) {
        const auto file = disk.open(first->path, OpenMode::create);
        if (!file) return file.error();
        if (auto wrote = (*file)->write_at(0, as_bytes(first->text)); !wrote) return wrote;
    }
    if (auto created = active().create(); !created) return created;
    active().indexes_saved = false;
    if (unborn_->first_file) created_files_.push_back(unborn_->first_file->path);
    created_dirs_ = {dir_, parent_of(dir_)};
    // That nobody else has made holes in it, however its topic is configured later.
    if (config_->cleanup_compact) new_table_ = encode_segment_table({});
    unborn_.reset();
    return {};
}

Result<void> Log::write_small_file(std::string_view name, const std::string& text) {
    const auto path = join(dir_, std::string{name});
    auto& disk = environment_.disk;
    const auto file = disk.open(path + ".tmp", OpenMode::create);
    if (!file) return file.error();
    if (auto cut = (*file)->truncate(0); !cut) return cut;
    if (auto wrote = (*file)->write_at(0, as_bytes(text)); !wrote) return wrote;
    if (auto renamed = disk.rename(path + ".tmp", path); !renamed) return renamed;
    created_files_.push_back(path);
    created_dirs_.push_back(dir_);
    return {};
}

Result<void> Log::save_epochs() {
    if (epochs_saved_) return {};
    auto saved = write_small_file(epochs_file, epochs_.encode());
    epochs_saved_ = saved.ok();
    return saved;
}

/// Writes the batch at the end of the active segment. An error with an empty sentence is none.
Error Log::write(const kafka::BatchHeader& header, ByteView bytes) {
    auto& segment = active();
    const auto file = segment.file();
    if (!file) {
        take_offline(file.error().what);
        return file.error();
    }
    check(header.base_offset == end_offset_ && header.base_offset >= segment.base_offset(),
          "a batch is written at the end of the active segment");
    const auto position = segment.size;
    check(segment.durable_size <= position, "what is durable of a segment was written");
    if (const auto wrote = (*file)->write_at(position, bytes); !wrote) {
        // What was written of the batch must not be mistaken for a part of the log.
        const auto cut = (*file)->truncate(position);
        if (!cut) take_offline(cut.error().what);
        if (!is_space(wrote.error())) take_offline(wrote.error().what);
        return wrote.error();
    }
    segment.add(header, position, config_->index_interval_bytes);
    segment.synced = false;
    segment.indexes_saved = false;
    return {};
}

/// In page-cache mode the high watermark follows the end, as far as flush.messages lets it.
void Log::follow_end_offset() {
    if (config_->durability == Durability::page_cache
        && end_offset_ - recovery_point_ < config_->flush_messages)
        high_watermark_ = end_offset_;
}

/// To be called after each move of an offset, and each change of an open transaction.
void Log::settle_offsets() {
    producers_.high_watermark_moved(high_watermark_);
    const auto unstable = producers_.first_unstable_offset().value_or(high_watermark_);
    last_stable_offset_ = std::max(log_start_, std::min(unstable, high_watermark_));
    check_order();
}

Result<void> Log::roll(TimestampMs now) {
    if (is_offline()) return Error{Errc::io, offline_reason_};
    if (active().size == 0 && active().base_offset() == end_offset_) return {};
    check(active().base_offset() < end_offset_, "segments ascend");
    auto next = std::make_unique<Segment>(environment_.disk, dir_, end_offset_);
    if (auto created = next->create(); !created) {
        if (!is_space(created.error())) take_offline(created.error().what);
        return created;
    }
    active().close_time_index();
    active().indexes_saved = false;
    if (active().synced) active().close();  // else when it is
    next->created_ms = now;
    next->indexes_saved = false;
    snapshots_.push_back({end_offset_, producers_.encode()});
    created_dirs_.push_back(dir_);
    segments_.push_back(std::move(next));
    return {};
}

std::vector<ClosedSegment> Log::closed_segments() const {
    std::vector<ClosedSegment> found;
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i)
        if (segments_[i + 1]->base_offset() <= recovery_point_)
            found.push_back({segments_[i]->base_offset(), segments_[i]->path(".log")});
    return found;
}

void Log::replace_segment(std::unique_ptr<Segment> rewritten) {
    // Another broker's compaction may have left a hole at the end of the old one.
    const auto index = segment_of(rewritten->base_offset());
    check(segments_[index]->base_offset() == rewritten->base_offset(), "no such segment");
    check(index + 1 < segments_.size(), "the active segment is not replaced");
    check(segments_[index + 1]->base_offset() <= recovery_point_,
          "only what is durable is replaced");
    check(rewritten->next_offset <= segments_[index + 1]->base_offset(),
          "a rewritten segment ends where the old one did");
    check(std::ranges::find(replacements_, rewritten->base_offset(),
                            [](const auto& segment) { return segment->base_offset(); })
              == replacements_.end(),
          "a segment has one replacement at a time");
    replacements_.push_back(std::move(rewritten));
}

/// What the sync has put into its place is the segment from here on.
void Log::finish_replacements(const SyncJob& job) {
    for (const auto base_offset : job.replaced_) {
        auto rewritten = std::move(replacements_.front());
        replacements_.erase(replacements_.begin());
        check(rewritten->base_offset() == base_offset, "replacements are synced in their order");
        auto& segment = segments_[segment_of(base_offset)];
        rewritten->facts = {segment->facts.identity + 1, false};
        rewritten->created_ms = segment->created_ms;
        rewritten->durable_size = rewritten->size;
        if (!rewritten->forgets_aborted) {
            rewritten->aborted = std::move(segment->aborted);
            rewritten->aborted_in_memory = segment->aborted_in_memory;
            rewritten->saved_aborted = segment->saved_aborted;
            rewritten->has_aborted_file = segment->has_aborted_file;
        }
        // Readers at the tail must not be shown what is gone, which nothing may explain any more.
        tail_.forget_below(rewritten->next_offset);
        rewritten->close_time_index();
        rewritten->indexes_in_memory = true;
        rewritten->indexes_saved = false;
        segment = std::move(rewritten);
    }
}

bool Log::wants_sync(TimestampMs now) const {
    if (recovery_point_ >= end_offset_ || is_offline()) return false;
    if (config_->durability == Durability::sync || !snapshots_.empty()) return true;
    if (log_start_ > recovery_point_) return true;
    const auto since_sync = now - last_sync_ms_;
    const bool checkpoint =
        bytes_since_save_ >= static_cast<std::uint64_t>(config_->checkpoint_bytes);
    return end_offset_ - recovery_point_ >= config_->flush_messages
           || since_sync >= config_->flush_ms
           || (checkpoint && since_sync >= config_->checkpoint_ms);
}

std::optional<std::uint64_t> Log::bytes_for_journal() const {
    if (!created_files_.empty() || !created_dirs_.empty() || !snapshots_.empty() || is_replacing()
        || !new_table_.empty()
        || bytes_since_save_ >= static_cast<std::uint64_t>(config_->checkpoint_bytes))
        return std::nullopt;
    std::uint64_t bytes = 0;
    for (const auto& segment : segments_) bytes += segment->size - segment->durable_size;
    return bytes;
}

Result<std::shared_ptr<SyncJob>> Log::begin_sync(bool save) {
    check(!syncing_, "a log has one sync at a time");
    if (is_offline()) return Error{Errc::io, offline_reason_};
    if (save && !unborn_)
        if (const auto saved = save_epochs(); !saved && !is_space(saved.error())) {
            take_offline(saved.error().what);
            return saved.error();
        }
    auto job = std::make_shared<SyncJob>();
    job->dir_ = dir_;
    job->topic_id_ = topic_id_;
    job->end_offset_ = end_offset_;
    for (const auto& segment : segments_) {
        if (segment->synced) continue;
        const auto file = segment->file();
        if (!file) {
            take_offline(file.error().what);
            return file.error();
        }
        job->segments_.push_back({*file, segment->base_offset(), segment->facts.identity,
                                  segment->durable_size, segment->size});
    }
    for (const auto& rewritten : replacements_) job->replaced_.push_back(rewritten->base_offset());
    job->paths_ = std::exchange(created_files_, {});
    job->dirs_ = std::exchange(created_dirs_, {});
    std::ranges::sort(job->dirs_);
    job->dirs_.erase(std::unique(job->dirs_.begin(), job->dirs_.end()), job->dirs_.end());
    const bool due = (save && !unborn_)
                     || bytes_since_save_ >= static_cast<std::uint64_t>(config_->checkpoint_bytes);
    if (due || !snapshots_.empty()) collect_saves(*job, due);
    job->table_ = std::exchange(new_table_, {});
    job->saves_ |= !job->table_.empty();
    syncing_ = true;
    return job;
}

void Log::collect_saves(SyncJob& job, bool active_too) {
    job.saves_ = true;
    for (const auto& segment : segments_) {
        if (segment->indexes_saved || (is_active(*segment) && !active_too)) continue;
        segment->close_time_index();
        job.indexes_.push_back({segment->path(".index"), segment->saved_index * index_entry_size,
                                encode(segment->index, segment->saved_index)});
        job.indexes_.push_back({segment->path(".timeindex"),
                                segment->saved_time_index * time_index_entry_size,
                                encode(segment->time_index, segment->saved_time_index)});
        if (segment->aborted_in_memory && (segment->has_aborted_file || !segment->aborted.empty()))
            job.indexes_.push_back({segment->path(".txnindex"),
                                    segment->saved_aborted * aborted_entry_size,
                                    encode(segment->aborted, segment->saved_aborted)});
        segment->has_aborted_file |= !segment->aborted.empty();
        segment->saved_aborted = segment->aborted.size();
        segment->saved_index = segment->index.size();
        segment->saved_time_index = segment->time_index.size();
        segment->indexes_saved = true;
    }
    job.snapshots_ = std::exchange(snapshots_, {});
    if (active_too) {
        bytes_since_save_ = 0;
        const bool known = job.snapshots_.empty() ? last_snapshot_ == end_offset_
                                                  : job.snapshots_.back().offset == end_offset_;
        if (!known) job.snapshots_.push_back({end_offset_, producers_.encode()});
    }
    if (job.snapshots_.empty()) return;
    // A snapshot in the middle of a segment is of use only until there is a newer one.
    const bool at_segment = std::ranges::any_of(
        segments_, [&](const auto& segment) { return segment->base_offset() == last_snapshot_; });
    if (!at_segment) job.stale_snapshot_ = last_snapshot_;
    last_snapshot_ = job.snapshots_.back().offset;
}

bool Log::finish_sync(const SyncJob& job, TimestampMs now) {
    check(syncing_, "a sync ends that had begun");
    check(job.end_offset() <= end_offset_, "a log does not shrink while it is synced");
    syncing_ = false;
    last_sync_ms_ = now;
    if (!job.result().ok()) {
        take_offline("a sync failed: " + job.result().error().what);
        return false;
    }
    if (!job.has_saved()) forget_saves(job);
    for (const auto& segment : segments_) {
        const auto covered = std::ranges::find(job.segments_, segment->base_offset(),
                                               &SyncJob::Covered::base_offset);
        if (covered != job.segments_.end()) {
            check(covered->identity == segment->facts.identity, "a sync was of this very file");
            check(segment->durable_size <= covered->size && covered->size <= segment->size,
                  "a segment only grows, and so does what is durable of it");
            segment->durable_size = covered->size;
            if (segment->size == covered->size && !job.is_journaled()) segment->synced = true;
        }
        if (is_active(*segment)) continue;
        if (segment->synced) segment->close();
        if (segment->indexes_saved && segment->indexes_in_memory) segment->drop_indexes();
    }
    finish_replacements(job);
    if (!job.snapshots_.empty() && job.has_saved())
        durable_snapshot_ = job.snapshots_.back().offset;
    recovery_point_ = std::max(recovery_point_, job.end_offset());
    const auto before = high_watermark_;
    high_watermark_ = std::max(high_watermark_, recovery_point_);
    follow_end_offset();
    settle_offsets();
    return high_watermark_ != before;
}

/// There was no room to save what is only of use to the next start: it is saved as a whole when it
/// is due again.
void Log::forget_saves(const SyncJob& job) {
    log::warn("indexes and producers could not be saved, and will be later",
              {{"dir", dir_}, {"reason", job.saved_.error().what}});
    if (new_table_.empty()) new_table_ = job.table_;
    last_snapshot_ = durable_snapshot_;
    for (const auto& segment : segments_) {
        if (!segment->indexes_in_memory) continue;
        segment->indexes_saved = false;
        segment->saved_index = segment->saved_time_index = segment->saved_aborted = 0;
    }
}

bool Log::needs_save() const {
    if (unborn_) return false;
    if (is_dirty() || !epochs_saved_ || last_snapshot_ != end_offset_) return true;
    return std::ranges::any_of(segments_,
                               [](const auto& s) { return !s->indexes_saved || !s->synced; });
}

void Log::tidy(TimestampMs now) {
    producers_.expire(now, config_->producer_id_expiration_ms);
    if (syncing_) return;
    for (const auto& segment : segments_) segment->close_idle();
}

}  // namespace leat::storage
