// OffsetCommit, OffsetFetch and OffsetDelete: Kafka's behaviours, one by one.
#include "broker/group/coordinator_fixture.hpp"
#include "broker/group/offset_responses.hpp"

namespace leat::broker {
namespace {

using namespace std::chrono_literals;

class OffsetCommit : public CoordinatorTest {};
class OffsetFetch : public CoordinatorTest {
protected:
    const kafka::OffsetFetchResponse& fetch(const kafka::OffsetFetchRequest& request,
                                            std::int16_t version) {
        const auto with = context();
        take(coordinator->offset_fetch(request, version, with));
        return answer<kafka::OffsetFetchResponse>(with.token);
    }
};
class OffsetDelete : public CoordinatorTest {
protected:
    kafka::OffsetDeleteResponse remove(const std::string& topic, const std::string& group = "g") {
        const auto with = context();
        take(coordinator->offset_delete(
            {.group_id = group, .topics = {{.name = topic, .partitions = {{0}}}}}, 0, with, judge));
        return answer<kafka::OffsetDeleteResponse>(with.token);
    }
};

TEST_F(OffsetCommit, is_answered_and_visible_once_it_is_durable) {
    durable_at_once = false;
    const auto t = commit({.offset = 5});
    EXPECT_FALSE(answered(t));
    EXPECT_EQ(fetched(), -1);
    EXPECT_EQ(state(), "Dead");
    settle();
    EXPECT_EQ(commit_error(t), ErrorCode::none);
    EXPECT_EQ(fetched(), 5);
    EXPECT_EQ(state(), "Empty") << "a group without members, as Kafka makes it";
}

TEST_F(OffsetCommit, is_as_if_it_never_was_when_it_cannot_be_written) {
    commit({.offset = 5});
    durable_at_once = false;
    const auto t = commit({.offset = 6});
    const auto other = commit({.offset = 1, .group = "other"});
    settle(ErrorCode::kafka_storage_error);
    EXPECT_EQ(commit_error(t), ErrorCode::not_coordinator);
    EXPECT_EQ(fetched(), 5);
    EXPECT_EQ(commit_error(other), ErrorCode::not_coordinator);
    EXPECT_EQ(coordinator->size().groups, 1u) << "the group that it would have made is gone";
}

TEST_F(OffsetCommit, is_answered_in_order_even_if_a_later_one_fails_first) {
    durable_at_once = false;
    const auto first = commit({.offset = 5});
    const auto second = commit({.offset = 6});
    take(coordinator->on_persisted(pending[1].id, ErrorCode::kafka_storage_error, now));
    EXPECT_FALSE(answered(second));
    take(coordinator->on_persisted(pending[0].id, ErrorCode::none, now));
    EXPECT_EQ(commit_error(first), ErrorCode::none);
    EXPECT_EQ(commit_error(second), ErrorCode::not_coordinator);
    EXPECT_EQ(fetched(), 5);
    pending.clear();
}

TEST_F(OffsetCommit, obeys_generation_and_membership) {
    const auto ids = stable_group(2);
    struct Row {
        const char* why;
        Commit commit;
        ErrorCode error;
    };
    const std::vector<Row> rows{
        {"a member", {.generation = 2, .member_id = ids[0]}, ErrorCode::none},
        {"an old generation",
         {.generation = 1, .member_id = ids[0]},
         ErrorCode::illegal_generation},
        {"a stranger", {.generation = 2, .member_id = "x"}, ErrorCode::unknown_member_id},
        {"nobody, group in use", {}, ErrorCode::unknown_member_id},
        {"a member without generation", {.member_id = ids[0]}, ErrorCode::illegal_generation},
        {"a member of no group",
         {.generation = 1, .member_id = "x", .version = 8, .group = "n"},
         ErrorCode::illegal_generation},
        {"the same since version 9",
         {.generation = 1, .member_id = "x", .version = 9, .group = "n"},
         ErrorCode::group_id_not_found},
    };
    for (const auto& row : rows) EXPECT_EQ(commit_error(commit(row.commit)), row.error) << row.why;
}

TEST_F(OffsetCommit, of_the_last_generation_is_taken_until_the_next_begins) {
    const auto ids = stable_group(1);
    const auto newcomer = join({});
    EXPECT_EQ(commit_error(commit({.offset = 9, .generation = 1, .member_id = ids[0]})),
              ErrorCode::none);
    join({.member_id = ids[0]});
    EXPECT_EQ(commit_error(commit({.generation = 2, .member_id = ids[0]})),
              ErrorCode::rebalance_in_progress);
    EXPECT_EQ(commit_error(commit({.generation = 1, .member_id = ids[0]})),
              ErrorCode::illegal_generation);
    EXPECT_TRUE(answered(newcomer));
    EXPECT_EQ(fetched(), 9);
}

TEST_F(OffsetCommit, keeps_its_members_session_alive) {
    const auto ids = stable_group(1);
    for (int i = 0; i < 3; ++i) {
        advance(9s);
        EXPECT_EQ(commit_error(commit({.generation = 1, .member_id = ids[0]})), ErrorCode::none);
    }
    EXPECT_EQ(state(), "Stable");
}

TEST_F(OffsetCommit, to_an_emptied_group_needs_no_membership) {
    stable_group(1);
    advance(10s);
    ASSERT_EQ(state(), "Empty");
    EXPECT_EQ(commit_error(commit({.offset = 3})), ErrorCode::none);
    EXPECT_EQ(commit_error(commit({.generation = 1, .member_id = "x"})),
              ErrorCode::unknown_member_id);
    EXPECT_EQ(fetched(), 3);
}

TEST_F(OffsetCommit, limits_its_metadata_by_characters_as_java_counts_them) {
    config.offset_metadata_max_bytes = 4;
    restart();
    EXPECT_EQ(commit_error(commit({.metadata = "12345"})), ErrorCode::offset_metadata_too_large);
    EXPECT_EQ(commit_error(commit(
                  {.offset = 1, .metadata = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"})),
              ErrorCode::none);
    EXPECT_EQ(fetched(), 1);
}

TEST_F(OffsetCommit, judges_each_partition_by_itself) {
    judge = [](const std::string& topic, std::int32_t partition) {
        if (topic == "nosuch") return ErrorCode::unknown_topic_or_partition;
        return partition == 7 ? ErrorCode::topic_authorization_failed : ErrorCode::none;
    };
    kafka::OffsetCommitRequest request;
    request.group_id = "g";
    request.topics = {
        {.name = "orders", .topic_id = {}, .partitions = {{7, 1, -1, {}}, {0, 2, -1, {}}}},
        {.name = "nosuch", .topic_id = {}, .partitions = {{0, 3, -1, {}}}}};
    const auto with = context();
    take(coordinator->offset_commit(request, 8, with, judge));
    const auto& topics = answer<kafka::OffsetCommitResponse>(with.token).topics;
    EXPECT_EQ(topics.at(0).partitions.at(0).error_code, ErrorCode::topic_authorization_failed);
    EXPECT_EQ(topics.at(0).partitions.at(1).error_code, ErrorCode::none);
    EXPECT_EQ(topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(fetched("orders", 0), 2);
    EXPECT_EQ(fetched("orders", 7), -1);
}

TEST_F(OffsetCommit, by_topic_id_answers_an_unknown_id_and_remembers_a_known_one) {
    kafka::OffsetCommitRequest request;
    request.group_id = "g";
    const auto known = *Uuid::parse("AAAAAAAAAAAAAAAAAAAAAQ");
    const auto unknown = *Uuid::parse("AAAAAAAAAAAAAAAAAAAAAg");
    request.topics = {{.name = "orders", .topic_id = known, .partitions = {{0, 2, -1, {}}}},
                      {.name = "", .topic_id = unknown, .partitions = {{0, 3, -1, {}}}}};
    const auto with = context();
    take(coordinator->offset_commit(request, 10, with, judge));
    const auto& topics = answer<kafka::OffsetCommitResponse>(with.token).topics;
    EXPECT_EQ(topics.at(0).topic_id, known);
    EXPECT_EQ(topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(topics.at(1).topic_id, unknown);
    EXPECT_EQ(topics.at(1).partitions.at(0).error_code, ErrorCode::unknown_topic_id);
    // Asked under the id of a topic that was made anew under the same name: not its offset.
    kafka::OffsetFetchRequest fetch;
    fetch.groups.resize(1);
    fetch.groups[0].group_id = "g";
    fetch.groups[0].topics.emplace();
    fetch.groups[0].topics->push_back(
        {.name = "orders", .topic_id = known, .partition_indexes = {0}});
    fetch.groups[0].topics->push_back(
        {.name = "orders", .topic_id = unknown, .partition_indexes = {0}});
    fetch.groups[0].topics->push_back({.name = "", .topic_id = unknown, .partition_indexes = {0}});
    const auto asking = context();
    take(coordinator->offset_fetch(fetch, 10, asking));
    const auto& fetched_topics =
        answer<kafka::OffsetFetchResponse>(asking.token).groups.at(0).topics;
    EXPECT_EQ(fetched_topics.at(0).partitions.at(0).committed_offset, 2);
    EXPECT_EQ(fetched_topics.at(1).partitions.at(0).committed_offset, -1);
    EXPECT_EQ(fetched_topics.at(2).partitions.at(0).error_code, ErrorCode::unknown_topic_id);
}

TEST_F(OffsetCommit, is_bounded_by_the_offsets_a_group_may_hold) {
    config.max_offsets_per_group = 1;
    restart();
    EXPECT_EQ(commit_error(commit({.offset = 1})), ErrorCode::none);
    EXPECT_EQ(commit_error(commit({.offset = 1, .partition = 1})), ErrorCode::policy_violation);
    EXPECT_EQ(commit_error(commit({.offset = 2})), ErrorCode::none);
}

TEST_F(OffsetFetch, gives_back_metadata_and_leader_epoch) {
    commit({.offset = 5, .metadata = "noted"});
    commit({.offset = 6, .partition = 1});
    kafka::OffsetFetchRequest request;
    request.group_id = "g";
    request.topics.emplace();
    request.topics->push_back({.name = "orders", .partition_indexes = {0, 1, 2}});
    for (std::int16_t version = 1; version <= 7; ++version) {
        const auto& partitions = fetch(request, version).topics.at(0).partitions;
        EXPECT_EQ(partitions.at(0).committed_offset, 5);
        EXPECT_EQ(partitions.at(0).metadata, "noted");
        EXPECT_EQ(partitions.at(0).committed_leader_epoch, 3);
        EXPECT_EQ(partitions.at(1).metadata, "") << "null was committed";
        EXPECT_EQ(partitions.at(2).committed_offset, -1);
        EXPECT_EQ(partitions.at(2).committed_leader_epoch, -1);
        EXPECT_EQ(partitions.at(2).metadata, "");
        EXPECT_EQ(partitions.at(2).error_code, ErrorCode::none);
    }
}

TEST_F(OffsetFetch, of_all_topics_lists_what_is_committed) {
    commit({.offset = 1, .topic = "b"});
    commit({.offset = 2, .topic = "a", .partition = 4});
    commit({.offset = 3, .topic = "a"});
    kafka::OffsetFetchRequest request;
    request.group_id = "g";
    const auto& old = fetch(request, 7);
    ASSERT_EQ(old.topics.size(), 2u);
    EXPECT_EQ(old.topics[0].name, "a");
    EXPECT_EQ(old.topics[0].partitions.size(), 2u);
    request.groups.resize(2);
    request.groups[0].group_id = "g";
    request.groups[1].group_id = "nosuch";
    const auto& batched = fetch(request, 8);
    ASSERT_EQ(batched.groups.size(), 2u);
    EXPECT_EQ(batched.groups[0].topics.size(), 2u);
    EXPECT_EQ(batched.groups[1].group_id, "nosuch");
    EXPECT_TRUE(batched.groups[1].topics.empty());
    EXPECT_EQ(batched.groups[1].error_code, ErrorCode::none);
}

TEST_F(OffsetFetch, that_wants_stable_offsets_waits_for_commits_on_their_way) {
    durable_at_once = false;
    commit({.offset = 1});
    commit({.offset = 2});
    kafka::OffsetFetchRequest request;
    request.require_stable = true;
    request.groups.resize(1);
    request.groups[0].group_id = "g";
    const auto with = context();
    take(coordinator->offset_fetch(request, 8, with));
    commit({.offset = 3});
    settle_one();
    EXPECT_FALSE(answered(with.token));
    settle_one();
    const auto& group = answer<kafka::OffsetFetchResponse>(with.token).groups.at(0);
    EXPECT_EQ(group.topics.at(0).partitions.at(0).committed_offset, 2);
    settle();
    EXPECT_EQ(fetched(), 3);
}

TEST(OffsetFetchError, stands_where_each_version_has_a_place_for_it) {
    kafka::OffsetFetchRequest request;
    request.group_id = "g";
    request.topics.emplace();
    request.topics->push_back({.name = "t", .partition_indexes = {3}});
    const auto at = [&](std::int16_t version) {
        const auto groups = groups_of(request, version);
        return offset_fetch_response(
            {offset_fetch_error(groups.at(0), version, ErrorCode::group_authorization_failed)},
            version);
    };
    EXPECT_EQ(at(1).error_code, ErrorCode::none);
    EXPECT_EQ(at(1).topics.at(0).partitions.at(0).error_code,
              ErrorCode::group_authorization_failed);
    EXPECT_EQ(at(1).topics.at(0).partitions.at(0).committed_offset, -1);
    EXPECT_EQ(at(2).error_code, ErrorCode::group_authorization_failed);
    EXPECT_TRUE(at(2).topics.empty());
    request.groups.resize(1);
    EXPECT_EQ(at(8).groups.at(0).error_code, ErrorCode::group_authorization_failed);
}

TEST_F(OffsetDelete, takes_offsets_away_once_that_is_durable) {
    commit({.offset = 5});
    commit({.offset = 6, .topic = "other"});
    durable_at_once = false;
    const auto with = context();
    take(coordinator->offset_delete(
        {.group_id = "g", .topics = {{.name = "orders", .partitions = {{0}, {9}}}}}, 0, with,
        judge));
    EXPECT_FALSE(answered(with.token));
    EXPECT_EQ(fetched(), 5);
    settle();
    const auto& response = answer<kafka::OffsetDeleteResponse>(with.token);
    EXPECT_EQ(response.error_code, ErrorCode::none);
    EXPECT_EQ(response.topics.at(0).partitions.size(), 2u);
    EXPECT_EQ(response.topics.at(0).partitions.at(1).error_code, ErrorCode::none);
    EXPECT_EQ(fetched(), -1);
    EXPECT_EQ(fetched("other"), 6);
}

TEST_F(OffsetDelete, spares_topics_that_a_member_subscribes) {
    const auto ids = stable_group(1);
    commit({.offset = 5, .generation = 1, .member_id = ids[0]});
    commit({.offset = 6, .generation = 1, .member_id = ids[0], .topic = "old"});
    EXPECT_EQ(remove("orders").topics.at(0).partitions.at(0).error_code,
              ErrorCode::group_subscribed_to_topic);
    EXPECT_EQ(remove("old").topics.at(0).partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(fetched("orders"), 5);
    EXPECT_EQ(fetched("old"), -1);
}

TEST_F(OffsetDelete, refuses_groups_that_it_cannot_judge) {
    EXPECT_EQ(remove("orders").error_code, ErrorCode::group_id_not_found);
    EXPECT_EQ(remove("orders", "").error_code, ErrorCode::invalid_group_id);
    join({.type = "connect"});
    EXPECT_EQ(remove("orders").error_code, ErrorCode::non_empty_group);
}

TEST_F(OffsetDelete, behind_a_commit_on_its_way_wins) {
    durable_at_once = false;
    commit({.offset = 5});
    const auto with = context();
    take(coordinator->offset_delete(
        {.group_id = "g", .topics = {{.name = "orders", .partitions = {{0}}}}}, 0, with, judge));
    commit({.offset = 6, .partition = 1});
    settle();
    EXPECT_EQ(fetched(), -1);
    restart();
    EXPECT_EQ(fetched(), -1);
    EXPECT_EQ(fetched("orders", 1), 6);
}

}  // namespace
}  // namespace leat::broker
