// ListGroups, DescribeGroups, DeleteGroups, and what else takes offsets and groups away.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "broker/group/group.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/group/group_records.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;
using DescribedGroup = kafka::DescribeGroupsResponse::DescribedGroup;

constexpr std::int16_t group_not_found_since = 6;  // DescribeGroups (KIP-1043)
constexpr std::size_t tombstones_per_write = 1000;

std::string normalized(std::string_view text) {
    const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    std::string lower;
    for (const unsigned char c : text) lower += static_cast<char>(std::tolower(c));
    return lower;
}

bool passes(const std::vector<std::string>& filter, std::string_view value) {
    return filter.empty() || std::any_of(filter.begin(), filter.end(), [&](const auto& wanted) {
               return normalized(wanted) == normalized(value);
           });
}

// A group whose tombstone is on its way is what it was, until the tombstone is durable.
std::string_view shown_state(const Group& group) {
    return name_of(group.state() == GroupState::dead ? GroupState::empty : group.state());
}

DescribedGroup describe(const Group& group) {
    DescribedGroup described;
    described.group_id = group.group_id();
    described.group_state = shown_state(group);
    described.protocol_type = group.protocol_type().value_or("");
    const bool stable = group.state() == GroupState::stable;
    const auto protocol = stable ? group.protocol_name().value_or("") : "";
    described.protocol_data = protocol;
    for (const auto& [id, member] : group.members().all())
        described.members.push_back(
            {.member_id = id,
             .group_instance_id = member.group_instance_id,
             .client_id = member.client_id,
             .client_host = member.client_host,
             .member_metadata = stable ? member.metadata(protocol) : Bytes{},
             .member_assignment = member.assignment});
    return described;
}

DescribedGroup describe_missing(const std::string& group_id, std::int16_t version) {
    DescribedGroup described;
    described.group_id = group_id;
    described.group_state = name_of(GroupState::dead);
    if (version < group_not_found_since) return described;
    described.error_code = ErrorCode::group_id_not_found;
    described.error_message = fmt::format("Group {} not found.", group_id);
    return described;
}

}  // namespace

bool GroupCoordinator::is_visible(const Group& group) {
    return group.record().durable() || group.offsets().durable_count() != 0;
}

Effects GroupCoordinator::list_groups(const kafka::ListGroupsRequest& request, std::int16_t,
                                      const GroupContext& context) const {
    kafka::ListGroupsResponse response;
    for (const auto& [id, group] : groups_) {
        if (!is_visible(*group) || !passes(request.states_filter, shown_state(*group))
            || !passes(request.types_filter, "classic"))
            continue;
        response.groups.push_back({.group_id = id,
                                   .protocol_type = group->protocol_type().value_or(""),
                                   .group_state = std::string{shown_state(*group)},
                                   .group_type = "classic"});
    }
    Effects effects;
    effects.answers.push_back({context.token, std::move(response)});
    return effects;
}

Effects GroupCoordinator::describe_groups(const kafka::DescribeGroupsRequest& request,
                                          std::int16_t version, const GroupContext& context) const {
    kafka::DescribeGroupsResponse response;
    for (const auto& id : request.groups) {
        const auto group = find(id);
        response.groups.push_back(group && is_visible(*group) ? describe(*group)
                                                              : describe_missing(id, version));
    }
    Effects effects;
    effects.answers.push_back({context.token, std::move(response)});
    return effects;
}

Effects GroupCoordinator::delete_groups(const kafka::DeleteGroupsRequest& request, std::int16_t,
                                        const GroupContext& context) {
    Effects effects;
    std::vector<GroupPtr> deleted;
    kafka::DeleteGroupsResponse response;
    for (const auto& id :
         std::set<std::string>{request.groups_names.begin(), request.groups_names.end()}) {
        const auto group = find(id);
        auto& result = response.results.emplace_back();
        result.group_id = id;
        if (!group || group->state() == GroupState::dead)
            result.error_code = ErrorCode::group_id_not_found;
        else if (group->state() != GroupState::empty)
            result.error_code = ErrorCode::non_empty_group;
        else
            deleted.push_back(group);
    }
    const auto reply = std::make_shared<PendingReply>(
        PendingReply{.token = context.token, .response = std::move(response)});
    for (const auto& group : deleted) remove_group(group, reply, context.now, effects);
    conclude(*reply, effects);
    return effects;
}

