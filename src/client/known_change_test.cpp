// Waiting for brokers that hear late of a change.
#include "client/known_change.hpp"

#include <gmock/gmock.h>

#include "client/testing/fake_broker.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using ::testing::HasSubstr;

// A broker that shows topic `t` as its script says for the n-th question, from 1.
struct LateNode {
    using Show = std::function<Topic(int)>;
    explicit LateNode(Show show)
        : broker([this, show, rest = with_one_node(port, 1, [](const Asked&) {
                                  return std::nullopt;
                              })](const Asked& asked) -> std::optional<Bytes> {
              if (asked.api != ApiKey::metadata) return rest(asked);
              if (asked.as<kafka::MetadataRequest>().topics->empty()) return rest(asked);
              Metadata metadata;
              metadata.topics.push_back(show(++times));
              metadata.topics.back().name = "t";
              return answer(asked, metadata);
          }) {
        port = broker.port();
    }
    Cluster connect(std::chrono::milliseconds timeout) {
        auto cluster = Cluster::connect({.bootstrap = broker.address(),
                                         .connection = {},
                                         .timeout = timeout,
                                         .retry_backoff = 1ms});
        check(cluster.ok(), "connected");
        return std::move(*cluster);
    }
    std::atomic<std::uint16_t> port = 0;
    int times = 0;
    FakeBroker broker;
};

Topic with_leader(std::int32_t leader) {
    Topic topic;
    topic.partitions.emplace_back().leader_id = leader;
    return topic;
}

Topic failed(ErrorCode code) {
    Topic topic;
    topic.error_code = code;
    return topic;
}

TEST(KnownChange, is_waited_for_until_the_broker_shows_the_topic_with_its_leaders) {
    LateNode node{[](int time) {
        if (time == 1) return failed(ErrorCode::unknown_topic_or_partition);
        return with_leader(time == 2 ? -1 : 1);
    }};
    auto cluster = node.connect(30'000ms);
    EXPECT_TRUE(wait_until_known(cluster, {"t"}, shows_creation).ok());
    EXPECT_EQ(node.broker.asked(ApiKey::metadata).size(), 1U + 3U);
}

TEST(KnownChange, is_not_waited_for_beyond_the_deadline) {
    LateNode node{[](int) { return failed(ErrorCode::unknown_topic_or_partition); }};
    auto cluster = node.connect(1'000ms);
    const auto known = wait_until_known(cluster, {"t"}, shows_creation);
    ASSERT_FALSE(known.ok());
    EXPECT_EQ(known.error().code, Errc::timed_out);
    EXPECT_THAT(known.error().what, HasSubstr("topic 't' is changed, but broker 1"));
}

TEST(KnownChange, is_not_waited_for_where_the_broker_will_not_show_the_topic) {
    EXPECT_TRUE(shows_creation(failed(ErrorCode::topic_authorization_failed)));
    LateNode node{[](int) { return failed(ErrorCode::topic_authorization_failed); }};
    auto cluster = node.connect(30'000ms);
    EXPECT_TRUE(wait_until_known(cluster, {"t"}, shows_creation).ok());
    EXPECT_TRUE(wait_until_known(cluster, {}, shows_creation).ok());
    EXPECT_EQ(node.broker.asked(ApiKey::metadata).size(), 1U + 1U);
}

}  // namespace
}  // namespace leat::client
