// What is asked right after acks=1 has acknowledged: nothing of it is missing, nothing can vanish.
#include <gtest/gtest.h>

#include "broker/broker_rig.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/record_batch.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

constexpr TimestampMs record_time = 1'700'000'000'000;

/// A topic with one partition, whose first record is safe.
class AcksOne : public testing::Test {
protected:
    AcksOne() {
        CreateTopicsRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.num_partitions = 1;
        topic.replication_factor = 1;
        rig.ask<CreateTopicsResponse>(request, 7);
        produce(-1, record_time);
        rig.settle();
    }

    /// Produces a record; whether that is acknowledged before any sync ends.
    bool produce(std::int16_t acks, TimestampMs timestamp) {
        NewRecord record;
        record.timestamp = timestamp;
        record.value = as_bytes(value_);
        ProduceRequest request;
        request.acks = acks;
        auto& data = request.topic_data.emplace_back();
        data.name = "t";
        data.partition_data.emplace_back().records.slices = {
            SharedSlice::of(build_batch({&record, 1}))};
        return rig.send<ProduceResponse>(request, 9)->has_value();
    }
    auto ask_offset(std::int64_t timestamp, std::int8_t isolation = 0) {
        ListOffsetsRequest request;
        request.isolation_level = isolation;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().timestamp = timestamp;
        return rig.send<ListOffsetsResponse>(request, 7);
    }
    static std::int64_t offset_of(const ListOffsetsResponse& response) {
        return response.topics.at(0).partitions.at(0).offset;
    }
    auto ask_to_delete(std::int64_t offset) {
        DeleteRecordsRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = "t";
        topic.partitions.emplace_back().offset = offset;
        return rig.send<DeleteRecordsResponse>(request, 2);
    }
    auto fetch(std::int64_t offset, std::int32_t max_wait_ms = 0) {
        FetchRequest request;
        request.max_wait_ms = max_wait_ms;
        request.min_bytes = 1;
        auto& wanted = request.topics.emplace_back();
        wanted.topic = "t";
        auto& partition = wanted.partitions.emplace_back();
        partition.fetch_offset = offset;
        partition.partition_max_bytes = 1 << 20;
        return rig.send<FetchResponse>(request, 12);
    }

    BrokerRig rig;

private:
    std::string value_ = "value";
};

TEST_F(AcksOne, shows_the_end_that_it_acknowledged_once_that_is_safe) {
    for (const auto isolation : {std::int8_t{0}, std::int8_t{1}}) {
        ASSERT_TRUE(produce(1, record_time));
        const auto latest = ask_offset(-1, isolation);
        EXPECT_FALSE(latest->has_value()) << "a power cut could still take it";
        rig.settle();
        ASSERT_TRUE(latest->has_value());
        EXPECT_EQ(offset_of(**latest), 2 + isolation);
    }
}

TEST_F(AcksOne, is_found_by_its_time) {
    ASSERT_TRUE(produce(1, record_time + 5));
    const auto since = ask_offset(record_time + 1);
    const auto largest = ask_offset(-3);
    rig.settle();
    EXPECT_EQ(offset_of(**since), 1);
    EXPECT_EQ(offset_of(**largest), 1);
}

TEST_F(AcksOne, is_found_by_the_largest_time_while_newer_records_are_not_safe) {
    produce(-1, record_time + 5);
    rig.settle();
    ASSERT_FALSE(produce(-1, record_time + 9));
    const auto largest = ask_offset(-3);
    while (rig.reads.run_one()) {
    }
    ASSERT_TRUE(largest->has_value());
    EXPECT_EQ(offset_of(**largest), 1);
    EXPECT_EQ((*largest)->topics.at(0).partitions.at(0).timestamp, record_time + 5);
}

TEST_F(AcksOne, waits_for_the_end_of_the_question_and_not_for_a_moving_one) {
    ASSERT_TRUE(produce(1, record_time));
    const auto latest = ask_offset(-1);
    const auto deleted = ask_to_delete(-1);
    while (rig.timers.run_due()) {
    }
    ASSERT_TRUE(produce(1, record_time));  // while the sync of the one before it runs
    ASSERT_TRUE(rig.pool.run_one());
    ASSERT_TRUE(latest->has_value());
    EXPECT_EQ(offset_of(**latest), 2);
    rig.settle();
    EXPECT_EQ((*deleted)->topics.at(0).partitions.at(0).low_watermark, 2);
}

TEST_F(AcksOne, makes_nobody_wait_for_what_nobody_was_promised) {
    ASSERT_FALSE(produce(-1, record_time));
    const auto latest = ask_offset(-1);
    ASSERT_TRUE(latest->has_value());
    EXPECT_EQ(offset_of(**latest), 1);
}

TEST_F(AcksOne, lets_its_records_be_deleted_by_whoever_was_told_of_them) {
    ASSERT_TRUE(produce(1, record_time));
    const auto by_offset = ask_to_delete(2);
    rig.settle();
    const auto& result = (*by_offset)->topics.at(0).partitions.at(0);
    EXPECT_EQ(result.error_code, ErrorCode::none);
    EXPECT_EQ(result.low_watermark, 2);
    const auto beyond = ask_to_delete(3);
    rig.settle();
    EXPECT_EQ((*beyond)->topics.at(0).partitions.at(0).error_code, ErrorCode::offset_out_of_range);
}

TEST_F(AcksOne, is_brought_to_a_reader_at_the_end_who_would_not_wait) {
    ASSERT_TRUE(produce(1, record_time));
    const auto fetched = fetch(1);
    EXPECT_FALSE(fetched->has_value()) << "an empty answer would say that this is the end";
    rig.settle();
    ASSERT_TRUE(fetched->has_value());
    const auto& partition = (*fetched)->responses.at(0).partitions.at(0);
    EXPECT_FALSE(partition.records.bytes().empty());
    EXPECT_EQ(partition.high_watermark, 2);
    EXPECT_EQ(partition.last_stable_offset, 2);
    EXPECT_TRUE(fetch(2)->has_value());
}

TEST_F(AcksOne, is_within_the_end_of_its_epoch_once_it_is_safe) {
    ASSERT_TRUE(produce(1, record_time));
    ASSERT_FALSE(produce(-1, record_time));
    OffsetForLeaderEpochRequest request;
    request.topics.emplace_back().topic = "t";
    request.topics.back().partitions.emplace_back().leader_epoch = 0;
    const auto asked = rig.send<OffsetForLeaderEpochResponse>(request, 4);
    EXPECT_FALSE(asked->has_value());
    rig.settle();
    ASSERT_TRUE(asked->has_value());
    EXPECT_EQ((*asked)->topics.at(0).partitions.at(0).end_offset, 3);
}

TEST_F(AcksOne, answers_all_who_wait_when_the_sync_fails) {
    ASSERT_TRUE(produce(1, record_time));
    const auto latest = ask_offset(-1);
    const auto fetched = fetch(1);
    rig.disk.die_after(0);
    rig.settle();
    ASSERT_TRUE(latest->has_value());
    EXPECT_EQ(offset_of(**latest), 1) << "what can be read";
    EXPECT_TRUE(fetched->has_value());
    rig.lose_power();
    EXPECT_GE(offset_of(**ask_offset(-1)), 1);
}

}  // namespace
}  // namespace leat::broker
