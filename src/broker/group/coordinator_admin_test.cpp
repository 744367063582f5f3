// ListGroups, DescribeGroups, DeleteGroups, expiry and topic deletion.
#include "broker/group/coordinator_fixture.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

class GroupAdmin : public CoordinatorTest {
protected:
    std::vector<std::string> listed(const std::vector<std::string>& states = {},
                                    const std::vector<std::string>& types = {}) {
        const auto with = context();
        take(coordinator->list_groups({.states_filter = states, .types_filter = types}, 5, with));
        std::vector<std::string> ids;
        for (const auto& group : answer<kafka::ListGroupsResponse>(with.token).groups)
            ids.push_back(group.group_id + " " + group.protocol_type + " " + group.group_state + " "
                          + group.group_type);
        return ids;
    }
    RequestToken remove(const std::vector<std::string>& groups) {
        const auto with = context();
        take(coordinator->delete_groups({.groups_names = groups}, 2, with));
        return with.token;
    }
};
class OffsetExpiry : public CoordinatorTest {};

using Strings = std::vector<std::string>;

TEST_F(GroupAdmin, lists_groups_by_state_and_type) {
    stable_group(1);
    commit({.offset = 1, .group = "simple"});
    EXPECT_EQ(listed(), (Strings{"g consumer Stable classic", "simple  Empty classic"}));
    EXPECT_EQ(listed({"stable"}), (Strings{"g consumer Stable classic"}));
    EXPECT_EQ(listed({" Empty ", "Dead"}), (Strings{"simple  Empty classic"}));
    EXPECT_EQ(listed({}, {"Classic"}).size(), 2u);
    EXPECT_EQ(listed({}, {"consumer"}).size(), 0u);
    EXPECT_EQ(listed({"nonsense"}).size(), 0u);
}

TEST_F(GroupAdmin, shows_no_group_that_is_not_durable) {
    durable_at_once = false;
    join({});
    EXPECT_EQ(listed(), Strings{});
    EXPECT_EQ(described().error_code, ErrorCode::group_id_not_found);
    settle();
    EXPECT_EQ(listed(), (Strings{"g consumer CompletingRebalance classic"}));
}

TEST_F(GroupAdmin, describes_the_members_of_a_stable_group) {
    const auto ids = stable_group(1);
    const auto group = described();
    EXPECT_EQ(group.group_state, "Stable");
    EXPECT_EQ(group.protocol_type, "consumer");
    EXPECT_EQ(group.protocol_data, "range");
    ASSERT_EQ(group.members.size(), 1u);
    EXPECT_EQ(group.members[0].member_id, ids[0]);
    EXPECT_EQ(group.members[0].client_id, "c");
    EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(group.members[0].member_metadata, subscription({"orders"}));
    EXPECT_EQ(as_text(group.members[0].member_assignment), "for " + ids[0]);
    join({.member_id = ids[0], .version = 4});
    EXPECT_EQ(described().group_state, "CompletingRebalance");
    EXPECT_TRUE(described().members.at(0).member_metadata.empty()) << "told in Stable only";
}

TEST_F(GroupAdmin, describes_a_missing_group_as_dead_and_as_an_error_since_version_6) {
    EXPECT_EQ(described("nosuch", 5).group_state, "Dead");
    EXPECT_EQ(described("nosuch", 5).error_code, ErrorCode::none);
    EXPECT_EQ(described("nosuch", 6).group_state, "Dead");
    EXPECT_EQ(described("nosuch", 6).error_code, ErrorCode::group_id_not_found);
    EXPECT_EQ(described("nosuch", 6).error_message, "Group nosuch not found.");
}

TEST_F(GroupAdmin, deletes_empty_groups_with_their_offsets_and_only_those) {
    stable_group(1);
    commit({.offset = 1, .group = "simple"});
    durable_at_once = false;
    const auto t = remove({"g", "simple", "nosuch", "simple"});
    EXPECT_EQ(fetched("orders", 0, "simple"), 1) << "not durable, not seen";
    EXPECT_EQ(described("simple").group_state, "Empty");
    EXPECT_EQ(commit_error(commit({.offset = 2, .group = "simple"})),
              ErrorCode::coordinator_not_available)
        << "a retriable error while it goes";
    EXPECT_FALSE(answered(t));
    settle();
    std::map<std::string, ErrorCode> errors;
    for (const auto& result : answer<kafka::DeleteGroupsResponse>(t).results)
        EXPECT_TRUE(errors.emplace(result.group_id, result.error_code).second);
    EXPECT_EQ(errors,
              (std::map<std::string, ErrorCode>{{"g", ErrorCode::non_empty_group},
                                                {"simple", ErrorCode::none},
                                                {"nosuch", ErrorCode::group_id_not_found}}));
    EXPECT_EQ(fetched("orders", 0, "simple"), -1);
    EXPECT_EQ(listed(), (Strings{"g consumer Stable classic"}));
    restart();
    EXPECT_EQ(listed(), (Strings{"g consumer Stable classic"}));
}

