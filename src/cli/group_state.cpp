// ListGroups, DescribeGroups and offsets, joined.
#include "cli/group_state.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "client/assignor.hpp"
#include "kafka/messages/group_admin.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;

Result<GroupInfo> find_listed(client::Cluster& cluster, const std::string& id) {
    auto groups = list_groups(cluster);
    if (!groups) return groups.error();
    const auto found = std::ranges::find(*groups, id, &GroupInfo::id);
    if (found == groups->end()) return Error{Errc::not_found, "group '" + id + "' does not exist"};
    return *found;
}

// Only consumers say in Kafka's consumer protocol what is assigned to them.
Result<std::vector<client::TopicPartition>> assignment_of(
    const kafka::DescribeGroupsResponse::DescribedGroup& group,
    const kafka::DescribeGroupsResponse::DescribedGroup::DescribedGroupMember& member) {
    if (group.protocol_type != "consumer") return std::vector<client::TopicPartition>{};
    auto assigned = client::read_assignment(member.member_assignment);
    if (!assigned)
        return Error{assigned.error().code, "cannot describe group '" + group.group_id
                                                + "': the assignment of member '" + member.member_id
                                                + "' is " + assigned.error().what};
    return assigned;
}

Result<void> fill(GroupInfo& group,
                  const kafka::DescribeGroupsResponse::DescribedGroup& described) {
    group.state = described.group_state;
    group.protocol_type = described.protocol_type;
    group.protocol = described.protocol_data;
    group.members_known = true;
    for (const auto& member : described.members) {
        auto assigned = assignment_of(described, member);
        if (!assigned) return assigned.error();
        group.members.push_back({member.member_id, member.group_instance_id, member.client_id,
                                 member.client_host, std::move(*assigned)});
    }
    return {};
}

// The topics among those of `partitions` that exist, with their partition counts.
Result<std::map<std::string, std::size_t>> living_topics(
    client::Cluster& cluster, const std::set<client::TopicPartition>& partitions) {
    std::set<std::string> names;
    for (const auto& each : partitions) names.insert(each.topic);
    std::map<std::string, std::size_t> living;
    if (names.empty()) return living;
    auto metadata = cluster.metadata(std::vector<std::string>{names.begin(), names.end()});
    if (!metadata) return metadata.error();
    for (const auto& topic : metadata->topics)
        if (topic.error_code == ErrorCode::none) living[*topic.name] = topic.partitions.size();
    return living;
}

}  // namespace

std::string GroupInfo::activity() const {
    return members_known ? state + ", " + std::to_string(members.size()) + " members" : state;
}

Result<std::vector<GroupInfo>> list_groups(client::Cluster& cluster) {
    std::vector<GroupInfo> groups;
    for (const auto& broker : cluster.brokers()) {
        auto response = cluster.call<kafka::ListGroupsResponse>(
            client::Target::node(broker.node_id), kafka::ListGroupsRequest{});
        if (!response) return response.error();
        if (response->error_code != ErrorCode::none)
            return client::broker_error("list groups", response->error_code);
        for (const auto& listed : response->groups)
            groups.push_back({.id = listed.group_id,
                              .state = listed.group_state,
                              .type = listed.group_type,
                              .protocol_type = listed.protocol_type,
                              .protocol = {},
                              .members = {}});
    }
    std::ranges::sort(groups, {}, &GroupInfo::id);
    return groups;
}

Result<GroupInfo> describe_group(client::Cluster& cluster, const std::string& id) {
    kafka::DescribeGroupsRequest request;
    request.groups = {id};
    auto response =
        cluster.call<kafka::DescribeGroupsResponse>(client::Target::coordinator_of(id), request);
    if (!response) return response.error();
    if (response->groups.empty())
        return Error{Errc::corrupt, "the broker did not answer for group '" + id + "'"};
    const auto& described = response->groups.front();
    // A group of a newer protocol is unknown, or dead, to DescribeGroups: the list knows better.
    const bool unknown =
        described.error_code == ErrorCode::group_id_not_found
        || (described.error_code == ErrorCode::none && described.group_state == "Dead");
    if (unknown) return find_listed(cluster, id);
    if (described.error_code != ErrorCode::none)
        return client::broker_error("describe group '" + id + "'", described.error_code,
                                    described.error_message);
    GroupInfo group{.id = id,
                    .state = {},
                    .type = "classic",
                    .protocol_type = {},
                    .protocol = {},
                    .members = {}};
    if (auto filled = fill(group, described); !filled) return filled.error();
    return group;
}

std::int64_t GroupPosition::lag() const {
    if (end < 0) return -1;
    return std::max<std::int64_t>(0, end - std::max(committed, begin));
}

Result<std::vector<GroupPosition>> positions_of(client::Cluster& cluster, const GroupInfo& group) {
    auto committed = client::committed_offsets(cluster, group.id);
    if (!committed) return committed.error();
    std::map<client::TopicPartition, GroupPosition> positions;
    for (const auto& each : *committed)
        positions[each.partition] = {.committed = each.offset, .metadata = each.metadata};
    for (const auto& member : group.members)
        for (const auto& each : member.assignment) positions[each];
    std::set<client::TopicPartition> named;
    for (auto& [partition, position] : positions) {
        position.partition = partition;
        named.insert(partition);
    }
    auto living = living_topics(cluster, named);
    if (!living) return living.error();
    std::vector<client::TopicPartition> asked;
    for (const auto& each : named)
        if (const auto at = living->find(each.topic);
            at != living->end() && static_cast<std::size_t>(each.partition) < at->second)
            asked.push_back(each);
    auto ranges = client::offset_ranges(cluster, asked);
    if (!ranges) return ranges.error();
    for (const auto& range : *ranges) {
        positions[range.partition].begin = range.begin;
        positions[range.partition].end = range.end;
    }
    std::vector<GroupPosition> all;
    all.reserve(positions.size());
    for (auto& [partition, position] : positions) all.push_back(std::move(position));
    return all;
}

}  // namespace leat::cli
