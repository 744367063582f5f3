// What a Log deletes, and when: DeleteRecords and retention.
#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"
#include "storage/log.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {
LogFault Log::delete_records(std::int64_t offset) {
    if (offset > high_watermark_ || offset < 0) return LogFault::offset_out_of_range;
    if (offset <= log_start_) return LogFault::none;
    log_start_ = offset;
    settle_offsets();
    epochs_.truncate_start(offset);
    return LogFault::none;
}

/// Moves the log start behind the oldest segment that still holds readable records. False if
/// records at or above the high watermark would go.
bool Log::drop_oldest(TimestampMs now, const char* reason) {
    const auto index = segment_of(log_start_);
    const bool is_last = index + 1 == segments_.size();
    const auto end = is_last ? end_offset_ : segments_[index + 1]->base_offset();
    if (end > high_watermark_ || end == log_start_) return false;
    if (is_last && !roll(now)) return false;
    log::info(
        "retention drops a segment",
        {{"dir", dir_}, {"base_offset", segments_[index]->base_offset()}, {"reason", reason}});
    return delete_records(end) == LogFault::none;
}

bool Log::apply_retention(TimestampMs now) {
    if (!config_->cleanup_delete || is_offline()) return false;
    const bool by_size = retain_by_size(now);
    const bool by_time = retain_by_time(now);
    return by_size || by_time;
}

bool Log::retain_by_size(TimestampMs now) {
    if (config_->retention_bytes < 0) return false;
    std::int64_t held = 0;
    for (auto i = segment_of(log_start_); i < segments_.size(); ++i)
        held += static_cast<std::int64_t>(segments_[i]->size);
    bool moved = false;
    for (auto excess = held - config_->retention_bytes;;) {
        const auto size = static_cast<std::int64_t>(segments_[segment_of(log_start_)]->size);
        if (excess - size < 0 || !drop_oldest(now, "size")) return moved;
        moved = true;
        excess -= size;
    }
}

bool Log::retain_by_time(TimestampMs now) {
    if (config_->retention_ms < 0) return false;
    bool moved = false;
    for (;;) {
        auto& oldest = *segments_[segment_of(log_start_)];
        if (oldest.size == 0) return moved;
        const auto timestamp = retention_timestamp(oldest);
        if (timestamp > now)
            log::warn(
                "a timestamp in the future keeps a segment from being deleted",
                {{"dir", dir_}, {"base_offset", oldest.base_offset()}, {"timestamp", timestamp}});
        if (now - timestamp <= config_->retention_ms || !drop_oldest(now, "time")) return moved;
        moved = true;
    }
}

/// The largest timestamp of the segment's records, or its file's time if they have none.
TimestampMs Log::retention_timestamp(Segment& segment) {
    if (!segment.max_timestamp) {
        const auto last = last_time_entry(environment_.disk, segment.path(".timeindex"));
        segment.max_timestamp = last ? last->timestamp : -1;
    }
    return *segment.max_timestamp >= 0 ? *segment.max_timestamp : segment.created_ms;
}

bool Log::delete_segments(std::int64_t saved_log_start, TimestampMs now) {
    // A sync that runs may be writing the indexes of the very segment.
    if (syncing_) return false;
    check(saved_log_start <= log_start_, "a log start is saved after it has moved");
    const auto below = std::min(saved_log_start, durable_snapshot_);
    if (segments_.size() < 2 || segments_[1]->base_offset() > below) return false;
    // A power cut may bring a deleted segment back, and it would be the last one if the name of the
    // one behind it were lost: its end would look like records that are missing.
    if (!created_dirs_.empty()) return !is_offline();
    while (segments_.size() > 1 && segments_[1]->base_offset() <= below) {
        auto& oldest = *segments_.front();
        for (const auto suffix : segment_suffixes) {
            const auto path = oldest.path(suffix);
            const auto renamed = environment_.disk.rename(path, path + ".deleted");
            if (renamed)
                deleted_files_.emplace_back(path + ".deleted", now + config_->file_delete_delay_ms);
            else if (renamed.error().code != Errc::not_found)
                log::warn("a deleted segment's file stays until the next start",
                          {{"file", path}, {"reason", renamed.error().what}});
        }
        std::erase_if(replacements_, [&](const auto& rewritten) {
            return rewritten->base_offset() == oldest.base_offset();
        });
        segments_.erase(segments_.begin());
    }
    return false;
}

std::vector<std::string> Log::take_expired_files(TimestampMs now) {
    std::vector<std::string> expired;
    std::erase_if(deleted_files_, [&](const auto& file) {
        if (file.second > now) return false;
        expired.push_back(file.first);
        return true;
    });
    return expired;
}

}  // namespace leat::storage
