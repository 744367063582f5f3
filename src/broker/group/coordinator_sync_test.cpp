// SyncGroup, Heartbeat, LeaveGroup and sessions: Kafka's behaviours, one by one.
#include "broker/group/coordinator_fixture.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;
using Identity = kafka::LeaveGroupRequest::MemberIdentity;

class SyncGroup : public CoordinatorTest {
protected:
    // Two members in generation 2, the assignment yet to come: leader and follower.
    std::pair<std::string, std::string> two_members() {
        const auto a = join_now({});
        const auto newcomer = join({});
        join({.member_id = a});
        const auto b = joined(newcomer).member_id;
        return joined(newcomer).leader == a ? std::pair{a, b} : std::pair{b, a};
    }
};
class Heartbeat : public CoordinatorTest {};
class LeaveGroup : public CoordinatorTest {};

TEST_F(SyncGroup, hands_each_member_what_the_leader_assigned_it_once_that_is_durable) {
    const auto [leader, follower] = two_members();
    durable_at_once = false;
    const auto waiting = sync(follower, 2);
    EXPECT_FALSE(answered(waiting));
    const auto leading = sync(leader, 2, {{leader, "left"}, {follower, "right"}});
    EXPECT_FALSE(answered(leading));
    EXPECT_EQ(state(), "CompletingRebalance");
    settle();
    EXPECT_EQ(as_text(synced(leading).assignment), "left");
    EXPECT_EQ(as_text(synced(waiting).assignment), "right");
    EXPECT_EQ(synced(waiting).protocol_type, "consumer");
    EXPECT_EQ(synced(waiting).protocol_name, "range");
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(as_text(synced(sync(follower, 2)).assignment), "right") << "asked again, told again";
}

TEST_F(SyncGroup, gives_an_empty_assignment_to_members_the_leader_forgot) {
    const auto [leader, follower] = two_members();
    const auto waiting = sync(follower, 2);
    sync(leader, 2, {{leader, "all"}, {"stranger", "?"}});
    EXPECT_EQ(synced(waiting).error_code, ErrorCode::none);
    EXPECT_TRUE(synced(waiting).assignment.empty());
}

TEST_F(SyncGroup, refuses_who_does_not_belong_to_the_generation) {
    EXPECT_EQ(synced(sync("x", 1)).error_code, ErrorCode::unknown_member_id);
    const auto [leader, follower] = two_members();
    EXPECT_EQ(synced(sync("x", 2)).error_code, ErrorCode::unknown_member_id);
    EXPECT_EQ(synced(sync(leader, 1)).error_code, ErrorCode::illegal_generation);
    EXPECT_EQ(synced(sync(leader, 3)).error_code, ErrorCode::illegal_generation);
    kafka::SyncGroupRequest request{.group_id = "g",
                                    .generation_id = 2,
                                    .member_id = leader,
                                    .group_instance_id = {},
                                    .protocol_type = "consumer",
                                    .protocol_name = "other",
                                    .assignments = {}};
    auto with = context();
    take(coordinator->sync_group(request, 5, with));
    EXPECT_EQ(synced(with.token).error_code, ErrorCode::inconsistent_group_protocol);
    request.protocol_name.reset();
    with = context();
    take(coordinator->sync_group(request, 5, with));
    EXPECT_EQ(synced(with.token).error_code, ErrorCode::inconsistent_group_protocol);
    request.group_id.clear();
    with = context();
    take(coordinator->sync_group(request, 4, with));
    EXPECT_EQ(synced(with.token).error_code, ErrorCode::invalid_group_id);
}

TEST_F(SyncGroup, is_called_off_when_a_member_joins_meanwhile) {
    const auto [leader, follower] = two_members();
    const auto waiting = sync(follower, 2);
    durable_at_once = false;
    const auto leading = sync(leader, 2, {{leader, "old"}, {follower, "old"}});
    join({});
    EXPECT_EQ(synced(waiting).error_code, ErrorCode::rebalance_in_progress);
    EXPECT_EQ(synced(leading).error_code, ErrorCode::rebalance_in_progress);
    settle();
    EXPECT_EQ(state(), "PreparingRebalance") << "the old generation's record changes nothing";
    EXPECT_EQ(synced(sync(leader, 2)).error_code, ErrorCode::rebalance_in_progress);
}

