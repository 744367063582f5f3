// The loop of fetches behind every reading command.
#include "client/topic_reader.hpp"

#include <algorithm>

namespace leat::client {

Result<bool> TopicReader::read(const std::function<bool(const ReadRecord&)>& visit) {
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

Result<bool> TopicReader::take(ReadRange& range, const FetchedPartition& fetched,
                               const std::function<bool(const ReadRecord&)>& visit) {
    if (fetched.error_code == kafka::ErrorCode::offset_out_of_range)
        return broker_error(
            "read " + range.partition.to_string() + " at offset " + std::to_string(range.from),
            fetched.error_code,
            fetched.log_start_offset >= 0
                ? "the partition holds offsets from " + std::to_string(fetched.log_start_offset)
                      + " to " + std::to_string(fetched.high_watermark)
                : "the partition does not hold it (any more)");
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
