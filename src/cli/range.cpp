// Turns places into offsets.
#include "cli/range.hpp"

#include <algorithm>

namespace leat::cli {
namespace {

Result<std::vector<client::TopicPartition>> wanted(client::Cluster& cluster,
                                                   const RangeRequest& request) {
    auto all = client::partitions_of(cluster, request.topic);
    if (!all || request.partitions.empty()) return all;
    std::vector<client::TopicPartition> some;
    for (const auto number : request.partitions) {
        const client::TopicPartition partition{request.topic, number};
        if (std::ranges::find(*all, partition) == all->end())
            return Error{Errc::not_found, "partition " + std::to_string(number) + " of topic '"
                                              + request.topic + "' does not exist; the topic has "
                                              + std::to_string(all->size()) + " partitions"};
        some.push_back(partition);
    }
    return some;
}

}  // namespace

std::int64_t offset_of(const Place& place, const client::OffsetRange& held, std::int64_t at_time) {
    switch (place.kind) {
        case Place::Kind::beginning:
            return held.begin;
        case Place::Kind::end:
            return held.end;
        case Place::Kind::offset:
            return std::clamp(place.value, held.begin, held.end);
        case Place::Kind::last:
            return std::max(held.begin, held.end - place.value);
        case Place::Kind::time:
            return at_time < 0 ? held.end : std::min(at_time, held.end);
    }
    return held.begin;
}

Result<std::vector<std::int64_t>> offsets_of(client::Cluster& cluster, const Place& place,
                                             const std::vector<client::OffsetRange>& held) {
    std::vector<std::int64_t> at_time(held.size(), -1);
    if (place.kind == Place::Kind::time) {
        std::vector<client::OffsetQuery> queries;
        queries.reserve(held.size());
        for (const auto& range : held) queries.push_back({range.partition, place.value});
        auto found = client::list_offsets(cluster, std::move(queries));
        if (!found) return found.error();
        for (std::size_t i = 0; i < held.size(); ++i) {
            if ((*found)[i].error_code != kafka::ErrorCode::none)
                return client::broker_error("find a time in " + held[i].partition.to_string(),
                                            (*found)[i].error_code);
            at_time[i] = (*found)[i].offset;
        }
    }
    std::vector<std::int64_t> offsets;
    for (std::size_t i = 0; i < held.size(); ++i)
        offsets.push_back(offset_of(place, held[i], at_time[i]));
    return offsets;
}

Result<std::vector<client::ReadRange>> resolve(client::Cluster& cluster,
                                               const RangeRequest& request) {
    auto partitions = wanted(cluster, request);
    if (!partitions) return partitions.error();
    auto held = client::offset_ranges(cluster, *partitions, request.read_committed);
    if (!held) return held.error();
    auto from = offsets_of(cluster, request.from, *held);
    if (!from) return from.error();
    std::vector<client::ReadRange> ranges;
    for (std::size_t i = 0; i < held->size(); ++i)
        ranges.push_back(
            {(*partitions)[i], (*from)[i], request.to_end ? (*held)[i].end : client::without_end});
    if (!request.until) return ranges;
    auto until = offsets_of(cluster, *request.until, *held);
    if (!until) return until.error();
    for (std::size_t i = 0; i < held->size(); ++i) {
        // An offset that is not there yet is waited for, unless the end was asked for.
        const bool later = request.until->kind == Place::Kind::offset && !request.to_end;
        ranges[i].until = later ? std::max(request.until->value, (*held)[i].begin) : (*until)[i];
    }
    return ranges;
}

void add_range_options(Command& command, RangeOptions& options) {
    command.numbers("-p,--partition", options.partitions, at_least<std::int32_t>(0),
                    "Only these partitions");
    command
        .parsed("-o,--offset,--from", options.from, read_place,
                "Where to begin: beginning, end, N, -N (the last N), @TIME")
        .called("PLACE")
        .by_default("beginning");
    command.parsed("--until", options.until, read_place, "Where to stop, that place excluded")
        .called("PLACE");
    command.number("-c,--count", options.count, at_least<std::int64_t>(0),
                   "Stop after so many records");
}

Result<Place> read_place(const std::string& text) {
    return parse_place(text, SystemClock{}.wall_ms());
}

}  // namespace leat::cli
