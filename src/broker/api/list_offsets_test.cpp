// ListOffsets: a place in a log by what clients call it.
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

class ListOffsets : public testing::Test {
protected:
    using Found = ListOffsetsResponse::ListOffsetsTopicResponse::ListOffsetsPartitionResponse;

    ListOffsets() { create_topic(rig, "t"); }

    void produce(const std::vector<TimestampMs>& timestamps, const BatchOptions& options = {}) {
        std::vector<NewRecord> records(timestamps.size());
        for (std::size_t i = 0; i < records.size(); ++i) records[i].timestamp = timestamps[i];
        auto request = producing("t", "");
        if (options.transactional) request.transactional_id = "x";
        request.topic_data[0].partition_data[0].records.slices = {
            SharedSlice::of(build_batch(records, options))};
        ASSERT_EQ(rig.ask<ProduceResponse>(request, 12)
                      .responses.at(0)
                      .partition_responses.at(0)
                      .error_code,
                  ErrorCode::none);
    }
    Found find(TimestampMs timestamp, std::int8_t isolation = 0, std::int16_t version = 11) {
        ListOffsetsRequest request;
        request.isolation_level = isolation;
        request.topics.emplace_back().name = "t";
        request.topics[0].partitions.push_back({.timestamp = timestamp});
        return rig.ask<ListOffsetsResponse>(request, version).topics.at(0).partitions.at(0);
    }
    void expect(TimestampMs asked, std::int64_t offset, TimestampMs timestamp) {
        const auto found = find(asked);
        EXPECT_EQ(found.error_code, ErrorCode::none) << asked;
        EXPECT_EQ(found.offset, offset) << asked;
        EXPECT_EQ(found.timestamp, timestamp) << asked;
    }

    static constexpr TimestampMs t0 = 1'699'999'000'000;
    BrokerRig rig;
};

TEST_F(ListOffsets, finds_the_first_record_since_a_time_within_batches_and_out_of_order) {
    produce({t0 + 10, t0 + 30, t0 + 20});  // 0 to 2
    produce({t0 + 25, t0 + 50});           // 3, 4
    produce({t0 + 40});                    // 5
    for (int round = 0; round < 2; ++round) {
        expect(0, 0, t0 + 10);
        expect(t0 + 10, 0, t0 + 10);
        expect(t0 + 11, 1, t0 + 30);
        expect(t0 + 30, 1, t0 + 30);
        expect(t0 + 31, 4, t0 + 50);
        expect(t0 + 51, -1, -1);
        expect(-3, 4, t0 + 50);
        rig.kill_and_start();  // from the files now
    }
}

TEST_F(ListOffsets, knows_every_name_of_a_place_and_says_so_of_others) {
    expect(-3, -1, -1);  // of an empty log
    expect(0, -1, -1);
    produce({t0, t0 + 1, t0 + 2});
    produce({t0 + 3});
    DeleteRecordsRequest remove;
    remove.topics.emplace_back().name = "t";
    remove.topics[0].partitions.emplace_back().offset = 2;
    rig.ask<DeleteRecordsResponse>(remove, 2);
    expect(-1, 4, -1);
    expect(-2, 2, -1);
    expect(-3, 3, t0 + 3);
    expect(-4, 2, -1);
    expect(-5, -1, -1);
    expect(0, 2, t0 + 2);
    EXPECT_EQ(find(-7).error_code, ErrorCode::unsupported_version);
    for (std::int16_t version = 1; version <= 11; ++version)
        EXPECT_EQ(find(-1, 0, version).offset, 4) << version;
}

TEST_F(ListOffsets, shows_readers_of_committed_records_nothing_behind_the_last_stable_offset) {
    produce({t0});
    InitProducerIdRequest init;
    init.transactional_id = "x";
    init.transaction_timeout_ms = 60'000;
    const auto producer = rig.ask<InitProducerIdResponse>(init, 4);
    produce({t0 + 5}, {.producer_id = producer.producer_id,
                       .producer_epoch = producer.producer_epoch,
                       .base_sequence = 0,
                       .transactional = true});
    EXPECT_EQ(find(-1, 0).offset, 2);
    EXPECT_EQ(find(-1, 1).offset, 1);
    EXPECT_EQ(find(t0 + 1, 0).offset, 1);
    EXPECT_EQ(find(t0 + 1, 1).offset, -1);
    EXPECT_EQ(find(t0, 1).offset, 0);
}

}  // namespace
}  // namespace leat::broker
