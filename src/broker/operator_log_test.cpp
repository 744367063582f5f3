// What an operator reads of what clients do and are refused: a line each, and no flood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::HasSubstr;

class OperatorLog : public testing::Test {
protected:
    /// What is logged while `what` runs.
    static std::string during(const std::function<void()>& what) {
        testing::internal::CaptureStderr();
        what();
        return testing::internal::GetCapturedStderr();
    }
    static std::size_t count(const std::string& text, const std::string& what) {
        std::size_t found = 0;
        for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
            ++found;
        return found;
    }
    void alter(const std::string& key, const std::string& value) {
        IncrementalAlterConfigsRequest request;
        auto& resource = request.resources.emplace_back();
        resource.resource_type = 2;
        resource.resource_name = "t";
        resource.configs.push_back({key, 0, value});
        const auto answer = rig.ask<IncrementalAlterConfigsResponse>(request, 1);
        ASSERT_EQ(answer.responses.at(0).error_code, ErrorCode::none);
    }
    ErrorCode produce(const std::string& value) {
        return rig.ask<ProduceResponse>(producing("t", value), 9)
            .responses.at(0)
            .partition_responses.at(0)
            .error_code;
    }

    BrokerRig rig;
};

TEST_F(OperatorLog, says_once_of_a_key_that_it_has_no_effect_whatever_its_values) {
    create_topic(rig, "t");
    const auto log = during([&] {
        for (int i = 1; i <= 1000; ++i) alter("segment.jitter.ms", std::to_string(i));
    });
    EXPECT_EQ(count(log, "has no effect"), 1U);
    EXPECT_LE(count(log, "\n"), 20U);
    EXPECT_EQ(count(during([&] { alter("preallocate", "true"); }), "has no effect"), 1U);
    EXPECT_EQ(count(during([&] { alter("cleanup.policy", "compact"); }), "has no effect"), 0U);
}

TEST_F(OperatorLog, tells_of_topics_that_grow_and_go) {
    create_topic(rig, "t");
    const auto grown = during([&] {
        CreatePartitionsRequest request;
        request.topics.emplace_back().name = "t";
        request.topics.back().count = 3;
        rig.ask<CreatePartitionsResponse>(request, 3);
    });
    EXPECT_THAT(grown, HasSubstr("partitions added topic=t partitions=3"));
    const auto gone = during([&] {
        DeleteTopicsRequest request;
        request.topic_names = {"t"};
        rig.ask<DeleteTopicsResponse>(request, 5);
    });
    EXPECT_THAT(gone, HasSubstr("topic deleted topic=t"));
}

TEST_F(OperatorLog, tells_why_a_topic_is_not_created) {
    const auto invalid = during([&] { create_topic(rig, "no spaces"); });
    EXPECT_THAT(invalid, HasSubstr("the creation of a topic is refused topic=\"no spaces\" "
                                   "error=INVALID_TOPIC_EXCEPTION why="));
    EXPECT_THAT(invalid, HasSubstr("client=/127.0.0.1"));
    const auto policy = during([&] { create_topic(rig, "t", 10'001); });
    EXPECT_THAT(policy, HasSubstr("error=POLICY_VIOLATION"));
    EXPECT_THAT(policy, HasSubstr("leat.max.partitions"));
    create_topic(rig, "t");
    // As services do at each start.
    EXPECT_EQ(during([&] { create_topic(rig, "t"); }), "");
}

TEST_F(OperatorLog, tells_why_a_topic_is_not_created_that_is_asked_for_by_its_use) {
    create_topic(rig, "a.b");
    MetadataRequest request;
    request.topics.emplace().emplace_back().name = "a_b";
    request.allow_auto_topic_creation = true;
    const auto log = during([&] { rig.ask<MetadataResponse>(request, 12); });
    EXPECT_THAT(log, HasSubstr("the creation of a topic is refused topic=a_b"));
}

TEST_F(OperatorLog, tells_of_refused_batches_by_their_kind) {
    create_topic(rig, "t");
    const auto large = during(
        [&] { EXPECT_EQ(produce(std::string(2'000'000, 'x')), ErrorCode::message_too_large); });
    EXPECT_THAT(large, HasSubstr("a batch is refused: too large partition=t-0 "
                                 "error=MESSAGE_TOO_LARGE why="));
    EXPECT_THAT(large, HasSubstr("client=/127.0.0.1"));
    alter("cleanup.policy", "compact");
    const auto invalid = during([&] { EXPECT_EQ(produce("no key"), ErrorCode::invalid_record); });
    EXPECT_THAT(invalid, HasSubstr("a batch is refused: not valid partition=t-0"));
    alter("cleanup.policy", "delete");
    rig.disk.set_full(true);
    std::string full;
    for (int i = 0; i < 100 && full.find("refused") == std::string::npos; ++i)
        full = during([&] { produce(std::string(900'000, 'x')); });
    EXPECT_THAT(full, HasSubstr("warn  a batch is refused: no room partition=t-0"));
}

TEST_F(OperatorLog, is_not_flooded_by_refused_batches) {
    create_topic(rig, "t");
    alter("max.message.bytes", "100");
    const auto log = during([&] {
        for (int i = 0; i < 200; ++i) produce(std::string(100, 'x'));
    });
    EXPECT_EQ(count(log, "\n"), 10U);
    EXPECT_THAT(during([&] { rig.advance(std::chrono::seconds{11}); }),
                HasSubstr("more lines of one kind were left out"));
}

TEST_F(OperatorLog, tells_why_a_member_is_refused_and_not_of_the_steps_of_a_join) {
    JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 1;
    request.rebalance_timeout_ms = 60'000;
    request.protocol_type = "consumer";
    request.protocols.push_back({"range", {}});
    const auto refused = during([&] { rig.ask<JoinGroupResponse>(request, 5); });
    EXPECT_THAT(refused, HasSubstr("a member is refused group=g error=INVALID_SESSION_TIMEOUT"));
    request.session_timeout_ms = 10'000;
    const auto step = during([&] {
        EXPECT_EQ(rig.ask<JoinGroupResponse>(request, 5).error_code, ErrorCode::member_id_required);
    });
    EXPECT_EQ(count(step, "a member is refused"), 0U);
}

}  // namespace
}  // namespace leat::broker
