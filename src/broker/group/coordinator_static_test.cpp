// Static membership (KIP-345, KIP-814): Kafka's behaviours, one by one.
#include "broker/group/coordinator_fixture.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

class StaticMembers : public CoordinatorTest {
protected:
    // "till-1" (the first to come) and "till-2", stable in generation 2.
    void SetUp() override {
        ids["till-1"] = join_now({.version = 5, .instance = "till-1"});
        const auto second = join({.version = 5, .instance = "till-2"});
        const auto first = join({.member_id = ids["till-1"], .version = 5, .instance = "till-1"});
        ids["till-2"] = joined(second).member_id;
        leader = joined(first).leader == ids["till-1"] ? "till-1" : "till-2";
        follower = leader == "till-1" ? "till-2" : "till-1";
        sync(ids[follower], 2, {}, follower);
        sync(ids[leader], 2, {{ids["till-1"], "one"}, {ids["till-2"], "two"}}, leader);
        ASSERT_EQ(state(), "Stable");
    }
    std::map<std::string, std::string> ids;
    std::string leader;
    std::string follower;
};

TEST_F(StaticMembers, need_no_second_request_and_are_named_by_their_instance) {
    EXPECT_EQ(ids["till-1"].rfind("till-1-", 0), 0u) << ids["till-1"];
    EXPECT_EQ(described().members.at(0).group_instance_id, "till-1");
}

TEST_F(StaticMembers, return_without_a_rebalance_and_keep_their_assignment) {
    durable_at_once = false;
    const auto t = join({.version = 9, .instance = follower});
    EXPECT_FALSE(answered(t)) << "the new member id must be durable first";
    settle();
    const auto& back = joined(t);
    EXPECT_EQ(back.error_code, ErrorCode::none);
    EXPECT_EQ(back.generation_id, 2);
    EXPECT_NE(back.member_id, ids[follower]);
    EXPECT_FALSE(back.skip_assignment);
    EXPECT_TRUE(back.members.empty());
    EXPECT_EQ(state(), "Stable");
    const auto assignment = synced(sync(back.member_id, 2, {}, follower)).assignment;
    EXPECT_EQ(as_text(assignment), follower == "till-1" ? "one" : "two");
    EXPECT_EQ(heartbeat(ids[follower], 2, follower), ErrorCode::fenced_instance_id);
    EXPECT_EQ(heartbeat(ids[follower], 2), ErrorCode::unknown_member_id);
    restart();
    EXPECT_EQ(heartbeat(back.member_id, 2, follower), ErrorCode::none);
}

TEST_F(StaticMembers, that_lead_are_told_to_skip_the_assignment_since_version_9) {
    const auto& back = joined(join({.version = 9, .instance = leader}));
    EXPECT_EQ(back.leader, back.member_id);
    EXPECT_TRUE(back.skip_assignment);
    EXPECT_EQ(back.members.size(), 2u);
}

TEST_F(StaticMembers, that_lead_take_themselves_for_followers_before_version_9) {
    const auto& back = joined(join({.version = 8, .instance = leader}));
    EXPECT_EQ(back.leader, ids[leader]) << "its own id of before";
    EXPECT_NE(back.member_id, ids[leader]);
    EXPECT_TRUE(back.members.empty());
    EXPECT_FALSE(back.skip_assignment);
    // It leads all the same: its next join begins a rebalance.
    EXPECT_FALSE(answered(join({.member_id = back.member_id, .version = 8, .instance = leader})));
}

TEST_F(StaticMembers, are_put_back_if_their_new_id_cannot_be_written) {
    durable_at_once = false;
    const auto t = join({.version = 9, .instance = follower, .topics = {"more"}});
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(joined(t).error_code, ErrorCode::not_coordinator);
    EXPECT_EQ(joined(t).member_id, "");
    EXPECT_EQ(heartbeat(ids[follower], 2, follower), ErrorCode::none);
    for (const auto& member : described().members)
        EXPECT_EQ(member.member_metadata, subscription({"orders"}));
}

TEST_F(StaticMembers, are_refused_if_they_no_longer_share_a_protocol) {
    const auto t = join({.version = 9, .instance = follower, .protocols = {"sticky"}});
    EXPECT_EQ(joined(t).error_code, ErrorCode::inconsistent_group_protocol);
    EXPECT_EQ(state(), "Stable");
}