TEST_F(SyncGroup, tells_all_and_rebalances_when_the_assignment_cannot_be_written) {
    const auto [leader, follower] = two_members();
    const auto waiting = sync(follower, 2);
    durable_at_once = false;
    const auto leading = sync(leader, 2, {{leader, "a"}});
    settle(ErrorCode::not_enough_replicas);
    EXPECT_EQ(synced(waiting).error_code, ErrorCode::coordinator_not_available);
    EXPECT_EQ(synced(leading).error_code, ErrorCode::coordinator_not_available);
    EXPECT_TRUE(synced(leading).assignment.empty());
    EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(SyncGroup, writes_the_assignment_of_a_repeating_leader_once) {
    const auto [leader, follower] = two_members();
    durable_at_once = false;
    const auto first = sync(leader, 2, {{leader, "first"}});
    const auto second = sync(leader, 2, {{leader, "second"}});
    EXPECT_EQ(pending.size(), 1u);
    EXPECT_EQ(synced(first).error_code, ErrorCode::rebalance_in_progress);
    settle();
    EXPECT_EQ(as_text(synced(second).assignment), "first") << "as the log has it";
}

TEST_F(SyncGroup, removes_members_that_never_sync) {
    const auto [leader, follower] = two_members();
    sync(leader, 2, {{leader, "a"}, {follower, "b"}});
    EXPECT_EQ(state(), "Stable");
    for (int i = 0; i < 12; ++i) {
        heartbeat(follower, 2);
        heartbeat(leader, 2);
        advance(5s);
    }
    EXPECT_EQ(state(), "PreparingRebalance");
    EXPECT_EQ(heartbeat(follower, 2), ErrorCode::unknown_member_id);
    EXPECT_EQ(heartbeat(leader, 2), ErrorCode::rebalance_in_progress);
}

TEST_F(Heartbeat, tells_the_member_where_the_group_stands) {
    EXPECT_EQ(heartbeat("x", 1), ErrorCode::unknown_member_id);
    const auto ids = stable_group(1);
    EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
    EXPECT_EQ(heartbeat(ids[0], 0), ErrorCode::illegal_generation);
    EXPECT_EQ(heartbeat("x", 1), ErrorCode::unknown_member_id);
    join({});
    EXPECT_EQ(heartbeat(ids[0], 1), ErrorCode::rebalance_in_progress);
    const auto with = context();
    take(coordinator->heartbeat({}, 0, with));
    EXPECT_EQ(answer<kafka::HeartbeatResponse>(with.token).error_code, ErrorCode::invalid_group_id);
}

TEST_F(Heartbeat, keeps_a_session_alive_and_its_absence_ends_it) {
    const auto ids = stable_group(2);
    for (int i = 0; i < 4; ++i) {
        advance(9'999ms);
        EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::none);
        if (i == 3) break;
        EXPECT_EQ(heartbeat(ids[1], 2), ErrorCode::none);
    }
    advance(1ms);
    EXPECT_EQ(state(), "PreparingRebalance") << "one session ended";
    EXPECT_EQ(heartbeat(ids[1], 2), ErrorCode::unknown_member_id);
    EXPECT_EQ(joined(join({.member_id = ids[0]})).generation_id, 3);
}

TEST_F(Heartbeat, of_the_last_member_missing_empties_the_group) {
    const auto ids = stable_group(1);
    advance(10s);
    EXPECT_EQ(state(), "Empty");
    restart();
    EXPECT_EQ(state(), "Empty") << "and that is in the log";
}

TEST_F(Heartbeat, is_not_expected_of_members_that_wait_for_an_answer) {
    const auto ids = stable_group(2);
    const auto waiting = join({.member_id = current_leader()});
    const auto other = ids[0] == current_leader() ? ids[1] : ids[0];
    for (int i = 0; i < 5; ++i) {
        advance(9s);
        heartbeat(other, 2);
    }
    EXPECT_FALSE(answered(waiting));
    EXPECT_EQ(described().members.size(), 2u);
}

TEST_F(Heartbeat, is_expected_again_after_a_restart) {
    const auto ids = stable_group(2);
    restart();
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::none);
    EXPECT_EQ(synced(sync(ids[1], 2)).assignment, to_bytes("for " + ids[1]));
    advance(10s);
    EXPECT_EQ(state(), "Empty");
}

TEST_F(LeaveGroup, begins_a_rebalance_of_those_who_stay) {
    const auto ids = stable_group(2);
    const auto t = leave({{.member_id = ids[1], .group_instance_id = {}, .reason = "done"}});
    const auto& response = answer<kafka::LeaveGroupResponse>(t);
    EXPECT_EQ(response.error_code, ErrorCode::none);
    EXPECT_EQ(response.members.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::rebalance_in_progress);
    const auto again = leave({{.member_id = ids[1], .group_instance_id = {}, .reason = {}}});
    EXPECT_EQ(answer<kafka::LeaveGroupResponse>(again).members.at(0).error_code,
              ErrorCode::unknown_member_id);
}

