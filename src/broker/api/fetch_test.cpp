#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;

TEST(Fetch, lets_a_fetch_wait_and_wakes_it_with_the_first_record) {
    BrokerRig rig;
    create_topic(rig, "t");
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 500), 12);
    rig.advance(std::chrono::milliseconds{100});
    EXPECT_FALSE(fetched->has_value());
    rig.ask<ProduceResponse>(producing("t", "a"), 9);
    ASSERT_TRUE(fetched->has_value());
    EXPECT_EQ(values_of(**fetched), std::vector<std::string>{"a"});
}

TEST(Fetch, brings_the_whole_batch_around_an_offset_inside_it) {
    BrokerRig rig;
    create_topic(rig, "t");
    for (const std::string prefix : {"a", "b"}) {
        std::vector<NewRecord> records(3);
        const std::vector<std::string> values{prefix + "0", prefix + "1", prefix + "2"};
        for (std::size_t i = 0; i < 3; ++i) records[i].value = as_bytes(values[i]);
        auto request = producing("t", "");
        request.topic_data[0].partition_data[0].records.slices = {
            SharedSlice::of(build_batch(records, {.codec = Codec::lz4}))};
        rig.ask<ProduceResponse>(request, 9);
    }
    for (int life = 0; life < 2; ++life) {  // from memory and from the disk
        for (std::int64_t offset = 0; offset < 6; ++offset) {
            auto request = fetching("t", offset, 0);
            request.topics[0].partitions[0].partition_max_bytes = 1;
            const auto first = values_of(rig.ask<FetchResponse>(request, 12));
            ASSERT_EQ(first.size(), 3U) << offset;
            EXPECT_EQ(first.front(), offset < 3 ? "a0" : "b0") << offset;
        }
        rig.kill_and_start();
    }
}

TEST(Fetch, wakes_a_waiting_fetch_without_a_sync_in_page_cache_mode) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("leat.durability", "page-cache").ok());
    BrokerRig rig{config};
    create_topic(rig, "t");
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 500), 12);
    rig.send<ProduceResponse>(producing("t", "a"), 9);
    ASSERT_TRUE(fetched->has_value());
    EXPECT_EQ(values_of(**fetched), std::vector<std::string>{"a"});
}

TEST(Fetch, brings_the_less_to_a_fetch_the_more_slow_readers_hold) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("leat.fetch.memory.bytes", "8000").ok());
    BrokerRig rig{std::move(config)};
    create_topic(rig, "t");
    for (int i = 0; i < 20; ++i) rig.ask<ProduceResponse>(producing("t", std::string(200, 'x')), 9);
    const auto count = [&] {
        return values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).size();
    };
    const auto alone = count();
    EXPECT_GT(alone, 4U);
    EXPECT_LT(alone, 10U);
    EXPECT_EQ(rig.broker->fetch_memory().used(), 0U) << "given back with the answer";
    {
        const auto held = rig.broker->fetch_memory().reserve(6000);
        EXPECT_LT(count(), alone);
        const auto rest = rig.broker->fetch_memory().reserve(3000);
        EXPECT_EQ(count(), 1U);
    }
    EXPECT_EQ(count(), alone);
}

TEST(Fetch, answers_a_waiting_fetch_when_its_time_is_over) {
    BrokerRig rig;
    create_topic(rig, "t");
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 500), 12);
    rig.advance(std::chrono::milliseconds{510});
    ASSERT_TRUE(fetched->has_value());
    EXPECT_TRUE(values_of(**fetched).empty());
}

TEST(Fetch, says_out_of_range_at_once) {
    BrokerRig rig;
    create_topic(rig, "t");
    auto request = fetching("t", 5, 500);
    request.isolation_level = 1;
    const auto response = rig.ask<FetchResponse>(request, 12);
    const auto& told = response.responses.at(0).partitions.at(0);
    EXPECT_EQ(told.error_code, ErrorCode::offset_out_of_range);
    EXPECT_EQ(told.log_start_offset, -1);
    EXPECT_FALSE(told.aborted_transactions.has_value());
}

TEST(Fetch, reads_from_the_disk_while_no_sync_ends) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("leat.tail.cache.bytes", "0").ok());
    BrokerRig rig{config};
    create_topic(rig, "t");
    rig.ask<ProduceResponse>(producing("t", "synced"), 9);
    const auto produced = rig.send<ProduceResponse>(producing("t", "not yet"), 9);
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 0), 12);
    while (rig.timers.run_due() || rig.reads.run_one()) {
    }
    EXPECT_GT(rig.pool.waiting(), 0U);
    ASSERT_TRUE(fetched->has_value());
    EXPECT_THAT(values_of(**fetched), testing::ElementsAre("synced"));
    EXPECT_FALSE(produced->has_value());
    rig.settle();
    EXPECT_TRUE(produced->has_value());
}

