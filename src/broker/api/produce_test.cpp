// Batches from request to answer: what a topic's configuration says of them, and repetitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::ElementsAre;

class Produce : public testing::Test {
protected:
    Produce() { create_topic(rig, "t"); }

    static const auto& only(const ProduceResponse& response) {
        return response.responses.at(0).partition_responses.at(0);
    }
    ProduceResponse::TopicProduceResponse::PartitionProduceResponse produce(
        const std::string& value, const BatchOptions& options = {}) {
        return only(rig.ask<ProduceResponse>(producing("t", value, options), 9));
    }
    void configure(const std::string& key, const std::string& value) {
        IncrementalAlterConfigsRequest request;
        auto& resource = request.resources.emplace_back();
        resource.resource_type = 2;
        resource.resource_name = "t";
        resource.configs.push_back({key, 0, value});
        ASSERT_EQ(rig.ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code,
                  ErrorCode::none);
    }
    std::vector<std::string> all() {
        return values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12));
    }

    BrokerRig rig;
};

TEST_F(Produce, refuses_what_is_larger_than_max_message_bytes_as_that_is_at_the_time) {
    const std::string large(2000, 'x');
    EXPECT_EQ(produce(large).error_code, ErrorCode::none);
    configure("max.message.bytes", "1000");
    EXPECT_EQ(produce(large).error_code, ErrorCode::message_too_large);
    EXPECT_EQ(produce("small").error_code, ErrorCode::none);
    rig.lose_power();
    EXPECT_EQ(produce(large).error_code, ErrorCode::message_too_large);
    configure("max.message.bytes", "3000");
    EXPECT_EQ(produce(large).error_code, ErrorCode::none);
}

TEST_F(Produce, refuses_records_without_a_key_from_when_a_topic_is_compacted) {
    EXPECT_EQ(produce("a").error_code, ErrorCode::none);
    for (const auto* policy : {"compact", "compact,delete"}) {
        configure("cleanup.policy", policy);
        const auto refused = produce("b");
        EXPECT_EQ(refused.error_code, ErrorCode::invalid_record) << policy;
        EXPECT_EQ(refused.record_errors.size(), 1U) << policy;
        rig.kill_and_start();
        EXPECT_EQ(produce("b").error_code, ErrorCode::invalid_record) << policy;
    }
    configure("cleanup.policy", "delete");
    EXPECT_EQ(produce("c").error_code, ErrorCode::none);
    EXPECT_THAT(all(), ElementsAre("a", "c"));
}

class Idempotence : public Produce {
protected:
    static BatchOptions numbered(std::int32_t sequence) {
        return {.producer_id = 7, .producer_epoch = 0, .base_sequence = sequence};
    }
};

TEST_F(Idempotence, answers_each_of_the_last_five_batches_with_the_offset_that_it_has) {
    for (std::int32_t i = 0; i < 6; ++i)
        ASSERT_EQ(produce(std::to_string(i), numbered(i)).base_offset, i);
    const auto repeat = [&] {
        for (std::int32_t i = 1; i < 6; ++i) {
            const auto again = produce(std::to_string(i), numbered(i));
            EXPECT_EQ(again.error_code, ErrorCode::none) << i;
            EXPECT_EQ(again.base_offset, i);
        }
        EXPECT_EQ(produce("0", numbered(0)).error_code, ErrorCode::out_of_order_sequence_number);
    };
    repeat();
    rig.lose_power();
    repeat();
    EXPECT_THAT(all(), ElementsAre("0", "1", "2", "3", "4", "5"));
}

TEST_F(Idempotence, acknowledges_a_repetition_no_sooner_than_the_batch_is_safe) {
    const auto first = rig.send<ProduceResponse>(producing("t", "a", numbered(0)), 9);
    const auto again = rig.send<ProduceResponse>(producing("t", "a", numbered(0)), 9);
    const auto next = rig.send<ProduceResponse>(producing("t", "b", numbered(1)), 9);
    EXPECT_FALSE(first->has_value());
    EXPECT_FALSE(again->has_value()) << "a power cut would take what it acknowledges";
    rig.settle();
    ASSERT_TRUE(again->has_value() && next->has_value());
    EXPECT_EQ(only(**again).base_offset, 0);
    EXPECT_EQ(only(**next).base_offset, 1);
}

TEST(ProducerAge, is_bounded_by_producer_id_expiration_ms_and_nothing_else) {
    auto config = BrokerRig::test_config();
    for (const auto& [key, value] : {std::pair{"producer.id.expiration.ms", "3600000"},
                                     {"transactional.id.expiration.ms", "600000"},
                                     {"offsets.retention.minutes", "1"}})
        ASSERT_TRUE(config.set(key, value).ok()) << key;
    BrokerRig rig{config};
    create_topic(rig, "t");
    const auto produce = [&](std::int32_t sequence) {
        NewRecord record;
        record.timestamp = rig.clock.wall_ms();
        auto request = producing("t", "");
        request.topic_data[0].partition_data[0].records.slices = {SharedSlice::of(build_batch(
            {&record, 1}, {.producer_id = 7, .producer_epoch = 0, .base_sequence = sequence}))};
        return rig.ask<ProduceResponse>(request, 9)
            .responses.at(0)
            .partition_responses.at(0)
            .error_code;
    };
    const auto pass = [&](std::chrono::minutes time) {
        for (; time.count() > 0; --time) {
            rig.clock.advance(std::chrono::minutes{1});
            rig.settle();
        }
    };
    ASSERT_EQ(produce(0), ErrorCode::none);
    pass(std::chrono::minutes{50});
    EXPECT_EQ(produce(5), ErrorCode::out_of_order_sequence_number) << "it is known still";
    EXPECT_EQ(produce(1), ErrorCode::none);
    pass(std::chrono::minutes{50});
    EXPECT_EQ(produce(5), ErrorCode::out_of_order_sequence_number) << "its last batch counts";
    pass(std::chrono::minutes{30});
    EXPECT_EQ(produce(5), ErrorCode::none) << "nothing is known of it any more";
}

}  // namespace
}  // namespace leat::broker