TEST_F(GroupAdmin, keeps_a_group_whose_deletion_cannot_be_written) {
    commit({.offset = 1});
    durable_at_once = false;
    const auto t = remove({"g"});
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(answer<kafka::DeleteGroupsResponse>(t).results.at(0).error_code,
              ErrorCode::not_coordinator);
    EXPECT_EQ(fetched(), 1);
    const auto later = commit({.offset = 2});
    settle();
    EXPECT_EQ(commit_error(later), ErrorCode::none);
}

TEST_F(GroupAdmin, deletes_many_offsets_in_bounded_appends) {
    for (int partition = 0; partition < 2500; ++partition)
        commit({.offset = 1, .partition = partition});
    durable_at_once = false;
    const auto t = remove({"g"});
    EXPECT_EQ(pending.size(), 4u);
    for (const auto& persist : pending) EXPECT_LE(persist.records.size(), 1000u);
    settle();
    EXPECT_EQ(answer<kafka::DeleteGroupsResponse>(t).results.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(coordinator->size().offsets, 0u);
}

TEST_F(GroupAdmin, forgets_the_offsets_of_a_deleted_topic) {
    commit({.offset = 1});
    commit({.offset = 2, .topic = "kept"});
    commit({.offset = 3, .group = "other"});
    take(coordinator->on_topic_deleted("orders", now));
    EXPECT_EQ(fetched(), -1);
    EXPECT_EQ(fetched("kept"), 2);
    EXPECT_EQ(fetched("orders", 0, "other"), -1);
}

TEST_F(OffsetExpiry, of_commits_without_membership_counts_from_each_commit) {
    commit({.offset = 1});
    advance(24h);
    commit({.offset = 2, .partition = 1});
    advance(6 * 24h);
    EXPECT_EQ(fetched("orders", 0), -1);
    EXPECT_EQ(fetched("orders", 1), 2);
    advance(24h);
    EXPECT_EQ(described().group_state, "Dead") << "with its last offset the group goes";
    EXPECT_EQ(coordinator->size().groups, 0u);
}

TEST_F(OffsetExpiry, of_a_group_counts_from_when_it_became_empty) {
    const auto ids = stable_group(1);
    commit({.offset = 1, .generation = 1, .member_id = ids[0]});
    // Nine days by the wall clock, ten minutes by the one that sessions go by.
    for (int i = 0; i < 72; ++i) {
        now.wall_ms += std::chrono::milliseconds{3h}.count();
        advance(9s);
        ASSERT_EQ(heartbeat(ids[0], 1), ErrorCode::none);
    }
    EXPECT_EQ(fetched(), 1) << "subscribed: it does not age";
    advance(10s);
    ASSERT_EQ(state(), "Empty");
    advance(7 * 24h - 1h);
    EXPECT_EQ(fetched(), 1);
    advance(1h);
    EXPECT_EQ(fetched(), -1);
    restart();
    EXPECT_EQ(coordinator->size().groups, 0u);
}

TEST_F(OffsetExpiry, takes_unsubscribed_topics_from_a_living_group) {
    config.offsets_retention_minutes = 30;
    restart();
    const auto ids = stable_group(1);
    commit({.offset = 1, .generation = 1, .member_id = ids[0]});
    commit({.offset = 2, .generation = 1, .member_id = ids[0], .topic = "old"});
    for (int i = 0; i < 200; ++i) {
        advance(9s);
        heartbeat(ids[0], 1);
    }
    advance(9s);
    EXPECT_EQ(fetched("orders"), 1);
    EXPECT_EQ(fetched("old"), -1);
}

TEST_F(OffsetExpiry, obeys_a_retention_time_of_the_request) {
    kafka::OffsetCommitRequest request;
    request.group_id = "g";
    request.retention_time_ms = 3'600'000;
    request.topics = {{.name = "orders", .topic_id = {}, .partitions = {{0, 4, -1, {}}}}};
    take(coordinator->offset_commit(request, 4, context(), judge));
    request.retention_time_ms = std::numeric_limits<std::int64_t>::max();
    request.topics[0].name = "forever";
    take(coordinator->offset_commit(request, 4, context(), judge));
    advance(50min);
    EXPECT_EQ(fetched(), 4);
    advance(10min);
    EXPECT_EQ(fetched(), -1);
    advance(24h * 365);
    EXPECT_EQ(fetched("forever"), 4);
}

TEST_F(OffsetExpiry, asks_to_be_woken_at_the_earliest_deadline) {
    EXPECT_EQ(coordinator->next_deadline(), now.mono + 10min);
    join({});
    EXPECT_EQ(coordinator->next_deadline(), now.mono + 10s);
    now.mono += 3s;
    EXPECT_EQ(coordinator->next_deadline(), now.mono + 7s);
}

}  // namespace
}  // namespace leat::broker
