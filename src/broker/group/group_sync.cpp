// SyncGroup, Heartbeat and LeaveGroup.
#include "broker/group/group.hpp"

namespace leat::broker {
namespace {

// What the client names must be what the group uses; older versions name nothing.
bool contradicts(const std::optional<std::string>& named, const std::optional<std::string>& used) {
    return named && used && named != used;
}

}  // namespace

kafka::ErrorCode Group::validate_sync(const kafka::SyncGroupRequest& request) const {
    using kafka::ErrorCode;
    if (state_ == GroupState::dead) return ErrorCode::coordinator_not_available;
    if (state_ == GroupState::empty) return ErrorCode::unknown_member_id;
    const auto error = members_.validate(request.member_id, request.group_instance_id);
    if (error != ErrorCode::none) return error;
    if (request.generation_id != generation_) return ErrorCode::illegal_generation;
    if (contradicts(request.protocol_type, protocol_type_)
        || contradicts(request.protocol_name, protocol_name_))
        return ErrorCode::inconsistent_group_protocol;
    if (state_ == GroupState::preparing_rebalance) return ErrorCode::rebalance_in_progress;
    return ErrorCode::none;
}

void Group::sync(const kafka::SyncGroupRequest& request, RequestToken token, Turn& turn) {
    const auto error = validate_sync(request);
    if (error != kafka::ErrorCode::none) return answer_sync(token, error, turn);
    auto& member = *members_.find(request.member_id);
    sync_arrived(member.member_id);
    if (state_ == GroupState::stable) {
        kafka::SyncGroupResponse response;
        response.protocol_type = protocol_type_;
        response.protocol_name = protocol_name_;
        response.assignment = member.assignment;
        turn.answers.push_back({token, std::move(response)});
        return;
    }
    // The older request was given up by its client, but its connection may still wait for it.
    if (member.sync) answer_sync(*member.sync, kafka::ErrorCode::rebalance_in_progress, turn);
    member.sync = token;
    if (members_.is_leader(member.member_id)) write_assignment(request, turn);
}

void Group::sync_arrived(const std::string& member_id) {
    pending_syncs_.erase(member_id);
    if (pending_syncs_.empty()) timers_.cancel(sync_timer());
}

void Group::write_assignment(const kafka::SyncGroupRequest& request, Turn& turn) {
    // A leader that asks again gets what it asked first: the log must not say otherwise.
    if (assignment_in_flight_ == generation_) return;
    assignment_in_flight_ = generation_;
    std::map<std::string_view, const Bytes*> assignments;
    for (const auto& given : request.assignments) assignments[given.member_id] = &given.assignment;
    auto value = metadata();
    for (auto& member : value.members) {
        const auto given = assignments.find(member.member_id);
        member.assignment = given == assignments.end() ? Bytes{} : *given->second;
    }
    turn.writes.push_back(
        {.meaning = GroupWrite::Meaning::assigned, .value = std::move(value), .replacement = {}});
}

void Group::assignment_written(const GroupWrite& write, kafka::ErrorCode error, Turn& turn) {
    if (assignment_in_flight_ == write.value.generation) assignment_in_flight_.reset();
    // Somebody may have come or gone meanwhile: then it is the next generation's turn.
    if (state_ != GroupState::completing_rebalance || generation_ != write.value.generation) return;
    if (error != kafka::ErrorCode::none) {
        propagate_assignments(error, turn);
        return rebalance_or_complete(turn);
    }
    for (const auto& given : write.value.members)
        if (auto* member = members_.find(given.member_id)) member->assignment = given.assignment;
    propagate_assignments(kafka::ErrorCode::none, turn);
    become(GroupState::stable, turn.now);
}

void Group::propagate_assignments(kafka::ErrorCode error, Turn& turn) {
    for (auto& [id, member] : members_.all()) {
        if (error != kafka::ErrorCode::none) member.assignment.clear();
        if (!member.sync) continue;
        kafka::SyncGroupResponse response;
        response.error_code = error;
        if (error == kafka::ErrorCode::none) {
            response.protocol_type = protocol_type_;
            response.protocol_name = protocol_name_;
            response.assignment = member.assignment;
        }
        turn.answers.push_back({*member.sync, std::move(response)});
        member.sync.reset();
        // While it waited it was excused, and no deadline may be running.
        restart_session(member, turn.now);
    }
}

kafka::ErrorCode Group::heartbeat(const kafka::HeartbeatRequest& request, Turn& turn) {
    using kafka::ErrorCode;
    if (state_ == GroupState::dead) return ErrorCode::coordinator_not_available;
    const auto error = members_.validate(request.member_id, request.group_instance_id);
    if (error != ErrorCode::none) return error;
    if (request.generation_id != generation_) return ErrorCode::illegal_generation;
    restart_session(*members_.find(request.member_id), turn.now);
    return state_ == GroupState::preparing_rebalance ? ErrorCode::rebalance_in_progress
                                                     : ErrorCode::none;
}

kafka::LeaveGroupResponse Group::leave(
    const std::vector<kafka::LeaveGroupRequest::MemberIdentity>& leavers, Turn& turn) {
    using kafka::ErrorCode;
    kafka::LeaveGroupResponse response;
    if (state_ == GroupState::dead) {
        response.error_code = ErrorCode::coordinator_not_available;
        return response;
    }
    bool somebody_left = false;
    for (const auto& leaver : leavers) {
        auto member_id = leaver.member_id;
        auto error = ErrorCode::none;
        if (member_id.empty()) {  // an administrator names the instance only
            const auto* member = leaver.group_instance_id
                                     ? members_.find_static(*leaver.group_instance_id)
                                     : nullptr;
            if (member) member_id = member->member_id;
            if (!member) error = ErrorCode::unknown_member_id;
        } else if (pending_joins_.count(member_id) == 0) {
            error = members_.validate(member_id, leaver.group_instance_id);
        }
        if (error == ErrorCode::none) remove_member(member_id, turn);
        somebody_left = somebody_left || error == ErrorCode::none;
        response.members.push_back({.member_id = leaver.member_id,
                                    .group_instance_id = leaver.group_instance_id,
                                    .error_code = error});
    }
    if (!somebody_left) return response;
    if (state_ == GroupState::stable || state_ == GroupState::completing_rebalance)
        rebalance_or_complete(turn);
    else
        maybe_complete_join(turn);
    return response;
}

}  // namespace leat::broker
