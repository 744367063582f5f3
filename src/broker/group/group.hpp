// One classic group: its members, its generation and its rebalances; a state machine without clock.
//
//            join                        all joined, or time is up
//   Empty ─────────────► Preparing ──────────────────────────────► Completing
//     ▲                  Rebalance ◄──────────────────────────────  Rebalance
//     │   nobody left     │    ▲     join, leave, session lost         │
//     ├───────────────────┘    │                                       │ the leader's assignment
//     │                        │ join, leave, session lost             ▼ is durable
//     └► Dead, while it        └────────────────────────────────────  Stable
//        is being deleted
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/group/deadlines.hpp"
#include "broker/group/group_turn.hpp"
#include "broker/group/membership.hpp"
#include "broker/group/offset_store.hpp"

namespace leat::broker {

class Group {
public:
    /// `config` outlives the group.
    Group(std::string group_id, const GroupConfig& config, TimestampMs now);

    /// Takes the state that a group record holds, or (with nothing) that of a group without one;
    /// the offsets stay. Sessions do not run until start_sessions().
    void load(const std::optional<kafka::GroupMetadataValue>& value);
    void start_sessions(Turn& turn);

    void join(const kafka::JoinGroupRequest& request, const Joiner& joiner, Turn& turn);
    void sync(const kafka::SyncGroupRequest& request, RequestToken token, Turn& turn);
    kafka::ErrorCode heartbeat(const kafka::HeartbeatRequest& request, Turn& turn);
    kafka::LeaveGroupResponse leave(
        const std::vector<kafka::LeaveGroupRequest::MemberIdentity>& leavers, Turn& turn);
    /// Whether the commit may be taken; a taken one keeps its member's session alive.
    kafka::ErrorCode accept_commit(const kafka::OffsetCommitRequest& request, bool transactional,
                                   Turn& turn);

    /// The outcome of a write that the group asked for; `error` is what clients are told.
    void written(const GroupWrite& write, kafka::ErrorCode error, Turn& turn);
    /// Answers all that waits with `error`; the group is Dead and without members from here on.
    void abandon(kafka::ErrorCode error, Turn& turn);
    /// Does what is due at turn.now.
    void tick(Turn& turn);
    std::optional<MonoTime> next_deadline() const { return timers_.next(); }
    /// Dead while its tombstones are on their way, and Empty again should they fail.
    void set_deleting(bool deleting);

    const std::string& group_id() const { return group_id_; }
    GroupState state() const { return state_; }
    std::int32_t generation() const { return generation_; }
    const std::optional<std::string>& protocol_type() const { return protocol_type_; }
    const std::optional<std::string>& protocol_name() const { return protocol_name_; }
    const Membership& members() const { return members_; }
    /// Nobody is in it and nobody was asked to come back with a member id.
    bool deserted() const { return members_.empty() && pending_joins_.empty(); }
    bool uses_consumer_protocol() const { return protocol_type_ == "consumer"; }
    /// Whether a member consumes `topic`; assumed where it cannot be known.
    bool is_subscribed(const std::string& topic) const;
    /// How the offsets of unsubscribed topics age; nothing while they do not.
    std::optional<ExpiryRule> expiry_rule() const;
    /// The group's record as of now.
    kafka::GroupMetadataValue metadata() const;

    OffsetStore& offsets() { return offsets_; }
    const OffsetStore& offsets() const { return offsets_; }
    /// The group's record in the log.
    Staged<kafka::GroupMetadataValue>& record() { return record_; }
    const Staged<kafka::GroupMetadataValue>& record() const { return record_; }

private:
    struct TimerKey {
        enum class Kind { join, sync, session } kind;
        std::string member_id;
        auto operator<=>(const TimerKey&) const = default;
    };
    static TimerKey join_timer() { return {TimerKey::Kind::join, {}}; }
    static TimerKey sync_timer() { return {TimerKey::Kind::sync, {}}; }
    static TimerKey session_timer(const std::string& id) { return {TimerKey::Kind::session, id}; }

    // group.cpp
    void become(GroupState next, const Moment& now);
    bool may_become(GroupState next) const;
    bool can_rebalance() const;
    void restart_session(const Member& member, const Moment& now);
    void remove_member(const std::string& member_id, Turn& turn);
    void note_subscribed_topics();
    // group_join.cpp
    bool accepts(const std::string& member_id) const;
    bool supports(const kafka::JoinGroupRequest& request) const;
    void join_new(const kafka::JoinGroupRequest& request, const Joiner& joiner, Turn& turn);
    void join_existing(const kafka::JoinGroupRequest& request, const Joiner& joiner, Turn& turn);
    void rejoin(Member& member, const kafka::JoinGroupRequest& request, const ParkedJoin& join,
                Turn& turn);
    void add_member(const kafka::JoinGroupRequest& request, const Joiner& joiner,
                    const std::string& member_id, Turn& turn);
    void update_member(Member& member, const kafka::JoinGroupRequest& request,
                       const ParkedJoin& join, Turn& turn);
    // group_static.cpp
    Member& rename_member(const std::string& old_id, const std::string& new_id, Turn& turn);
    void replace_static(const kafka::JoinGroupRequest& request, const Joiner& joiner,
                        const std::string& new_id, Turn& turn);
    void replacement_written(const GroupWrite::Replacement& what, kafka::ErrorCode error,
                             Turn& turn);
    // group_rebalance.cpp
    bool all_joined() const;
    void rebalance_or_complete(Turn& turn);
    void prepare_rebalance(Turn& turn);
    void maybe_complete_join(Turn& turn);
    void complete_join(Turn& turn);
    void begin_generation(Turn& turn);
    kafka::JoinGroupResponse generation_response(const std::string& member_id) const;
    void initial_delay_over(Turn& turn);
    void session_over(const std::string& member_id, Turn& turn);
    void sync_time_over(Turn& turn);
    // group_sync.cpp
    kafka::ErrorCode validate_sync(const kafka::SyncGroupRequest& request) const;
    void sync_arrived(const std::string& member_id);
    void write_assignment(const kafka::SyncGroupRequest& request, Turn& turn);
    void propagate_assignments(kafka::ErrorCode error, Turn& turn);
    void assignment_written(const GroupWrite& write, kafka::ErrorCode error, Turn& turn);

    const std::string group_id_;
    const GroupConfig& config_;
    GroupState state_ = GroupState::empty;
    GroupState previous_state_ = GroupState::dead;
    TimestampMs state_since_ms_;  // -1: not known
    std::int32_t generation_ = 0;
    std::optional<std::string> protocol_type_;
    std::optional<std::string> protocol_name_;
    Membership members_;
    std::set<std::string> pending_joins_;  // sent away with MEMBER_ID_REQUIRED (KIP-394)
    std::set<std::string> pending_syncs_;  // yet to sync in this generation
    std::optional<std::set<std::string>> subscribed_topics_;
    std::optional<std::int32_t> assignment_in_flight_;  // the generation whose record is written
    bool new_member_added_ = false;                     // during the initial delay
    std::chrono::milliseconds initial_remaining_{0};
    Deadlines<TimerKey> timers_;
    OffsetStore offsets_;
    Staged<kafka::GroupMetadataValue> record_;
};

}  // namespace leat::broker
