// JoinGroup: who is let in, and whether that begins a rebalance. (KIP-62, KIP-394)
#include "base/check.hpp"
#include "broker/group/group.hpp"

namespace leat::broker {
namespace {

constexpr auto new_member_join_timeout = std::chrono::minutes{5};
constexpr std::int16_t member_id_required_since = 4;  // KIP-394

// 8-4-4-4-12 hexadecimal digits, as Java prints a UUID.
std::string hex_of(const Uuid& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = std::to_integer<unsigned>(id.bytes[i]);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::int32_t rebalance_timeout_of(const kafka::JoinGroupRequest& request, std::int16_t version) {
    return version == 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
}

}  // namespace

bool Group::accepts(const std::string& member_id) const {
    const auto limit = static_cast<std::size_t>(config_.group_max_size);
    const auto* member = members_.find(member_id);
    switch (state_) {
        case GroupState::empty:
        case GroupState::dead:
            return true;
        case GroupState::preparing_rebalance:
            // Counting those who have joined turns away the last to rejoin after the limit shrank.
            return (member && member->join) || members_.joined() < limit;
        case GroupState::completing_rebalance:
        case GroupState::stable:
            return member || members_.size() < limit;
    }
    return false;
}

bool Group::supports(const kafka::JoinGroupRequest& request) const {
    if (state_ == GroupState::empty)
        return !request.protocol_type.empty() && !request.protocols.empty();
    return protocol_type_ == request.protocol_type && members_.supports(request.protocols);
}

void Group::join(const kafka::JoinGroupRequest& request, const Joiner& joiner, Turn& turn) {
    using kafka::ErrorCode;
    const auto& member_id = request.member_id;
    if (!accepts(member_id)) {
        remove_member(member_id, turn);
        return refuse_join(joiner.join, ErrorCode::group_max_size_reached, "", turn);
    }
    if (state_ == GroupState::dead)
        return refuse_join(joiner.join, ErrorCode::coordinator_not_available, member_id, turn);
    if (!supports(request))
        return refuse_join(joiner.join, ErrorCode::inconsistent_group_protocol, member_id, turn);
    if (member_id.empty()) return join_new(request, joiner, turn);
    join_existing(request, joiner, turn);
}

void Group::join_new(const kafka::JoinGroupRequest& request, const Joiner& joiner, Turn& turn) {
    const std::string stem = request.group_instance_id.value_or(std::string{joiner.client_id});
    const auto member_id = stem + "-" + hex_of(joiner.fresh);
    if (request.group_instance_id) {
        if (members_.find_static(*request.group_instance_id))
            return replace_static(request, joiner, member_id, turn);
        return add_member(request, joiner, member_id, turn);
    }
    if (joiner.join.version < member_id_required_since)
        return add_member(request, joiner, member_id, turn);
    if (pending_joins_.size() >= config_.max_pending_members_per_group)
        return refuse_join(joiner.join, kafka::ErrorCode::group_max_size_reached, "", turn);
    pending_joins_.insert(member_id);
    timers_.set(session_timer(member_id),
                turn.now.mono + std::chrono::milliseconds{request.session_timeout_ms});
    refuse_join(joiner.join, kafka::ErrorCode::member_id_required, member_id, turn);
}

void Group::join_existing(const kafka::JoinGroupRequest& request, const Joiner& joiner,
                          Turn& turn) {
    using kafka::ErrorCode;
    const auto& member_id = request.member_id;
    if (pending_joins_.count(member_id) != 0) {
        // A static member is never asked to come back, so this is no honest client.
        if (request.group_instance_id)
            return refuse_join(joiner.join, ErrorCode::unknown_server_error, member_id, turn);
        return add_member(request, joiner, member_id, turn);
    }
    const auto error = members_.validate(member_id, request.group_instance_id);
    if (error != ErrorCode::none) return refuse_join(joiner.join, error, member_id, turn);
    rejoin(*members_.find(member_id), request, joiner.join, turn);
}

void Group::rejoin(Member& member, const kafka::JoinGroupRequest& request, const ParkedJoin& join,
                   Turn& turn) {
    const bool unchanged = member.protocols == unique_protocols(request.protocols);
    // Its answer got lost, or (in Stable) it is a follower that asks for what is: no rebalance. A
    // leader that joins again may know of new partitions, which its metadata does not show.
    const bool current =
        unchanged
        && (state_ == GroupState::completing_rebalance
            || (state_ == GroupState::stable && !members_.is_leader(member.member_id)));
    if (current) return answer_join(join, generation_response(member.member_id), turn);
    update_member(member, request, join, turn);
    rebalance_or_complete(turn);
}

void Group::add_member(const kafka::JoinGroupRequest& request, const Joiner& joiner,
                       const std::string& member_id, Turn& turn) {
    if (members_.empty()) protocol_type_ = request.protocol_type;
    pending_joins_.erase(member_id);
    Member member;
    member.member_id = member_id;
    member.group_instance_id = request.group_instance_id;
    member.client_id = joiner.client_id;
    member.client_host = joiner.client_host;
    member.rebalance_timeout_ms = rebalance_timeout_of(request, joiner.join.version);
    member.session_timeout_ms = request.session_timeout_ms;
    member.protocols = unique_protocols(request.protocols);
    member.join = joiner.join;
    member.is_new = true;
    if (state_ == GroupState::preparing_rebalance && previous_state_ == GroupState::empty)
        new_member_added_ = true;
    members_.add(std::move(member));
    // It cannot send heartbeats before it knows its id, nor do we see its connection die.
    timers_.set(session_timer(member_id), turn.now.mono + new_member_join_timeout);
    rebalance_or_complete(turn);
}

void Group::update_member(Member& member, const kafka::JoinGroupRequest& request,
                          const ParkedJoin& join, Turn& turn) {
    // The older request was given up by its client, but its connection may still wait for it.
    if (member.join)
        refuse_join(*member.join, kafka::ErrorCode::rebalance_in_progress, member.member_id, turn);
    members_.set_protocols(member, unique_protocols(request.protocols));
    member.rebalance_timeout_ms = rebalance_timeout_of(request, join.version);
    member.session_timeout_ms = request.session_timeout_ms;
    member.join = join;
}

}  // namespace leat::broker