// What a consumer does that has worked longer than max.poll.interval.ms.
TEST_F(LeaveGroup, and_return_make_one_rebalance_if_the_others_are_not_back_yet) {
    const auto ids = stable_group(2);
    leave({{.member_id = ids[1], .group_instance_id = {}, .reason = {}}});
    const auto given = join_now({.version = 9});
    const auto returned = join({.member_id = given, .version = 9});
    EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::rebalance_in_progress);
    const auto stayed = join({.member_id = ids[0]});
    EXPECT_EQ(joined(returned).generation_id, 3);
    EXPECT_EQ(joined(stayed).generation_id, 3);
    sync(current_leader(), 3, {{given, "a"}, {ids[0], "b"}});
    for (const auto& id : {ids[0], given}) {
        sync(id, 3);
        EXPECT_EQ(heartbeat(id, 3), ErrorCode::none);
    }
    EXPECT_EQ(state(), "Stable");
}

TEST_F(LeaveGroup, of_the_last_member_is_answered_once_the_empty_group_is_durable) {
    const auto ids = stable_group(1);
    durable_at_once = false;
    const auto t = leave({{.member_id = ids[0], .group_instance_id = {}, .reason = {}}});
    EXPECT_FALSE(answered(t));
    settle();
    EXPECT_EQ(answer<kafka::LeaveGroupResponse>(t).error_code, ErrorCode::none);
    EXPECT_EQ(state(), "Empty");
    EXPECT_EQ(joined(join({})).generation_id, 3) << "2 was the empty generation";
}

TEST_F(LeaveGroup, tells_if_the_empty_group_cannot_be_written) {
    const auto ids = stable_group(1);
    durable_at_once = false;
    const auto t = leave({{.member_id = ids[0], .group_instance_id = {}, .reason = {}}});
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(answer<kafka::LeaveGroupResponse>(t).error_code, ErrorCode::not_coordinator);
}

TEST_F(LeaveGroup, removes_several_members_and_judges_each) {
    const auto ids = stable_group(3);
    const auto pending_id = join_now({.version = 4});
    const auto t = leave({{.member_id = ids[0], .group_instance_id = {}, .reason = {}},
                          {.member_id = "x", .group_instance_id = {}, .reason = {}},
                          {.member_id = "", .group_instance_id = "nobody", .reason = {}},
                          {.member_id = pending_id, .group_instance_id = {}, .reason = {}}});
    const auto& members = answer<kafka::LeaveGroupResponse>(t).members;
    ASSERT_EQ(members.size(), 4u);
    EXPECT_EQ(members[0].error_code, ErrorCode::none);
    EXPECT_EQ(members[1].error_code, ErrorCode::unknown_member_id);
    EXPECT_EQ(members[2].error_code, ErrorCode::unknown_member_id);
    EXPECT_EQ(members[3].error_code, ErrorCode::none);
}

TEST_F(LeaveGroup, speaks_of_one_member_before_version_3) {
    const auto ids = stable_group(2);
    const auto leave_one = [&](const std::string& group, const std::string& id) {
        const auto with = context();
        take(
            coordinator->leave_group({.group_id = group, .member_id = id, .members = {}}, 2, with));
        const auto& response = answer<kafka::LeaveGroupResponse>(with.token);
        EXPECT_TRUE(response.members.empty());
        return response.error_code;
    };
    EXPECT_EQ(leave_one("g", ids[0]), ErrorCode::none);
    EXPECT_EQ(leave_one("g", ids[0]), ErrorCode::unknown_member_id);
    EXPECT_EQ(leave_one("nosuch", "x"), ErrorCode::unknown_member_id);
    EXPECT_EQ(leave_one("", "x"), ErrorCode::invalid_group_id);
}

TEST_F(LeaveGroup, answers_what_the_leaver_still_waits_for) {
    const auto ids = stable_group(2);
    const auto parked = join({.member_id = ids[0], .topics = {"x"}});
    leave({{.member_id = ids[0], .group_instance_id = {}, .reason = {}}});
    EXPECT_EQ(joined(parked).error_code, ErrorCode::unknown_member_id);
    const auto& back = joined(join({.member_id = ids[1]}));
    EXPECT_EQ(back.generation_id, 3);
    const auto newcomer = join({});
    join({.member_id = ids[1]});
    const auto leader = joined(newcomer).leader;
    const auto follower = leader == ids[1] ? joined(newcomer).member_id : ids[1];
    const auto syncing = sync(follower, 4);
    leave({{.member_id = follower, .group_instance_id = {}, .reason = {}}});
    EXPECT_EQ(synced(syncing).error_code, ErrorCode::unknown_member_id);
}

}  // namespace
}  // namespace leat::broker
