// Reads of a Log: from memory, or as jobs for the disk.
#include <algorithm>

#include "storage/aborted_search.hpp"
#include "storage/cold_read.hpp"
#include "storage/log.hpp"
#include "storage/log_jobs.hpp"

namespace leat::storage {

SegmentPlace Log::place_of(Segment& segment, std::int64_t offset) const {
    SegmentPlace place;
    place.path = segment.path(".log");
    place.base_offset = segment.base_offset();
    place.identity = segment.facts.identity;
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
    const auto index = segment_of(offset);
    auto& segment = *segments_[index];
    auto place = place_of(segment, offset);
    if (is_active(segment)) {
        const auto file = segment.file();
        if (!file) {
            outcome.fault = LogFault::storage;
            outcome.what = file.error().what;
            return outcome;
        }
        place.file = *file;
        place.next_offset = end_offset_;
    } else {
        place.file = segment.open.log();
        place.index_file = segment.open.index();
        place.next_offset = segments_[index + 1]->base_offset();
    }
    place.sound = segment.sound;
    const auto from = place.hint ? std::uint64_t{place.hint->position} : 0;
    if (segment.indexes_in_memory)
        place.end_hint = segment.hint_until(from + limits.max_bytes, limits.upper_bound);
    outcome.cold = std::make_shared<ColdRead>(std::move(place), offset, limits);
    return outcome;
}

void Log::learn(const Learned& learned) {
    if (segments_.empty() || learned.base_offset < segments_.front()->base_offset()) return;
    auto& segment = *segments_[segment_of(learned.base_offset)];
    // While its file is being replaced, nobody knows which of the two the job has opened.
    if (segment.base_offset() != learned.base_offset || is_replacing()
        || segment.facts.identity != learned.identity)
        return;
    segment.sound.add(learned.sound_begin, learned.sound_end);
    if (learned.file && !is_active(segment))
        environment_.files->keep(segment.open, learned.file, learned.index);
}

bool Log::has_aborted() const {
    return std::ranges::any_of(segments_, [](const auto& segment) {
        return !segment->aborted.empty() || segment->has_aborted_file;
    });
}

AbortedSearch Log::search_aborted(std::int64_t from, std::int64_t until) const {
    AbortedSearch search{from, until};
    for (auto i = segment_of(from); i < segments_.size(); ++i) {
        const auto& segment = *segments_[i];
        if (segment.aborted_in_memory)
            search.add(segment.aborted);
        else
            search.add_file(segment.path(".txnindex"));
    }
    return search;
}

std::shared_ptr<TimestampSearch> Log::search_timestamp(TimestampMs timestamp,
                                                       std::int64_t upper_bound) {
    auto search = std::make_shared<TimestampSearch>();
    search->timestamp_ = timestamp;
    search->log_start_ = log_start_;
    search->upper_bound_ = upper_bound;
    if (unborn_) return search;
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
    auto search = std::make_shared<TimestampSearch>();
    search->largest_ = true;
    search->log_start_ = log_start_;
    search->upper_bound_ = high_watermark_;
    for (auto i = segment_of(log_start_); i < segments_.size(); ++i) {
        auto& segment = *segments_[i];
        if (segment.base_offset() >= high_watermark_) break;
        std::optional<TimeIndexEntry> hint;
        if (segment.indexes_in_memory) hint = segment.last_time_below(high_watermark_);
        const auto named = segment.base_offset() + (hint ? std::int64_t{hint->relative_offset} : 0);
        search->segments_.push_back(place_of(segment, std::max(log_start_, named)));
        search->segments_.back().time_hint = hint;
    }
    return search;
}

}  // namespace leat::storage
