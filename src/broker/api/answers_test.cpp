// What holds for the answers of every API, whatever they are asked.
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

// Clients that find no version in common hang up, or are hung up on: EOF is all that they are told.
TEST(Answers, come_at_every_version_that_is_advertised) {
    BrokerRig rig;
    std::map<std::int16_t, Versions> advertised;
    for (const auto& row : rig.ask<ApiVersionsResponse>(ApiVersionsRequest{}, 4).api_keys)
        advertised[row.api_key] = {row.min_version, row.max_version, 0};
    for_each_api([&]<class Request, class Response>() {
        SCOPED_TRACE(static_cast<int>(Request::api));
        const auto at = advertised.find(static_cast<std::int16_t>(Request::api));
        ASSERT_NE(at, advertised.end());
        // Nobody sends Produce before version 3 to a broker that has it (KAFKA-18659).
        const auto first = std::max(at->second.min, Request::versions.min);
        for (auto version = first; version <= at->second.max; ++version) {
            Request request;
            if constexpr (std::is_same_v<Request, ProduceRequest>) request.acks = -1;
            const auto answer = rig.send<Response>(request, version);
            rig.settle();
            EXPECT_TRUE(answer->has_value()) << "version " << version;
        }
    });
}

TEST(Answers, to_api_versions_have_a_header_that_the_oldest_client_can_read) {
    BrokerRig rig;
    for (std::int16_t version = 0; version <= 5; ++version) {
        const auto bytes = request_frame(ApiVersionsRequest{}, version, 0x01020304, "c").flat();
        auto frame = std::make_shared<std::byte[]>(bytes.size() - 4);
        std::copy(bytes.begin() + 4, bytes.end(), frame.get());
        Bytes answer;
        rig.broker->handle(frame, bytes.size() - 4,
                           std::make_shared<ClientInfo>(ClientInfo{"/", 1}),
                           [&](const WireAnswer& wire) { answer = wire.frame.flat(); });
        ASSERT_GT(answer.size(), 14U);
        EXPECT_EQ(load_be<std::int32_t>(answer.data() + 4), 0x01020304);
        // No tags of a header stand between: it comes before the client knows our versions.
        EXPECT_EQ(load_be<std::int16_t>(answer.data() + 8), 0) << "the error, version " << version;
        const auto count = rig.ask<ApiVersionsResponse>(ApiVersionsRequest{}, 4).api_keys.size();
        const auto told = version < 3 ? load_be<std::uint32_t>(answer.data() + 10)
                                      : std::to_integer<std::uint32_t>(answer[10]) - 1;
        EXPECT_EQ(told, count) << "version " << version;
    }
}

// A client takes 0 for an offset, and goes there.
TEST(Answers, hold_minus_one_where_there_is_no_offset) {
    BrokerRig rig;
    create_topic(rig, "t");
    rig.ask<ProduceResponse>(producing("t", "a"), 9);
    for (const auto* topic : {"t", "absent"}) {
        auto fetch = fetching(topic, 7, 0);
        fetch.isolation_level = 1;
        for (const std::int32_t epoch : {-1, 5}) {
            fetch.topics[0].partitions[0].current_leader_epoch = epoch;
            const auto fetched = rig.ask<FetchResponse>(fetch, 12).responses.at(0).partitions.at(0);
            EXPECT_NE(fetched.error_code, ErrorCode::none) << topic;
            EXPECT_EQ(fetched.high_watermark, -1) << topic << epoch;
            EXPECT_EQ(fetched.last_stable_offset, -1) << topic << epoch;
            EXPECT_EQ(fetched.log_start_offset, -1) << topic << epoch;
        }
        ListOffsetsRequest list;
        list.topics.emplace_back().name = topic;
        list.topics[0].partitions.push_back({.current_leader_epoch = 5, .timestamp = -1});
        const auto listed = rig.ask<ListOffsetsResponse>(list, 7).topics.at(0).partitions.at(0);
        EXPECT_NE(listed.error_code, ErrorCode::none);
        EXPECT_EQ(listed.offset, -1);
        EXPECT_EQ(listed.timestamp, -1);
        EXPECT_EQ(listed.leader_epoch, -1);
        OffsetForLeaderEpochRequest epoch;
        epoch.topics.emplace_back().topic = topic;
        epoch.topics[0].partitions.push_back({.current_leader_epoch = 5});
        const auto found =
            rig.ask<OffsetForLeaderEpochResponse>(epoch, 4).topics.at(0).partitions.at(0);
        EXPECT_NE(found.error_code, ErrorCode::none);
        EXPECT_EQ(found.end_offset, -1);
        EXPECT_EQ(found.leader_epoch, -1);
        DeleteRecordsRequest remove;
        remove.topics.emplace_back().name = topic;
        remove.topics[0].partitions.emplace_back().offset = 7;
        const auto removed = rig.ask<DeleteRecordsResponse>(remove, 2).topics.at(0);
        EXPECT_NE(removed.partitions.at(0).error_code, ErrorCode::none);
        EXPECT_EQ(removed.partitions.at(0).low_watermark, -1);
    }
}

TEST(Answers, hold_minus_one_where_nothing_was_written_committed_or_given) {
    BrokerRig rig;
    create_topic(rig, "t");
    for (const auto* topic : {"t", "absent"}) {
        auto produce = producing(topic, "a");
        // A batch that is cut off, and a topic that is not there.
        auto& records = produce.topic_data[0].partition_data[0].records.slices[0];
        records.bytes = records.bytes.first(records.bytes.size() - 1);
        const auto produced =
            rig.ask<ProduceResponse>(produce, 9).responses.at(0).partition_responses.at(0);
        EXPECT_NE(produced.error_code, ErrorCode::none);
        EXPECT_EQ(produced.base_offset, -1);
        EXPECT_EQ(produced.log_append_time_ms, -1);
        EXPECT_EQ(produced.log_start_offset, -1);
    }
    OffsetFetchRequest offsets;
    offsets.groups.push_back(
        {.group_id = "nobody", .topics = {{{.name = "t", .partition_indexes = {0}}}}});
    const auto committed =
        rig.ask<OffsetFetchResponse>(offsets, 8).groups.at(0).topics.at(0).partitions.at(0);
    EXPECT_EQ(committed.committed_offset, -1);
    EXPECT_EQ(committed.committed_leader_epoch, -1);
    InitProducerIdRequest init;
    init.transactional_id = "x";
    for (const std::int32_t timeout : {0, 900'001}) {
        init.transaction_timeout_ms = timeout;
        const auto given = rig.ask<InitProducerIdResponse>(init, 4);
        EXPECT_EQ(given.error_code, ErrorCode::invalid_transaction_timeout);
        EXPECT_EQ(given.producer_id, -1);
        EXPECT_EQ(given.producer_epoch, -1);
    }
    EndTxnRequest end;
    end.transactional_id = "never heard of";
    const auto ended = rig.ask<EndTxnResponse>(end, 5);
    EXPECT_NE(ended.error_code, ErrorCode::none);
    EXPECT_EQ(ended.producer_id, -1);
    EXPECT_EQ(ended.producer_epoch, -1);
    JoinGroupRequest join;
    join.group_id = "g";
    const auto joined = rig.ask<JoinGroupResponse>(join, 9);
    EXPECT_NE(joined.error_code, ErrorCode::none);
    EXPECT_EQ(joined.generation_id, -1);
}

}  // namespace
}  // namespace leat::broker
