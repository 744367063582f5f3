// Rebalances: gathering the members, beginning a generation, and giving up on who is late.
#include <algorithm>

#include "broker/group/group.hpp"

namespace leat::broker {
namespace {

// How long to wait at least before looking again for members that are late.
constexpr std::chrono::milliseconds patience{1000};

}  // namespace

bool Group::all_joined() const {
    return pending_joins_.empty() && members_.joined() == members_.size();
}

void Group::rebalance_or_complete(Turn& turn) {
    if (can_rebalance()) return prepare_rebalance(turn);
    maybe_complete_join(turn);
}

void Group::prepare_rebalance(Turn& turn) {
    if (state_ == GroupState::completing_rebalance)
        propagate_assignments(kafka::ErrorCode::rebalance_in_progress, turn);
    pending_syncs_.clear();
    timers_.cancel(sync_timer());
    const bool initial = state_ == GroupState::empty;
    become(GroupState::preparing_rebalance, turn.now);
    if (initial) {
        // The group is new: give others the time to come, lest each one means a rebalance.
        const std::chrono::milliseconds delay{config_.group_initial_rebalance_delay_ms};
        initial_remaining_ =
            std::max(members_.rebalance_timeout() - delay, std::chrono::milliseconds{0});
        new_member_added_ = false;
        return timers_.set(join_timer(), turn.now.mono + delay);
    }
    if (all_joined()) return complete_join(turn);
    timers_.set(join_timer(), turn.now.mono + members_.rebalance_timeout());
}

void Group::initial_delay_over(Turn& turn) {
    if (!new_member_added_ || initial_remaining_.count() == 0) return complete_join(turn);
    new_member_added_ = false;
    const std::chrono::milliseconds delay{config_.group_initial_rebalance_delay_ms};
    const auto next = std::min(delay, initial_remaining_);
    initial_remaining_ = std::max(initial_remaining_ - delay, std::chrono::milliseconds{0});
    if (next.count() == 0) return complete_join(turn);
    timers_.set(join_timer(), turn.now.mono + next);
}

void Group::maybe_complete_join(Turn& turn) {
    // The initial delay is waited out even if all are there: nobody knows who is still to come.
    if (state_ == GroupState::preparing_rebalance && previous_state_ != GroupState::empty
        && all_joined())
        complete_join(turn);
}

void Group::complete_join(Turn& turn) {
    timers_.cancel(join_timer());
    std::vector<std::string> late;
    for (const auto& [id, member] : members_.all())
        if (!member.join && !member.is_static()) late.push_back(id);
    for (const auto& id : late) remove_member(id, turn);
    if (state_ == GroupState::dead) return;
    if (!members_.elect_joined_leader() && !members_.empty()) {
        // Static members only, and none is back: their sessions decide.
        timers_.set(join_timer(), turn.now.mono + std::max(members_.rebalance_timeout(), patience));
        return;
    }
    begin_generation(turn);
}

void Group::begin_generation(Turn& turn) {
    generation_ = generation_ == std::numeric_limits<std::int32_t>::max() ? 1 : generation_ + 1;
    pending_syncs_.clear();
    if (members_.empty()) {
        protocol_name_.reset();
        note_subscribed_topics();
        become(GroupState::empty, turn.now);
        turn.writes.push_back(
            {.meaning = GroupWrite::Meaning::emptied, .value = metadata(), .replacement = {}});
        return;
    }
    protocol_name_ = members_.select_protocol();
    note_subscribed_topics();
    become(GroupState::completing_rebalance, turn.now);
    for (auto& [id, member] : members_.all()) {
        if (member.join) answer_join(*member.join, generation_response(id), turn);
        member.join.reset();
        member.is_new = false;
        restart_session(member, turn.now);
        pending_syncs_.insert(id);
    }
    timers_.set(sync_timer(), turn.now.mono + members_.rebalance_timeout());
}

kafka::JoinGroupResponse Group::generation_response(const std::string& member_id) const {
    kafka::JoinGroupResponse response;
    response.generation_id = generation_;
    response.protocol_type = protocol_type_;
    response.protocol_name = protocol_name_;
    response.leader = members_.leader().value_or("");
    response.member_id = member_id;
    if (!members_.is_leader(member_id)) return response;
    for (const auto& [id, member] : members_.all())
        response.members.push_back({.member_id = id,
                                    .group_instance_id = member.group_instance_id,
                                    .metadata = member.metadata(protocol_name_.value_or(""))});
    return response;
}

void Group::session_over(const std::string& member_id, Turn& turn) {
    const auto* member = members_.find(member_id);
    // Its session runs anew once it is answered.
    if (member && member->excused_from_heartbeat()) return;
    const bool was_member = member != nullptr;
    remove_member(member_id, turn);
    if (was_member && (state_ == GroupState::stable || state_ == GroupState::completing_rebalance))
        return rebalance_or_complete(turn);
    if (state_ == GroupState::preparing_rebalance && all_joined()) complete_join(turn);
}

void Group::sync_time_over(Turn& turn) {
    if (state_ != GroupState::completing_rebalance && state_ != GroupState::stable) return;
    if (pending_syncs_.empty()) return;
    const auto silent = pending_syncs_;
    for (const auto& id : silent) remove_member(id, turn);
    prepare_rebalance(turn);
}

}  // namespace leat::broker
