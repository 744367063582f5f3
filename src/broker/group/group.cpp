// One classic group: its state, its record, and what all its parts share.
#include "broker/group/group.hpp"

#include "base/check.hpp"

namespace leat::broker {

Group::Group(std::string group_id, const GroupConfig& config, TimestampMs now)
    : group_id_(std::move(group_id)), config_(config), state_since_ms_(now) {}

void Group::load(const std::optional<kafka::GroupMetadataValue>& value) {
    members_ = {};
    protocol_type_.reset();
    protocol_name_.reset();
    subscribed_topics_.reset();
    state_ = GroupState::empty;
    generation_ = 0;
    record_.load(value);
    if (!value) return;
    generation_ = value->generation;
    state_since_ms_ = value->current_state_timestamp;
    if (!value->protocol_type.empty()) protocol_type_ = value->protocol_type;
    protocol_name_ = value->protocol;
    for (const auto& stored : value->members) {
        if (members_.contains(stored.member_id)) continue;
        Member member;
        member.member_id = stored.member_id;
        member.group_instance_id = stored.group_instance_id;
        member.client_id = stored.client_id;
        member.client_host = stored.client_host;
        member.session_timeout_ms = stored.session_timeout;
        member.rebalance_timeout_ms =
            stored.rebalance_timeout == -1 ? stored.session_timeout : stored.rebalance_timeout;
        member.protocols = {
            {.name = value->protocol.value_or(""), .metadata = stored.subscription}};
        member.assignment = stored.assignment;
        members_.add(std::move(member));
    }
    if (!members_.empty()) state_ = GroupState::stable;
    if (value->leader && members_.contains(*value->leader)) members_.set_leader(value->leader);
    note_subscribed_topics();
}

void Group::start_sessions(Turn& turn) {
    for (const auto& [id, member] : members_.all()) restart_session(member, turn.now);
    // group.max.size may have been lowered: a rebalance lets consumers commit, then go.
    if (members_.size() > static_cast<std::size_t>(config_.group_max_size)) prepare_rebalance(turn);
}

kafka::GroupMetadataValue Group::metadata() const {
    kafka::GroupMetadataValue value;
    value.protocol_type = protocol_type_.value_or("");
    value.generation = generation_;
    value.protocol = protocol_name_;
    value.leader = members_.leader();
    value.current_state_timestamp = state_since_ms_;
    for (const auto& [id, member] : members_.all())
        value.members.push_back({.member_id = id,
                                 .group_instance_id = member.group_instance_id,
                                 .client_id = member.client_id,
                                 .client_host = member.client_host,
                                 .rebalance_timeout = member.rebalance_timeout_ms,
                                 .session_timeout = member.session_timeout_ms,
                                 .subscription = member.metadata(protocol_name_.value_or("")),
                                 .assignment = member.assignment});
    return value;
}

// The arrows of the picture in group.hpp.
bool Group::may_become(GroupState next) const {
    using enum GroupState;
    switch (next) {
        case empty:
            return state_ == preparing_rebalance || state_ == dead;
        case preparing_rebalance:
            return can_rebalance();
        case completing_rebalance:
            return state_ == preparing_rebalance;
        case stable:
            return state_ == completing_rebalance;
        case dead:
            return true;
    }
    return false;
}

void Group::become(GroupState next, const Moment& now) {
    check(may_become(next), "a group goes from state to state as its picture says");
    check(next != GroupState::stable || !members_.empty(), "a stable group has members");
    check(next != GroupState::empty || members_.empty(), "an empty group has none");
    previous_state_ = state_;
    state_ = next;
    state_since_ms_ = now.wall_ms;
}

bool Group::can_rebalance() const {
    return state_ == GroupState::empty || state_ == GroupState::completing_rebalance
           || state_ == GroupState::stable;
}

void Group::restart_session(const Member& member, const Moment& now) {
    timers_.set(session_timer(member.member_id),
                now.mono + std::chrono::milliseconds{member.session_timeout_ms});
}

void Group::remove_member(const std::string& member_id, Turn& turn) {
    timers_.cancel(session_timer(member_id));
    pending_joins_.erase(member_id);
    pending_syncs_.erase(member_id);
    const auto gone = members_.remove(member_id);
    if (!gone) return;
    // UNKNOWN_MEMBER_ID makes a client that is still there join anew.
    if (gone->join) refuse_join(*gone->join, kafka::ErrorCode::unknown_member_id, "", turn);
    if (gone->sync) answer_sync(*gone->sync, kafka::ErrorCode::unknown_member_id, turn);
}

void Group::note_subscribed_topics() {
    subscribed_topics_.reset();
    if (!uses_consumer_protocol()) return;
    if (members_.empty())
        subscribed_topics_.emplace();
    else if (protocol_name_)
        subscribed_topics_ = subscribed_topics(members_.all(), *protocol_name_);
}

bool Group::is_subscribed(const std::string& topic) const {
    return subscribed_topics_ ? subscribed_topics_->count(topic) != 0 : uses_consumer_protocol();
}

std::optional<ExpiryRule> Group::expiry_rule() const {
    ExpiryRule rule;
    rule.retention_ms = config_.offsets_retention_minutes * 60'000;
    if (!protocol_type_) return rule;  // commits without membership
    if (state_ == GroupState::empty) {
        if (state_since_ms_ != -1) rule.since = state_since_ms_;
        return rule;
    }
    if (state_ == GroupState::stable && subscribed_topics_) return rule;
    return std::nullopt;
}

kafka::ErrorCode Group::accept_commit(const kafka::OffsetCommitRequest& request, bool transactional,
                                      Turn& turn) {
    using kafka::ErrorCode;
    if (state_ == GroupState::dead) return ErrorCode::coordinator_not_available;
    const auto generation = request.generation_id_or_member_epoch;
    // From an admin, or from a consumer that assigns itself its partitions.
    if (generation < 0 && state_ == GroupState::empty) return ErrorCode::none;
    if (generation < 0 && request.member_id.empty() && !request.group_instance_id)
        return transactional ? ErrorCode::none : ErrorCode::unknown_member_id;
    const auto error = members_.validate(request.member_id, request.group_instance_id);
    if (error != ErrorCode::none) return error;
    if (generation != generation_) return ErrorCode::illegal_generation;
    if (transactional) return ErrorCode::none;  // in any state, and it keeps no session alive
    // The member has its new generation already, but not yet what it may consume in it.
    if (state_ == GroupState::completing_rebalance) return ErrorCode::rebalance_in_progress;
    restart_session(*members_.find(request.member_id), turn.now);
    return ErrorCode::none;
}

void Group::written(const GroupWrite& write, kafka::ErrorCode error, Turn& turn) {
    if (state_ == GroupState::dead) return;
    switch (write.meaning) {
        case GroupWrite::Meaning::created:
            if (error != kafka::ErrorCode::none) abandon(error, turn);
            return;
        case GroupWrite::Meaning::emptied:
            return;
        case GroupWrite::Meaning::assigned:
            return assignment_written(write, error, turn);
        case GroupWrite::Meaning::replaced:
            return replacement_written(*write.replacement, error, turn);
    }
}

void Group::abandon(kafka::ErrorCode error, Turn& turn) {
    for (const auto& [id, member] : members_.all()) {
        if (member.join) refuse_join(*member.join, error, id, turn);
        if (member.sync) answer_sync(*member.sync, error, turn);
    }
    members_ = {};
    pending_joins_.clear();
    pending_syncs_.clear();
    timers_ = {};
    become(GroupState::dead, turn.now);
}

void Group::set_deleting(bool deleting) {
    state_ = deleting ? GroupState::dead : GroupState::empty;
    pending_joins_.clear();
    timers_ = {};
}

void Group::tick(Turn& turn) {
    while (const auto due = timers_.pop_due(turn.now.mono)) {
        switch (due->kind) {
            case TimerKey::Kind::join:
                if (previous_state_ == GroupState::empty)
                    initial_delay_over(turn);
                else
                    complete_join(turn);
                break;
            case TimerKey::Kind::sync:
                sync_time_over(turn);
                break;
            case TimerKey::Kind::session:
                session_over(due->member_id, turn);
                break;
        }
    }
}

}  // namespace leat::broker