void GroupCoordinator::remove_offsets(const PendingWrite& whole, const Moment& now,
                                      Effects& effects) {
    const auto& group = whole.group;
    for (std::size_t from = 0; from < whole.offsets.size(); from += tombstones_per_write) {
        const auto to = std::min(whole.offsets.size(), from + tombstones_per_write);
        PendingWrite part{.group = group, .reply = whole.reply};
        std::vector<GroupRecord> records;
        for (auto i = from; i < to; ++i) {
            const auto& [topic, partition] = whole.offsets[i];
            records.push_back(offset_tombstone({group->group_id(), topic, partition}));
            group->offsets().append(topic, partition, std::nullopt, next_id_);
            part.offsets.push_back(whole.offsets[i]);
        }
        issue(std::move(part), std::move(records), now, effects);
    }
}

void GroupCoordinator::remove_group(const GroupPtr& group,
                                    const std::shared_ptr<PendingReply>& reply, const Moment& now,
                                    Effects& effects) {
    std::vector<TopicPartition> offsets;
    group->offsets().each_appended(
        [&](const std::string& topic, std::int32_t partition, const CommittedOffset&) {
            offsets.push_back({topic, partition});
        });
    group->offsets().each_open([&](const TopicPartition& open) {
        if (!group->offsets().appended(open.topic, open.partition)) offsets.push_back(open);
    });
    group->set_deleting(true);
    due_.cancel(group->group_id());
    remove_offsets({.group = group, .offsets = std::move(offsets), .reply = reply}, now, effects);
    group->record().append(std::nullopt);
    issue({.group = group, .group_record = true, .deletes_group = true, .reply = reply},
          {group_tombstone(group->group_id())}, now, effects);
}

void GroupCoordinator::expire(const GroupPtr& group, const Moment& now, Effects& effects) {
    // Whatever is on its way is young.
    if (group->state() == GroupState::dead || group->record().in_flight()
        || group->offsets().in_flight() != 0)
        return;
    const auto rule = group->expiry_rule();
    std::vector<TopicPartition> expired;
    group->offsets().each_appended(
        [&](const std::string& topic, std::int32_t partition, const CommittedOffset& offset) {
            if (rule && !group->is_subscribed(topic) && !group->offsets().is_open(topic, partition)
                && OffsetStore::is_expired(offset, *rule, now.wall_ms))
                expired.push_back({topic, partition});
        });
    if (expired.size() == group->offsets().size() && !group->offsets().has_open()
        && group->deserted() && group->state() == GroupState::empty)
        return remove_group(group, nullptr, now, effects);
    remove_offsets({.group = group, .offsets = std::move(expired)}, now, effects);
}

Effects GroupCoordinator::on_topic_deleted(const std::string& topic, Moment now) {
    Effects effects;
    for (const auto& entry : groups_) {
        const auto& group = entry.second;
        std::vector<TopicPartition> offsets;
        group->offsets().each_appended(
            topic, [&](const std::string& name, std::int32_t partition, const CommittedOffset&) {
                offsets.push_back({name, partition});
            });
        group->offsets().each_open([&](const TopicPartition& open) {
            if (open.topic == topic && !group->offsets().appended(topic, open.partition))
                offsets.push_back(open);
        });
        remove_offsets({.group = group, .offsets = std::move(offsets)}, now, effects);
    }
    return effects;
}

GroupCoordinator::Size GroupCoordinator::size() const {
    Size size;
    for (const auto& [id, group] : groups_) {
        if (is_visible(*group)) ++size.groups;
        size.members += group->members().size();
        size.offsets += group->offsets().durable_count();
    }
    return size;
}

}  // namespace leat::broker
