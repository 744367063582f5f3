// OffsetFetch across its versions.
#include "broker/group/offset_responses.hpp"

#include "base/check.hpp"

namespace leat::broker {
namespace {

constexpr std::int16_t groups_since = 8;  // KIP-709
constexpr std::int16_t group_error_since = 2;

}  // namespace

std::vector<kafka::OffsetFetchRequest::OffsetFetchRequestGroup> groups_of(
    const kafka::OffsetFetchRequest& request, std::int16_t version) {
    if (version >= groups_since) return request.groups;
    kafka::OffsetFetchRequest::OffsetFetchRequestGroup group;
    group.group_id = request.group_id;
    if (request.topics) {
        group.topics.emplace();
        for (const auto& topic : *request.topics)
            group.topics->push_back(
                {.name = topic.name, .topic_id = {}, .partition_indexes = topic.partition_indexes});
    }
    return {std::move(group)};
}

kafka::OffsetFetchResponse offset_fetch_response(
    std::vector<kafka::OffsetFetchResponse::OffsetFetchResponseGroup> groups,
    std::int16_t version) {
    kafka::OffsetFetchResponse response;
    if (version >= groups_since) {
        response.groups = std::move(groups);
        return response;
    }
    check(groups.size() == 1, "an old OffsetFetch response holds one group");
    auto& group = groups.front();
    response.error_code = group.error_code;
    for (auto& from : group.topics) {
        auto& topic = response.topics.emplace_back();
        topic.name = std::move(from.name);
        for (auto& partition : from.partitions)
            topic.partitions.push_back({.partition_index = partition.partition_index,
                                        .committed_offset = partition.committed_offset,
                                        .committed_leader_epoch = partition.committed_leader_epoch,
                                        .metadata = std::move(partition.metadata),
                                        .error_code = partition.error_code});
    }
    return response;
}

kafka::OffsetFetchResponse::OffsetFetchResponseGroup offset_fetch_error(
    const kafka::OffsetFetchRequest::OffsetFetchRequestGroup& group, std::int16_t version,
    kafka::ErrorCode error) {
    kafka::OffsetFetchResponse::OffsetFetchResponseGroup answer;
    answer.group_id = group.group_id;
    if (version >= group_error_since) {
        answer.error_code = error;
        return answer;
    }
    if (!group.topics) return answer;
    for (const auto& asked : *group.topics) {
        auto& topic = answer.topics.emplace_back();
        topic.name = asked.name;
        for (const auto partition : asked.partition_indexes)
            topic.partitions.push_back({.partition_index = partition,
                                        .committed_offset = -1,
                                        .committed_leader_epoch = -1,
                                        .metadata = "",
                                        .error_code = error});
    }
    return answer;
}

}  // namespace leat::broker
