// ListOffsets, OffsetFetch and OffsetCommit in the shapes that tools need.
#include "client/offsets.hpp"

#include <algorithm>

#include "kafka/messages/list_offsets.hpp"
#include "kafka/messages/offsets.hpp"

namespace leat::client {
namespace {

using kafka::ErrorCode;

// From version 10 on both commit and fetch name topics by id; names are what tools have.
constexpr std::int16_t last_offsets_with_names = 9;

kafka::ListOffsetsRequest request_for(const std::vector<OffsetQuery>& queries,
                                      const std::vector<std::size_t>& indices,
                                      bool read_committed) {
    kafka::ListOffsetsRequest request;
    request.replica_id = -1;
    request.isolation_level = read_committed ? 1 : 0;
    request.timeout_ms = 30'000;
    for (const auto index : indices) {
        const auto& query = queries[index];
        auto& topic = topic_entry(request.topics, query.partition.topic,
                                  &kafka::ListOffsetsRequest::ListOffsetsTopic::name);
        topic.partitions.push_back({.partition_index = query.partition.partition,
                                    .current_leader_epoch = -1,
                                    .timestamp = query.timestamp});
    }
    return request;
}

const kafka::ListOffsetsResponse::ListOffsetsTopicResponse::ListOffsetsPartitionResponse* find(
    const kafka::ListOffsetsResponse& response, const TopicPartition& wanted) {
    for (const auto& topic : response.topics)
        if (topic.name == wanted.topic)
            for (const auto& partition : topic.partitions)
                if (partition.partition_index == wanted.partition) return &partition;
    return nullptr;
}

// An offset that could not be read is not one that is not there: whoever took it for that would
// begin elsewhere and commit over it.
template <class Topics>
Result<std::vector<CommittedOffset>> flattened(const std::string& group, const Topics& topics) {
    std::vector<CommittedOffset> all;
    for (const auto& topic : topics)
        for (const auto& p : topic.partitions) {
            const TopicPartition partition{topic.name, p.partition_index};
            if (p.error_code != ErrorCode::none)
                return broker_error(
                    "read what group '" + group + "' has committed of " + partition.to_string(),
                    p.error_code);
            if (p.committed_offset >= 0)
                all.push_back({partition, p.committed_offset, p.committed_leader_epoch,
                               p.metadata.value_or("")});
        }
    std::ranges::sort(all, {}, &CommittedOffset::partition);
    return all;
}

}  // namespace

Result<std::vector<FoundOffset>> list_offsets(Cluster& cluster, std::vector<OffsetQuery> queries,
                                              bool read_committed) {
    std::vector<TopicPartition> partitions;
    std::vector<FoundOffset> found;
    for (const auto& query : queries) {
        partitions.push_back(query.partition);
        found.push_back({.partition = query.partition});
    }
    const auto ask =
        [&](std::int32_t node,
            const std::vector<std::size_t>& indices) -> Result<std::vector<std::size_t>> {
        auto response = cluster.call<kafka::ListOffsetsResponse>(
            Target::node(node), request_for(queries, indices, read_committed),
            {.retry_codes = false, .retry_transport = false});
        if (!response) return response.error();
        std::vector<std::size_t> again;
        for (const auto index : indices) {
            const auto* answer = find(*response, partitions[index]);
            if (answer == nullptr)
                return Error{Errc::corrupt,
                             "ListOffsets did not answer for " + partitions[index].to_string()};
            found[index].error_code = answer->error_code;
            found[index].offset = answer->offset;
            found[index].timestamp = answer->timestamp;
            found[index].leader_epoch = answer->leader_epoch;
            if (is_worth_asking_again(answer->error_code)) again.push_back(index);
        }
        return again;
    };
    const auto deadline = now() + cluster.options().timeout;
    if (auto asked = ask_leaders(cluster, partitions, deadline, ask); !asked) return asked.error();
    return found;
}

Result<std::vector<OffsetRange>> offset_ranges(Cluster& cluster,
                                               const std::vector<TopicPartition>& partitions,
                                               bool read_committed) {
    std::vector<OffsetRange> ranges;
    ranges.reserve(partitions.size());
    for (const auto& partition : partitions) ranges.push_back({.partition = partition});
    for (const auto where : {at_beginning, at_end}) {
        std::vector<OffsetQuery> queries;
        queries.reserve(partitions.size());
        for (const auto& partition : partitions) queries.push_back({partition, where});
        auto found = list_offsets(cluster, std::move(queries), read_committed);
        if (!found) return found.error();
        for (std::size_t i = 0; i < found->size(); ++i) {
            const auto& answer = (*found)[i];
            if (answer.error_code != ErrorCode::none)
                return broker_error("list the offsets of " + answer.partition.to_string(),
                                    answer.error_code);
            (where == at_end ? ranges[i].end : ranges[i].begin) = answer.offset;
        }
    }
    return ranges;
}

Result<std::vector<TopicPartition>> partitions_of(Cluster& cluster, const std::string& topic) {
    auto found = cluster.topic(topic);
    if (!found) return found.error();
    std::vector<TopicPartition> partitions;
    for (const auto& p : found->partitions) partitions.push_back({topic, p.partition_index});
    std::ranges::sort(partitions);
    return partitions;
}

Result<std::vector<CommittedOffset>> committed_offsets(Cluster& cluster, const std::string& group) {
    kafka::OffsetFetchRequest request;
    request.group_id = group;
    request.groups.push_back({.group_id = group, .member_id = {}, .topics = {}});
    auto response = cluster.call<kafka::OffsetFetchResponse>(
        Target::coordinator_of(group), request, {.max_version = last_offsets_with_names});
    if (!response) return response.error();
    auto code = response->error_code;
    if (!response->groups.empty()) code = response->groups.front().error_code;
    if (code == ErrorCode::group_id_not_found) return std::vector<CommittedOffset>{};
    if (code != ErrorCode::none)
        return broker_error("read the offsets of group '" + group + "'", code);
    if (!response->groups.empty()) return flattened(group, response->groups.front().topics);
    return flattened(group, response->topics);
}

Result<kafka::ErrorCode> commit_offsets_as(Cluster& cluster, const std::string& group,
                                           const Membership& member,
                                           const std::vector<CommittedOffset>& offsets) {
    kafka::OffsetCommitRequest request;
    request.group_id = group;
    request.generation_id_or_member_epoch = member.generation_id;
    request.member_id = member.member_id;
    for (const auto& each : offsets) {
        auto& topic = topic_entry(request.topics, each.partition.topic,
                                  &kafka::OffsetCommitRequest::OffsetCommitRequestTopic::name);
        topic.partitions.push_back({.partition_index = each.partition.partition,
                                    .committed_offset = each.offset,
                                    .committed_leader_epoch = each.leader_epoch,
                                    .committed_metadata = each.metadata});
    }
    auto response = cluster.call<kafka::OffsetCommitResponse>(
        Target::coordinator_of(group), request, {.max_version = last_offsets_with_names});
    if (!response) return response.error();
    // A topic that is gone is the least of them.
    auto code = ErrorCode::none;
    for (const auto& topic : response->topics)
        for (const auto& p : topic.partitions) {
            if (p.error_code == ErrorCode::none) continue;
            code = p.error_code;
            if (code != ErrorCode::unknown_topic_or_partition) return code;
        }
    return code;
}

Result<void> commit_offsets(Cluster& cluster, const std::string& group,
                            const std::vector<CommittedOffset>& offsets) {
    const auto code = commit_offsets_as(cluster, group, {}, offsets);
    if (!code) return code.error();
    if (*code == ErrorCode::none) return {};
    return broker_error("commit offsets of group '" + group + "'", *code);
}

}  // namespace leat::client