TEST(Fetch, lets_the_kernel_send_what_lies_in_files_to_those_who_can_take_it) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("log.segment.bytes", "100000").ok());
    ASSERT_TRUE(config.set("leat.tail.cache.bytes", "0").ok());
    BrokerRig rig{config};
    create_topic(rig, "t");
    std::vector<std::string> all;
    for (char letter = 'a'; letter < 'z'; ++letter) {
        all.emplace_back(20'000, letter);
        rig.ask<ProduceResponse>(producing("t", all.back()), 9);
    }
    const auto read_all = [&](bool in_files) {
        std::vector<std::string> read;
        while (read.size() < all.size()) {
            const auto answer = rig.ask<FetchResponse>(
                fetching("t", static_cast<std::int64_t>(read.size()), 0), 12);
            const auto values = values_of(answer);
            if (values.empty()) break;
            EXPECT_EQ(rig.last_in_files > 0, in_files) << read.size();
            read.insert(read.end(), values.begin(), values.end());
        }
        return read;
    };
    EXPECT_EQ(read_all(false), all);
    ClientInfo client;
    client.takes_files = true;
    rig.come_from(client);
    EXPECT_EQ(read_all(true), all);
    rig.disk.set_in_memory(false);
    EXPECT_EQ(read_all(false), all) << "and not what has to come from the disk first";
}

TEST(Fetch, serves_next_those_behind_a_partition_that_cannot_be_read) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("leat.tail.cache.bytes", "0").ok());
    BrokerRig rig{config};
    create_topic(rig, "t", 2);
    auto produced = producing("t", "sound");
    produced.topic_data[0].partition_data[0].index = 1;
    rig.ask<ProduceResponse>(producing("t", "damaged"), 9);
    rig.ask<ProduceResponse>(produced, 9);
    rig.disk.corrupt("/data/t-0/00000000000000000000.log", 60, std::byte{1});
    auto request = fetching("t", 0, 0);
    request.max_bytes = 1;
    request.session_epoch = 0;
    request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
    request.topics[0].partitions[1].partition = 1;
    const auto first = rig.ask<FetchResponse>(request, 12);
    EXPECT_EQ(first.responses.at(0).partitions.at(0).error_code, ErrorCode::corrupt_message);
    EXPECT_TRUE(values_of(first).empty());
    request.topics.clear();
    request.session_id = first.session_id;
    request.session_epoch = 1;
    EXPECT_THAT(values_of(rig.ask<FetchResponse>(request, 12)), testing::ElementsAre("sound"));
}

TEST(Fetch, serves_a_read_that_outlives_its_topic_nothing_of_a_new_topic_of_the_name) {
    auto config = BrokerRig::test_config();
    ASSERT_TRUE(config.set("log.segment.bytes", "16384").ok());
    ASSERT_TRUE(config.set("leat.tail.cache.bytes", "0").ok());
    BrokerRig rig{config};
    const auto fill = [&](char value) {
        for (int i = 0; i < 5; ++i)
            rig.ask<ProduceResponse>(producing("t", std::string(8000, value)), 9);
    };
    create_topic(rig, "t");
    fill('o');
    const auto fetched = rig.send<FetchResponse>(fetching("t", 0, 0), 12);
    ListOffsetsRequest by_time;
    by_time.topics.emplace_back().name = "t";
    by_time.topics.back().partitions.emplace_back().timestamp = 1;
    const auto listed = rig.send<ListOffsetsResponse>(by_time, 5);
    ASSERT_EQ(rig.reads.waiting(), 2U);  // which open files by their names
    const auto settle = [&] {
        while (rig.timers.run_due() || rig.pool.run_one()) {
        }
    };
    DeleteTopicsRequest deletion;
    deletion.topic_names = {"t"};
    const auto deleted = rig.send<DeleteTopicsResponse>(deletion, 5);
    settle();
    ASSERT_TRUE(deleted->has_value());
    CreateTopicsRequest creation;
    creation.topics.emplace_back().name = "t";
    creation.topics.back().num_partitions = 1;
    creation.topics.back().replication_factor = 1;
    const auto created = rig.send<CreateTopicsResponse>(creation, 7);
    for (int i = 0; i < 5; ++i) {
        settle();
        rig.send<ProduceResponse>(producing("t", std::string(8000, 'n')), 9);
    }
    settle();
    ASSERT_FALSE(fetched->has_value());
    rig.settle();
    ASSERT_TRUE(fetched->has_value() && listed->has_value());
    EXPECT_TRUE(values_of(**fetched).empty());
    EXPECT_EQ((*fetched)->responses.at(0).partitions.at(0).error_code,
              ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ((*listed)->topics.at(0).partitions.at(0).error_code,
              ErrorCode::unknown_topic_or_partition);
}

}  // namespace
}  // namespace leat::broker
