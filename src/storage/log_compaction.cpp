// What a Log lets a compaction do, and how it takes over what was rewritten.
#include <algorithm>
#include <array>
#include <limits>

#include "storage/aborted_search.hpp"
#include "storage/compaction.hpp"
#include "storage/log.hpp"

namespace leat::storage {

/// Where the first segment begins that may not be compacted: the active one, one that is not
/// durable or not stable as a whole, or one with a record younger than min.compaction.lag.ms.
std::int64_t Log::compactable_until(std::int64_t first_dirty, TimestampMs now) {
    const auto most = std::min(last_stable_offset_, recovery_point_);
    const auto lag = config_->min_compaction_lag_ms;
    auto until = segments_.front()->base_offset();
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        const auto end = segments_[i + 1]->base_offset();
        if (end > most) break;
        if (lag > 0 && end > first_dirty && retention_timestamp(*segments_[i]) > now - lag) break;
        until = end;
    }
    return until;
}

/// Of the batches with which the dirty segments begin, the active one left out.
TimestampMs Log::oldest_first_timestamp(std::int64_t first_dirty) {
    auto oldest = std::numeric_limits<TimestampMs>::max();
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        auto& segment = *segments_[i];
        if (segments_[i + 1]->base_offset() <= first_dirty) continue;
        if (segment.first_timestamp < 0) {
            std::array<std::byte, kafka::batch_header_size> bytes{};
            const auto file = segment.file_for_caller();
            if (!file || (*file)->read_at(0, bytes).ok() == false) continue;
            if (const auto header = kafka::BatchHeader::read(bytes))
                segment.first_timestamp = header->max_timestamp;
        }
        if (segment.first_timestamp > 0) oldest = std::min(oldest, segment.first_timestamp);
    }
    return oldest;
}

Compactable Log::compactable(std::int64_t first_dirty, TimestampMs now) {
    Compactable what;
    const bool is_known = first_dirty >= log_start_ && first_dirty <= end_offset_;
    what.first_dirty = is_known ? first_dirty : log_start_;
    what.until = std::max(what.first_dirty, compactable_until(what.first_dirty, now));
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        if (segments_[i]->base_offset() >= what.until) break;
        const bool is_clean = segments_[i + 1]->base_offset() <= what.first_dirty;
        (is_clean ? what.clean_bytes : what.dirty_bytes) += segments_[i]->size;
    }
    if (what.until == what.first_dirty) what.dirty_bytes = 0;
    if (config_->max_compaction_lag_ms < std::numeric_limits<std::int64_t>::max())
        what.is_overdue =
            oldest_first_timestamp(what.first_dirty) < now - config_->max_compaction_lag_ms;
    return what;
}

CompactionPlan Log::plan_compaction(const Compactable& what, TimestampMs now) const {
    CompactionPlan plan;
    plan.dir = dir_;
    plan.first_dirty = what.first_dirty;
    plan.until = what.until;
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        const auto& segment = *segments_[i];
        if (segment.base_offset() >= what.until) break;
        plan.segments.push_back({segment.base_offset(), segments_[i + 1]->base_offset(),
                                 segment.facts.identity, segment.size});
    }
    plan.aborted = search_aborted(segments_.front()->base_offset(), what.until);
    producers_.each([&](const ProducerState::Described& producer) {
        plan.producers[producer.producer_id] = {producer.last_offset, producer.epoch};
    });
    plan.now = now;
    plan.delete_retention_ms = config_->delete_retention_ms;
    plan.index_interval_bytes = config_->index_interval_bytes;
    return plan;
}

std::uint64_t Log::rewrites_from(std::int64_t from) const {
    std::uint64_t rewrites = 0;
    for (auto i = segment_of(from); i < segments_.size(); ++i)
        rewrites += segments_[i]->facts.identity;
    return rewrites;
}

bool Log::adopt(RewrittenSegment rewritten) {
    const auto base = rewritten.segment->base_offset();
    const auto found = std::ranges::find(
        segments_, base, [](const auto& segment) { return segment->base_offset(); });
    if (is_offline() || is_replacing() || found == segments_.end()
        || (*found)->facts.identity != rewritten.identity)
        return false;
    if (rewritten.aborted) {
        // Those that are missing concern no record that is still there, in either file.
        auto& old = **found;
        old.aborted = *rewritten.aborted;
        old.aborted_in_memory = true;
        old.saved_aborted = 0;
        auto& segment = *rewritten.segment;
        segment.forgets_aborted = true;
        segment.aborted = std::move(*rewritten.aborted);
        segment.saved_aborted = segment.aborted.size();
        segment.has_aborted_file = true;
    }
    replace_segment(std::move(rewritten.segment));
    return true;
}

}  // namespace leat::storage
