// The loop of fetches behind every reading command.
#include "client/topic_reader.hpp"

#include <algorithm>

#include "client/offsets.hpp"

namespace leat::client {

Result<bool> TopicReader::read(const Visit& visit) {
    std::vector<FetchPosition> positions;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        const auto at = (first_ + i) % ranges_.size();
        if (ranges_[at].from >= ranges_[at].until) continue;
        positions.push_back({ranges_[at].partition, ranges_[at].from});
        owners.push_back(at);
    }
    if (positions.empty()) return false;
    ++first_;
    auto fetched = fetch(cluster_, positions, options_);
    if (!fetched) return fetched.error();
    for (std::size_t i = 0; i < fetched->size(); ++i) {
        auto go_on = take(ranges_[owners[i]], (*fetched)[i], visit);
        if (!go_on || !*go_on) return go_on;
    }
    return std::ranges::any_of(ranges_, [](const auto& r) { return r.from < r.until; });
}

void TopicReader::drop(const TopicPartition& partition) {
    std::erase_if(ranges_, [&](const auto& range) { return range.partition == partition; });
}

void TopicReader::start_anew(ReadRange& range, const FetchedPartition& fetched) {
    const auto name = range.partition.to_string();
    range.topic_id = fetched.topic_id;
    if (range.until != without_end) {
        range.from = range.until;
        return note_(name + ": the topic was made anew; what was to be read of it is gone");
    }
    range.from = std::max<std::int64_t>(fetched.log_start_offset, 0);
    note_(name + ": the topic was made anew; going on at its beginning");
}

// The offset to go on with when the partition does not hold the one that was asked for.
Result<bool> TopicReader::go_back_inside(ReadRange& range) {
    const auto held = offset_ranges(cluster_, {range.partition}, options_.read_committed);
    if (!held) return held.error();
    const auto [begin, end] = std::pair{held->front().begin, held->front().end};
    const auto name = range.partition.to_string();
    if (range.from < begin) {
        note_(name + ": offsets " + std::to_string(range.from) + " to " + std::to_string(begin - 1)
              + " are gone, by retention or deletion; going on at " + std::to_string(begin));
        range.from = begin;
    } else if (range.from > end) {
        // The same topic lost its end, which has been read; any other begins anew.
        const auto target = range.topic_id.is_zero() ? begin : end;
        note_(name + ": it ends at " + std::to_string(end) + " and no longer holds offset "
              + std::to_string(range.from) + "; going on at " + std::to_string(target));
        range.from = target;
    }
    return true;
}

Result<bool> TopicReader::take(ReadRange& range, const FetchedPartition& fetched,
                               const Visit& visit) {
    if (fetched.node_id < 0) return true;  // a full answer left it out
    if (range.topic_id.is_zero()) range.topic_id = fetched.topic_id;
    if (range.topic_id != fetched.topic_id) return start_anew(range, fetched), true;
    if (fetched.error_code == kafka::ErrorCode::offset_out_of_range) return go_back_inside(range);
    if (fetched.error_code != kafka::ErrorCode::none)
        return broker_error("read " + range.partition.to_string(), fetched.error_code);
    bool go_on = true;
    auto next = for_each_record(fetched, range.from, [&](const auto& batch, const auto& record) {
        if (record.offset >= range.until) return false;
        // The record counts as read even if it is the last that is wanted.
        range.from = record.offset + 1;
        go_on = visit({range.partition, batch, record, fetched.node_id});
        return go_on;
    });
    if (!next) return next.error();
    range.from = std::max(range.from, *next);
    return go_on;
}

}  // namespace leat::client
