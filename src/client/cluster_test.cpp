// Routing and repetition against a scripted broker.
#include "client/cluster.hpp"

#include <gmock/gmock.h>

#include "client/testing/fake_broker.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/topics.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using ::testing::HasSubstr;

// A port on which nobody listens: taken once, then given back.
std::uint16_t closed_port() {
    return FakeBroker{[](const Asked&) { return std::nullopt; }}.port();
}

TEST(Cluster, says_whom_it_could_not_reach_and_what_to_do) {
    const auto dead = "127.0.0.1:" + std::to_string(closed_port());
    const auto cluster = Cluster::connect(options_for(dead));
    ASSERT_FALSE(cluster.ok());
    EXPECT_EQ(cluster.error().code, Errc::unavailable);
    EXPECT_THAT(cluster.error().what, HasSubstr("cannot reach " + dead));
    EXPECT_THAT(cluster.error().what, HasSubstr("Connection refused"));
    EXPECT_THAT(cluster.error().what, HasSubstr("is the broker running there"));
}

TEST(Cluster, goes_down_the_bootstrap_list) {
    OneNode node{[](const Asked&) { return std::nullopt; }};
    const auto dead = "127.0.0.1:" + std::to_string(closed_port());
    const auto cluster = Cluster::connect(options_for(dead + "," + node.broker.address()));
    ASSERT_TRUE(cluster.ok()) << cluster.error().what;
    EXPECT_EQ(cluster->cluster_id(), "fake");
    EXPECT_EQ(cluster->brokers().size(), 1U);
}

TEST(Cluster, asks_again_while_an_error_may_pass) {
    int times = 0;
    OneNode node{[&](const Asked& asked) {
        kafka::ListGroupsResponse response;
        if (++times < 3) response.error_code = ErrorCode::coordinator_load_in_progress;
        response.groups.push_back({"g", "consumer", "Stable", "classic"});
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto response =
        cluster.call<kafka::ListGroupsResponse>(Target::node(1), kafka::ListGroupsRequest{});
    ASSERT_TRUE(response.ok()) << response.error().what;
    EXPECT_EQ(response->error_code, ErrorCode::none);
    EXPECT_EQ(node.broker.asked(ApiKey::list_groups).size(), 3U);
}

TEST(Cluster, returns_the_last_answer_when_the_deadline_comes_first) {
    bool said = false;
    OneNode node{[&](const Asked& asked) {
        if (std::exchange(said, true)) return Bytes{};  // the deadline comes in the second try
        kafka::ListGroupsResponse response;
        response.error_code = ErrorCode::coordinator_not_available;
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto response = cluster.call<kafka::ListGroupsResponse>(
        Target::node(1), kafka::ListGroupsRequest{}, {.timeout = 500ms});
    ASSERT_TRUE(response.ok()) << response.error().what;
    EXPECT_EQ(response->error_code, ErrorCode::coordinator_not_available);
    EXPECT_EQ(node.broker.asked(ApiKey::list_groups).size(), 2U);
}

TEST(Cluster, does_not_repeat_what_the_broker_refuses) {
    OneNode node{[](const Asked& asked) {
        kafka::CreateTopicsResponse response;
        response.topics.emplace_back().error_code = ErrorCode::topic_already_exists;
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto response = cluster.call<kafka::CreateTopicsResponse>(Target::controller(),
                                                                    kafka::CreateTopicsRequest{});
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(node.broker.asked(ApiKey::create_topics).size(), 1U);
}

TEST(Cluster, connects_again_after_a_broken_connection) {
    int times = 0;
    OneNode node{[&](const Asked& asked) -> std::optional<Bytes> {
        if (++times == 1) return std::nullopt;
        return answer(asked, kafka::ListGroupsResponse{});
    }};
    auto cluster = node.connect();
    const auto response =
        cluster.call<kafka::ListGroupsResponse>(Target::node(1), kafka::ListGroupsRequest{});
    EXPECT_TRUE(response.ok());
    EXPECT_EQ(node.broker.asked(ApiKey::list_groups).size(), 2U);
}

TEST(Cluster, finds_the_coordinator_anew_when_it_has_moved) {
    int times = 0;
    OneNode node{[&](const Asked& asked) -> std::optional<Bytes> {
        if (asked.api == ApiKey::find_coordinator) {
            kafka::FindCoordinatorResponse response;
            auto& coordinator = response.coordinators.emplace_back();
            coordinator.key = "g";
            coordinator.node_id = 1;
            return answer(asked, response);
        }
        kafka::DescribeGroupsResponse response;
        auto& group = response.groups.emplace_back();
        if (++times == 1) group.error_code = ErrorCode::not_coordinator;
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto response = cluster.call<kafka::DescribeGroupsResponse>(
        Target::coordinator_of("g"), kafka::DescribeGroupsRequest{.groups = {"g"}});
    ASSERT_TRUE(response.ok()) << response.error().what;
    EXPECT_EQ(node.broker.asked(ApiKey::find_coordinator).size(), 2U);
}

TEST(Cluster, knows_a_missing_partition_from_a_missing_leader) {
    OneNode node{[](const Asked&) { return std::nullopt; }};
    auto cluster = node.connect();
    EXPECT_EQ(*cluster.leader_of("t", 2), 1);
    const auto missing = cluster.leader_of("t", 3);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, Errc::not_found);
    EXPECT_THAT(missing.error().what, HasSubstr("has 3 partitions"));
}

TEST(BrokerError, tells_what_is_missing_from_what_is_refused) {
    EXPECT_EQ(broker_error("x", ErrorCode::unknown_topic_or_partition).code, Errc::not_found);
    EXPECT_EQ(broker_error("x", ErrorCode::topic_already_exists).code, Errc::already_exists);
    const auto refused = broker_error("create topic 't'", ErrorCode::policy_violation, "too many");
    EXPECT_EQ(refused.code, Errc::invalid_argument);
    EXPECT_EQ(refused.what, "cannot create topic 't': POLICY_VIOLATION: too many");
}

TEST(ErrorScan, finds_an_error_however_deep_it_lies) {
    kafka::DescribeGroupsResponse response;
    response.groups.resize(2);
    EXPECT_EQ(retriable_error(response), ErrorCode::none);
    response.groups[1].error_code = ErrorCode::group_id_not_found;
    EXPECT_EQ(retriable_error(response), ErrorCode::none);
    response.groups[1].error_code = ErrorCode::not_coordinator;
    EXPECT_EQ(retriable_error(response), ErrorCode::not_coordinator);
}

}  // namespace
}  // namespace leat::client
