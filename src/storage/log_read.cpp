// Reads of a Log: from memory, or as jobs for the disk.
#include <algorithm>

#include "storage/log.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {

SegmentPlace Log::place_of(Segment& segment, std::int64_t offset) const {
    SegmentPlace place;
    place.path = segment.path(".log");
    place.base_offset = segment.base_offset();
    place.size = segment.size;
    place.dense = segment.facts.dense;
    if (!segment.indexes_in_memory) {
        place.index_path = segment.path(".index");
        place.time_index_path = segment.path(".timeindex");
        return place;
    }
    place.hint = segment.hint_for(offset);
    if (segment.max_timestamp && *segment.max_timestamp >= 0)
        place.last_time = TimeIndexEntry{
            *segment.max_timestamp,
            static_cast<std::uint32_t>(segment.offset_of_max_timestamp - segment.base_offset())};
    return place;
}

ReadOutcome Log::read(std::int64_t offset, const ReadLimits& limits) {
    ReadOutcome outcome;
    if (offset < log_start_ || offset > end_offset_) {
        outcome.fault = LogFault::offset_out_of_range;
        outcome.what = "offset " + std::to_string(offset) + " is outside of "
                       + std::to_string(log_start_) + " to " + std::to_string(end_offset_);
        return outcome;
    }
    if (offset >= end_offset_ || offset >= limits.upper_bound) return outcome;
    if (!tail_.empty() && tail_.start_offset() <= offset) {
        outcome.data.bytes = tail_.read(offset, limits.upper_bound, limits.max_bytes,
                                        limits.at_least_one, outcome.data.parts);
        return outcome;
    }
    auto& segment = *segments_[segment_of(offset)];
    const auto file = is_active(segment) ? segment.file() : segment.file_for_caller();
    if (!file) {
        outcome.fault = LogFault::storage;
        outcome.what = file.error().what;
        return outcome;
    }
    auto place = place_of(segment, offset);
    place.file = *file;
    outcome.cold = std::make_shared<ColdRead>(std::move(place), offset, limits);
    return outcome;
}

std::shared_ptr<TimestampSearch> Log::search_timestamp(TimestampMs timestamp,
                                                       std::int64_t upper_bound) {
    auto search = std::make_shared<TimestampSearch>();
    search->timestamp_ = timestamp;
    search->log_start_ = log_start_;
    search->upper_bound_ = upper_bound;
    for (auto i = segment_of(log_start_); i < segments_.size(); ++i) {
        auto& segment = *segments_[i];
        std::int64_t from = segment.base_offset();
        std::optional<TimeIndexEntry> hint;
        if (segment.indexes_in_memory) hint = segment.time_hint_for(timestamp);
        if (hint) from += hint->relative_offset;
        search->segments_.push_back(place_of(segment, from));
        search->segments_.back().time_hint = hint;
    }
    return search;
}

std::shared_ptr<TimestampSearch> Log::search_max_timestamp() {
    auto search = search_timestamp(0, high_watermark_);
    search->largest_ = true;
    return search;
}

}  // namespace leat::storage
