// Static members that return under a new member id without a rebalance. (KIP-345, KIP-814)
#include "broker/group/group.hpp"

namespace leat::broker {
namespace {

constexpr std::int16_t skip_assignment_since = 9;  // KIP-814

}  // namespace

Member& Group::rename_member(const std::string& old_id, const std::string& new_id, Turn& turn) {
    const auto* old = members_.find(old_id);
    // Whoever still waits under the old id is a duplicate.
    if (old->join) refuse_join(*old->join, kafka::ErrorCode::fenced_instance_id, old_id, turn);
    if (old->sync) answer_sync(*old->sync, kafka::ErrorCode::fenced_instance_id, turn);
    timers_.cancel(session_timer(old_id));
    pending_syncs_.erase(old_id);
    if (pending_syncs_.empty()) timers_.cancel(sync_timer());
    auto& member = members_.rename(old_id, new_id);
    restart_session(member, turn.now);
    return member;
}

void Group::replace_static(const kafka::JoinGroupRequest& request, const Joiner& joiner,
                           const std::string& new_id, Turn& turn) {
    auto before = *members_.find_static(*request.group_instance_id);
    before.join.reset();
    before.sync.reset();
    const auto leader_before = members_.leader();
    auto& member = rename_member(before.member_id, new_id, turn);
    update_member(member, request, joiner.join, turn);
    restart_session(member, turn.now);
    // A leader may be working on an assignment for the old id: only a rebalance helps.
    if (state_ == GroupState::completing_rebalance) return prepare_rebalance(turn);
    if (state_ != GroupState::stable) return maybe_complete_join(turn);
    if (members_.select_protocol() != protocol_name_) return rebalance_or_complete(turn);
    turn.writes.push_back({.meaning = GroupWrite::Meaning::replaced,
                           .value = metadata(),
                           .replacement = GroupWrite::Replacement{.before = std::move(before),
                                                                  .new_member_id = new_id,
                                                                  .join = joiner.join,
                                                                  .leader_before = leader_before}});
}

void Group::replacement_written(const GroupWrite::Replacement& what, kafka::ErrorCode error,
                                Turn& turn) {
    auto* member = members_.find(what.new_member_id);
    // If a rebalance came in between, the parked join is that rebalance's to answer.
    if (!member || !member->join || member->join->token != what.join.token
        || state_ != GroupState::stable)
        return;
    member->join.reset();
    kafka::JoinGroupResponse response = generation_response(what.new_member_id);
    if (error != kafka::ErrorCode::none) {
        response.error_code = error;
        response.member_id.clear();
        response.members.clear();
        response.leader = what.leader_before.value_or("");
        members_.set_protocols(*member, what.before.protocols);
        auto& old = rename_member(what.new_member_id, what.before.member_id, turn);
        old.rebalance_timeout_ms = what.before.rebalance_timeout_ms;
        old.session_timeout_ms = what.before.session_timeout_ms;
        return answer_join(what.join, std::move(response), turn);
    }
    restart_session(*member, turn.now);
    if (what.join.version >= skip_assignment_since) {
        response.skip_assignment = members_.is_leader(what.new_member_id);
    } else {
        // Told the old leader's id, a returning leader takes itself for a follower and assigns
        // nothing.
        response.leader = what.leader_before.value_or("");
        response.members.clear();
    }
    answer_join(what.join, std::move(response), turn);
}

}  // namespace leat::broker
