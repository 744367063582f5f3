// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: from the request to the group.
#include "broker/group/group.hpp"
#include "broker/group/group_coordinator.hpp"
#include "broker/group/pending_write.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;

Effects refuse_join(const ParkedJoin& join, ErrorCode error, const std::string& member_id) {
    Turn turn;
    refuse_join(join, error, member_id, turn);
    return {.persists = {}, .answers = std::move(turn.answers)};
}

Effects refuse_sync(RequestToken token, ErrorCode error) {
    Turn turn;
    answer_sync(token, error, turn);
    return {.persists = {}, .answers = std::move(turn.answers)};
}

// Version 2 and before name one member, in another place.
std::vector<kafka::LeaveGroupRequest::MemberIdentity> leavers_of(
    const kafka::LeaveGroupRequest& request, std::int16_t version) {
    if (version >= 3) return request.members;
    return {{.member_id = request.member_id, .group_instance_id = {}, .reason = {}}};
}

kafka::LeaveGroupResponse leave_without_group(const kafka::LeaveGroupRequest& request,
                                              std::int16_t version) {
    kafka::LeaveGroupResponse response;
    if (request.group_id.empty()) {
        response.error_code = ErrorCode::invalid_group_id;
        return response;
    }
    for (const auto& leaver : leavers_of(request, version))
        response.members.push_back({.member_id = leaver.member_id,
                                    .group_instance_id = leaver.group_instance_id,
                                    .error_code = ErrorCode::unknown_member_id});
    return response;
}

kafka::LeaveGroupResponse for_version(kafka::LeaveGroupResponse response, std::int16_t version) {
    if (version >= 3) return response;
    if (response.error_code == ErrorCode::none)
        response.error_code = response.members.front().error_code;
    response.members.clear();
    return response;
}

}  // namespace

Effects GroupCoordinator::join_group(const kafka::JoinGroupRequest& request, std::int16_t version,
                                     const GroupContext& context) {
    const Joiner joiner{.join = {.token = context.token, .version = version},
                        .client_id = context.client_id,
                        .client_host = context.client_host,
                        .fresh = request.member_id.empty() ? make_uuid_() : Uuid{}};
    const auto& member_id = request.member_id;
    if (request.group_id.empty())
        return refuse_join(joiner.join, ErrorCode::invalid_group_id, member_id);
    if (request.session_timeout_ms < config_.group_min_session_timeout_ms
        || request.session_timeout_ms > config_.group_max_session_timeout_ms)
        return refuse_join(joiner.join, ErrorCode::invalid_session_timeout, member_id);
    auto group = find(request.group_id);
    const bool is_new = !group;
    if (is_new) {
        if (!member_id.empty())
            return refuse_join(joiner.join, ErrorCode::unknown_member_id, member_id);
        group = create(request.group_id, context.now);
        if (!group) return refuse_join(joiner.join, ErrorCode::policy_violation, member_id);
    }
    Turn turn{context.now};
    auto empty_record = group->metadata();
    group->join(request, joiner, turn);
    // A group lives on in the log from its first member's first call.
    if (is_new && !group->deserted())
        turn.writes.push_back({.meaning = GroupWrite::Meaning::created,
                               .value = std::move(empty_record),
                               .replacement = {}});
    Effects effects;
    finish(group, turn, effects);
    return effects;
}

Effects GroupCoordinator::sync_group(const kafka::SyncGroupRequest& request, std::int16_t version,
                                     const GroupContext& context) {
    if (version >= 5 && (!request.protocol_type || !request.protocol_name))
        return refuse_sync(context.token, ErrorCode::inconsistent_group_protocol);
    if (request.group_id.empty()) return refuse_sync(context.token, ErrorCode::invalid_group_id);
    const auto group = find(request.group_id);
    if (!group) return refuse_sync(context.token, ErrorCode::unknown_member_id);
    Turn turn{context.now};
    group->sync(request, context.token, turn);
    Effects effects;
    finish(group, turn, effects);
    return effects;
}

Effects GroupCoordinator::heartbeat(const kafka::HeartbeatRequest& request, std::int16_t,
                                    const GroupContext& context) {
    Effects effects;
    kafka::HeartbeatResponse response;
    const auto group = find(request.group_id);
    if (request.group_id.empty()) {
        response.error_code = ErrorCode::invalid_group_id;
    } else if (!group) {
        response.error_code = ErrorCode::unknown_member_id;
    } else {
        Turn turn{context.now};
        response.error_code = group->heartbeat(request, turn);
        finish(group, turn, effects);
    }
    effects.answers.push_back({context.token, response});
    return effects;
}

Effects GroupCoordinator::leave_group(const kafka::LeaveGroupRequest& request, std::int16_t version,
                                      const GroupContext& context) {
    Effects effects;
    const auto group = find(request.group_id);
    if (!group) {
        effects.answers.push_back(
            {context.token, for_version(leave_without_group(request, version), version)});
        return effects;
    }
    Turn turn{context.now};
    auto response = group->leave(leavers_of(request, version), turn);
    const auto reply = std::make_shared<PendingReply>(PendingReply{
        .token = context.token, .response = for_version(std::move(response), version)});
    finish(group, turn, effects, reply);
    return effects;
}

}  // namespace leat::broker
