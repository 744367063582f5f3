// JoinGroup and rebalances: Kafka's behaviours, one by one.
#include "broker/group/coordinator_fixture.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

class JoinGroup : public CoordinatorTest {};

TEST_F(JoinGroup, lets_the_first_member_lead_generation_1_at_once) {
    const auto& response = joined(join({.protocols = {"range", "roundrobin"}}));
    EXPECT_EQ(response.error_code, ErrorCode::none);
    EXPECT_EQ(response.generation_id, 1);
    EXPECT_EQ(response.leader, response.member_id);
    EXPECT_EQ(response.protocol_name, "range");
    ASSERT_EQ(response.members.size(), 1u);
    EXPECT_EQ(response.members[0].member_id, response.member_id);
    EXPECT_EQ(response.members[0].metadata, subscription({"orders"}));
    EXPECT_EQ(response.member_id, "c-00000000-0000-0001-0000-000000000000");
    EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(JoinGroup, refuses_what_cannot_be_served) {
    struct Row {
        const char* why;
        Join join;
        ErrorCode error;
    };
    config.group_max_session_timeout_ms = 300'000;
    restart();
    const std::vector<Row> rows{
        {"no group id", {.group = ""}, ErrorCode::invalid_group_id},
        {"short session", {.session_ms = 5'999}, ErrorCode::invalid_session_timeout},
        {"long session", {.session_ms = 300'001}, ErrorCode::invalid_session_timeout},
        {"member of no group", {.member_id = "x"}, ErrorCode::unknown_member_id},
        {"no protocols", {.protocols = {}}, ErrorCode::inconsistent_group_protocol},
        {"no protocol type", {.type = ""}, ErrorCode::inconsistent_group_protocol},
    };
    for (const auto& row : rows) {
        const auto& response = joined(join(row.join));
        EXPECT_EQ(response.error_code, row.error) << row.why;
        EXPECT_EQ(response.generation_id, -1) << row.why;
        EXPECT_EQ(response.member_id, row.join.member_id) << row.why;
        EXPECT_EQ(response.protocol_name, "") << row.why;  // null only since version 7
    }
    EXPECT_EQ(state(), "Dead") << "a refused join leaves no group behind";
    EXPECT_EQ(coordinator->size().groups, 0u);
}

TEST_F(JoinGroup, sends_a_null_protocol_name_since_version_7_only) {
    EXPECT_EQ(joined(join({.version = 6, .session_ms = 1})).protocol_name, "");
    EXPECT_EQ(joined(join({.version = 7, .session_ms = 1})).protocol_name, std::nullopt);
}

TEST_F(JoinGroup, asks_a_dynamic_member_to_come_back_with_its_id_since_version_4) {
    const auto& first = joined(join({.version = 4}));
    EXPECT_EQ(first.error_code, ErrorCode::member_id_required);
    EXPECT_FALSE(first.member_id.empty());
    EXPECT_EQ(state(), "Empty");
    const auto& second = joined(join({.member_id = first.member_id, .version = 4}));
    EXPECT_EQ(second.error_code, ErrorCode::none);
    EXPECT_EQ(second.member_id, first.member_id);
    EXPECT_EQ(second.generation_id, 1);
}

TEST_F(JoinGroup, forgets_a_member_id_that_is_not_used_within_the_session_timeout) {
    const auto id = join_now({.version = 5, .session_ms = 6'000});
    advance(5'999ms);
    advance(1ms);
    EXPECT_EQ(joined(join({.member_id = id, .version = 5})).error_code,
              ErrorCode::unknown_member_id);
}

TEST_F(JoinGroup, waits_for_a_pending_member_before_it_completes) {
    const auto ids = stable_group(1);
    const auto pending_id = join_now({.version = 4});
    const auto back = join({.member_id = ids[0]});  // the leader rejoins: a rebalance
    EXPECT_FALSE(answered(back)) << "somebody was given a member id and is expected";
    const auto newcomer = join({.member_id = pending_id, .version = 4});
    EXPECT_EQ(joined(back).generation_id, 2);
    EXPECT_EQ(joined(newcomer).generation_id, 2);
}

TEST_F(JoinGroup, completes_once_a_pending_member_is_given_up) {
    const auto ids = stable_group(1);
    join({.version = 4, .session_ms = 6'000});
    const auto back = join({.member_id = ids[0]});
    EXPECT_FALSE(answered(back));
    advance(6s);
    EXPECT_EQ(joined(back).generation_id, 2);
}

TEST_F(JoinGroup, collects_all_members_in_one_generation_with_one_leader) {
    const auto ids = stable_group(3);
    const auto newcomer = join({});
    EXPECT_EQ(state(), "PreparingRebalance");
    EXPECT_EQ(heartbeat(ids[1], 3), ErrorCode::rebalance_in_progress);
    std::vector<RequestToken> tokens{newcomer};
    for (const auto& id : ids) tokens.push_back(join({.member_id = id}));
    std::size_t leaders = 0;
    for (const auto t : tokens) {
        const auto& response = joined(t);
        EXPECT_EQ(response.generation_id, 4);
        EXPECT_EQ(response.leader, joined(newcomer).leader);
        leaders += response.leader == response.member_id ? 1 : 0;
        EXPECT_EQ(response.members.size(), response.leader == response.member_id ? 4u : 0u);
    }
    EXPECT_EQ(leaders, 1u);
}

TEST_F(JoinGroup, keeps_all_through_rebalances_that_break_into_each_other) {
    auto ids = stable_group(3);
    for (std::int32_t generation = 4; generation < 9; ++generation) {
        const auto newcomer = join({});  // before the last assignment is there
        for (const auto& id : ids)
            EXPECT_EQ(heartbeat(id, generation - 1), ErrorCode::rebalance_in_progress);
        std::vector<RequestToken> back;
        for (const auto& id : ids) back.push_back(join({.member_id = id}));
        ids.push_back(joined(newcomer).member_id);
        back.push_back(newcomer);
        for (const auto t : back) {
            EXPECT_EQ(joined(t).error_code, ErrorCode::none);
            EXPECT_EQ(joined(t).generation_id, generation);
        }
    }
    sync(current_leader(), 8);
    for (const auto& id : ids) EXPECT_EQ(heartbeat(id, 8), ErrorCode::none);
    EXPECT_EQ(described().members.size(), 8U);
}

TEST_F(JoinGroup, goes_on_without_members_that_are_late) {
    const auto ids = stable_group(2);
    const auto newcomer = join({.rebalance_ms = 20'000});
    for (int i = 0; i < 11; ++i) {  // the late one's session is alive
        EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::rebalance_in_progress);
        if (i == 0) join({.member_id = ids[1]});
        EXPECT_FALSE(answered(newcomer)) << i;
        advance(5s);
    }
    EXPECT_FALSE(answered(newcomer)) << "the longest rebalance timeout of all counts: 60 s";
    heartbeat(ids[0], 2);
    advance(5s);
    EXPECT_EQ(joined(newcomer).generation_id, 3);
    EXPECT_EQ(described().members.size(), 2u);
    EXPECT_EQ(heartbeat(ids[0], 2), ErrorCode::unknown_member_id);
}

TEST_F(JoinGroup, picks_the_protocol_that_most_prefer_among_those_all_offer) {
    const auto a = join_now({.protocols = {"rr", "range"}});
    const auto b = join({.protocols = {"range", "sticky"}});
    const auto back = join({.member_id = a, .protocols = {"rr", "range"}});
    EXPECT_EQ(joined(b).protocol_name, "range");
    EXPECT_EQ(joined(back).protocol_name, "range");
    EXPECT_EQ(joined(join({.protocols = {"sticky"}})).error_code,
              ErrorCode::inconsistent_group_protocol);
    EXPECT_EQ(joined(join({.type = "connect"})).error_code, ErrorCode::inconsistent_group_protocol);
}

TEST_F(JoinGroup, lets_the_majority_choose_the_protocol) {
    config.group_initial_rebalance_delay_ms = 3'000;
    restart();
    const auto a = join({.protocols = {"a", "b"}});
    join({.protocols = {"b", "a"}});
    join({.protocols = {"b", "a"}});
    advance(3s);
    advance(3s);
    EXPECT_EQ(joined(a).protocol_name, "b");
}

TEST_F(JoinGroup, answers_a_follower_that_rejoins_unchanged_without_a_rebalance) {
    const auto ids = stable_group(2);
    const auto leader = current_leader();
    const auto follower = ids[0] == leader ? ids[1] : ids[0];
    const auto& response = joined(join({.member_id = follower}));
    EXPECT_EQ(response.error_code, ErrorCode::none);
    EXPECT_EQ(response.generation_id, 2);
    EXPECT_TRUE(response.members.empty());
    EXPECT_EQ(state(), "Stable");
    EXPECT_FALSE(answered(join({.member_id = follower, .topics = {"orders", "refunds"}})));
    EXPECT_EQ(state(), "PreparingRebalance") << "changed metadata is a reason to rebalance";
}

TEST_F(JoinGroup, rebalances_when_the_leader_rejoins_even_if_unchanged) {
    stable_group(2);
    EXPECT_FALSE(answered(join({.member_id = current_leader()})));
    EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(JoinGroup, repeats_a_lost_answer_while_the_assignment_is_awaited) {
    const auto first = join_now({});
    const auto& again = joined(join({.member_id = first}));
    EXPECT_EQ(again.generation_id, 1);
    EXPECT_EQ(again.leader, first);
    EXPECT_EQ(again.members.size(), 1u) << "the leader needs the members again";
    join({.member_id = first, .topics = {"other"}});
    EXPECT_EQ(described().members.size(), 1u);
    EXPECT_EQ(heartbeat(first, 2), ErrorCode::none) << "changed metadata began generation 2";
}

TEST_F(JoinGroup, waits_the_initial_delay_again_for_every_newcomer) {
    config.group_initial_rebalance_delay_ms = 3'000;
    restart();
    const auto a = join({});
    advance(2s);
    const auto b = join({});
    advance(1s);
    EXPECT_FALSE(answered(a)) << "b came meanwhile: another delay";
    advance(3s);
    EXPECT_EQ(joined(a).generation_id, 1);
    EXPECT_EQ(joined(b).generation_id, 1);
}

TEST_F(JoinGroup, bounds_the_initial_delay_by_the_rebalance_timeout) {
    config.group_initial_rebalance_delay_ms = 3'000;
    restart();
    const auto a = join({.rebalance_ms = 7'000});
    for (int i = 0; i < 2; ++i) {
        join({.rebalance_ms = 7'000});
        advance(3s);
        EXPECT_FALSE(answered(a));
    }
    join({.rebalance_ms = 7'000});
    advance(1s);
    EXPECT_EQ(joined(a).generation_id, 1);
}

TEST_F(JoinGroup, turns_away_members_beyond_the_group_size) {
    config.group_max_size = 2;
    restart();
    const auto ids = stable_group(2);
    EXPECT_EQ(joined(join({})).error_code, ErrorCode::group_max_size_reached);
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(joined(join({.version = 4})).error_code, ErrorCode::group_max_size_reached);
}

TEST_F(JoinGroup, shrinks_a_loaded_group_that_is_over_a_lowered_limit) {
    const auto ids = stable_group(3);
    config.group_max_size = 2;
    restart();
    EXPECT_EQ(state(), "PreparingRebalance");
    const auto a = join({.member_id = ids[0]});
    const auto b = join({.member_id = ids[1]});
    const auto c = join({.member_id = ids[2]});
    EXPECT_EQ(joined(c).error_code, ErrorCode::group_max_size_reached);
    advance(60s);
    EXPECT_EQ(joined(a).generation_id, 4);
    EXPECT_EQ(joined(b).generation_id, 4);
}

TEST_F(JoinGroup, drops_a_new_member_that_waits_five_minutes_for_others) {
    const auto ids = stable_group(1);
    const auto newcomer = join({.version = 1, .rebalance_ms = 3'600'000});
    for (int i = 0; i < 60; ++i) {
        EXPECT_FALSE(answered(newcomer)) << i;
        heartbeat(ids[0], 1);
        advance(5s);
    }
    EXPECT_EQ(joined(newcomer).error_code, ErrorCode::unknown_member_id);
}

TEST_F(JoinGroup, answers_the_older_of_two_requests_of_one_member) {
    const auto ids = stable_group(2);
    const auto older = join({.member_id = ids[0], .topics = {"x"}});
    const auto newer = join({.member_id = ids[0], .topics = {"x"}});
    EXPECT_EQ(joined(older).error_code, ErrorCode::rebalance_in_progress);
    EXPECT_FALSE(answered(newer));
    join({.member_id = ids[1]});
    EXPECT_EQ(joined(newer).generation_id, 3);
}

TEST_F(JoinGroup, refuses_new_groups_beyond_the_limit) {
    config.max_groups = 1;
    restart();
    join({});
    EXPECT_EQ(joined(join({.group = "another"})).error_code, ErrorCode::policy_violation);
}

TEST_F(JoinGroup, undoes_a_new_group_whose_record_cannot_be_written) {
    durable_at_once = false;
    const auto asked = join_now({.version = 4});
    EXPECT_EQ(state(), "Dead") << "not durable, not visible";
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(joined(join({.member_id = asked, .version = 4})).error_code,
              ErrorCode::unknown_member_id);
    config.group_initial_rebalance_delay_ms = 3'000;
    restart();
    const auto waiting = join({});
    EXPECT_FALSE(answered(waiting));
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(joined(waiting).error_code, ErrorCode::not_coordinator);
    EXPECT_EQ(coordinator->size().members, 0u);
}

}  // namespace
}  // namespace leat::broker