TEST_F(StaticMembers, rebalance_if_their_return_changes_the_protocol) {
    leave({{.member_id = ids[follower], .group_instance_id = follower, .reason = {}}});
    join({.member_id = ids[leader],
          .version = 5,
          .instance = leader,
          .protocols = {"range", "sticky"}});
    sync(ids[leader], 3, {{ids[leader], "all"}}, leader);
    ASSERT_EQ(state(), "Stable");
    const auto& back = joined(join({.version = 9, .instance = leader, .protocols = {"sticky"}}));
    EXPECT_EQ(back.generation_id, 4);
    EXPECT_EQ(back.protocol_name, "sticky");
}

TEST_F(StaticMembers, that_return_while_the_assignment_is_awaited_begin_a_rebalance) {
    const auto newcomer = join({.version = 5, .instance = "till-3"});
    for (const auto& [instance, id] : ids)
        join({.member_id = id, .version = 5, .instance = instance});
    ASSERT_EQ(state(), "CompletingRebalance");
    ASSERT_EQ(joined(newcomer).generation_id, 3);
    EXPECT_FALSE(answered(join({.version = 9, .instance = "till-3"})));
    EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(StaticMembers, fence_a_duplicate_that_waits_under_the_old_id) {
    const auto waiting = join({.member_id = ids[leader], .version = 5, .instance = leader});
    EXPECT_FALSE(answered(waiting));
    const auto taking_over = join({.version = 5, .instance = leader});
    EXPECT_EQ(joined(waiting).error_code, ErrorCode::fenced_instance_id);
    EXPECT_EQ(joined(waiting).member_id, ids[leader]);
    join({.member_id = ids[follower], .version = 5, .instance = follower});
    EXPECT_EQ(joined(taking_over).generation_id, 3);
}

TEST_F(StaticMembers, are_fenced_in_every_request) {
    const auto now_id = joined(join({.version = 9, .instance = follower})).member_id;
    const auto old_id = ids[follower];
    EXPECT_EQ(joined(join({.member_id = old_id, .version = 5, .instance = follower})).error_code,
              ErrorCode::fenced_instance_id);
    EXPECT_EQ(synced(sync(old_id, 2, {}, follower)).error_code, ErrorCode::fenced_instance_id);
    EXPECT_EQ(heartbeat(old_id, 2, "till-9"), ErrorCode::unknown_member_id);
    const auto left = leave({{.member_id = old_id, .group_instance_id = follower, .reason = {}}});
    EXPECT_EQ(answer<kafka::LeaveGroupResponse>(left).members.at(0).error_code,
              ErrorCode::fenced_instance_id);
}

TEST_F(StaticMembers, stay_in_the_group_when_they_miss_a_rebalance) {
    const auto back = join({.member_id = ids[leader], .version = 5, .instance = leader});
    for (int i = 0; i < 12; ++i) {
        heartbeat(ids[follower], 2, follower);
        advance(5s);
    }
    EXPECT_EQ(joined(back).generation_id, 3);
    EXPECT_EQ(joined(back).members.size(), 2u);
}

TEST_F(StaticMembers, hand_the_lead_to_one_who_has_joined) {
    const auto back = join({.version = 5, .instance = "till-3"});
    join({.member_id = ids[follower], .version = 5, .instance = follower});
    for (int i = 0; i < 12; ++i) {
        heartbeat(ids[leader], 2, leader);
        advance(5s);
    }
    EXPECT_EQ(joined(back).generation_id, 3);
    EXPECT_NE(joined(back).leader, ids[leader]);
}

TEST_F(StaticMembers, are_removed_by_an_administrator_who_knows_the_instance_only) {
    const auto t = leave({{.member_id = "", .group_instance_id = follower, .reason = {}}});
    const auto& member = answer<kafka::LeaveGroupResponse>(t).members.at(0);
    EXPECT_EQ(member.error_code, ErrorCode::none);
    EXPECT_EQ(member.member_id, "");
    EXPECT_EQ(described().members.size(), 1u);
}

TEST_F(StaticMembers, leave_by_their_session_only) {
    advance(10s);
    EXPECT_EQ(state(), "Empty");
}

}  // namespace
}  // namespace leat::broker
