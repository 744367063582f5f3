// The cleaner in a whole broker: which logs are compacted, when, and what clients find then.
#include "broker/cleaner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::ElementsAre;
using testing::HasSubstr;
using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr std::chrono::seconds long_enough{3};
constexpr const char* checkpoint_file = "/data/cleaner-offset-checkpoint";

class CleanerTest : public testing::Test {
protected:
    static Config config(const Settings& more = {}) {
        auto made = BrokerRig::test_config();
        check(made.set("log.cleaner.backoff.ms", "100").ok(), "a key that exists");
        check(made.set("log.retention.check.interval.ms", "100").ok(), "a key that exists");
        for (const auto& [key, value] : more) check(made.set(key, value).ok(), "a key");
        return made;
    }
    void start(const Settings& more = {}) {
        rig.reset();
        rig = std::make_unique<BrokerRig>(config(more));
    }
    void create(const std::string& name, const Settings& settings = {}) {
        CreateTopicsRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = name;
        topic.num_partitions = 1;
        topic.replication_factor = 1;
        topic.configs.push_back({"segment.bytes", "16384"});
        for (const auto& [key, value] : settings) topic.configs.push_back({key, value});
        const auto answer = rig->ask<CreateTopicsResponse>(request, 7);
        ASSERT_EQ(answer.topics.at(0).error_code, ErrorCode::none);
    }
    void put(const std::string& topic, const std::string& key, std::optional<std::string> value,
             std::size_t padding = 9000) {
        if (value) *value += ":" + std::string(padding, '.');
        NewRecord record;
        record.timestamp = rig->clock.wall_ms();
        record.key = as_bytes(key);
        if (value) record.value = as_bytes(*value);
        ProduceRequest request = producing(topic, "");
        request.topic_data.at(0).partition_data.at(0).records.slices = {
            SharedSlice::of(build_batch({&record, 1}))};
        const auto answer = rig->ask<ProduceResponse>(request, 9);
        ASSERT_EQ(answer.responses.at(0).partition_responses.at(0).error_code, ErrorCode::none);
    }
    /// key=value without its padding, as a consumer from the beginning reads them; -key of a
    /// tombstone.
    std::vector<std::string> consumed(const std::string& topic) {
        std::vector<std::string> found;
        auto& log = log_of(topic);
        for (auto offset = log.log_start(); offset < log.high_watermark();) {
            auto request = fetching(topic, offset, 0);
            request.topics.at(0).partitions.at(0).partition_max_bytes = 1 << 20;
            const auto answer = rig->ask<FetchResponse>(request, 11);
            const auto& partition = answer.responses.at(0).partitions.at(0);
            EXPECT_EQ(partition.error_code, ErrorCode::none);
            const auto bytes = partition.records.bytes();
            if (bytes.empty()) break;
            for (auto rest = bytes; !rest.empty();) {
                const auto header = *BatchHeader::read(rest);
                EXPECT_TRUE(for_each_record(rest, 1 << 20, [&](const RecordView& record) {
                                const std::string key{as_text(*record.key)};
                                const std::string value{as_text(record.value.value_or(ByteView{}))};
                                if (record.offset >= offset)
                                    found.push_back(
                                        record.value ? key + "=" + value.substr(0, value.find(':'))
                                                     : "-" + key);
                                return true;
                            }).ok());
                offset = header.next_offset();
                rest = rest.subspan(header.size());
            }
        }
        return found;
    }
    storage::Log& log_of(const std::string& topic) {
        return rig->broker->topics().find(topic)->partition(0)->log();
    }
    std::string checkpoint() {
        const auto text = storage::read_file(rig->disk, checkpoint_file, 1 << 20);
        return text ? std::string{as_text(*text)} : "";
    }
    std::unique_ptr<BrokerRig> rig = std::make_unique<BrokerRig>(config());
};

TEST_F(CleanerTest, leaves_the_last_value_of_each_key_to_who_reads_from_the_start) {
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 12; ++i) put("t", i % 3 == 0 ? "a" : "b", std::to_string(i));
    put("t", "c", "1");
    const auto size = log_of("t").size();
    rig->advance(long_enough);
    EXPECT_LT(log_of("t").size(), size / 2);
    // Those of the active segment are left alone.
    EXPECT_THAT(consumed("t"), ElementsAre("a=9", "b=11", "c=1"));
    EXPECT_THAT(checkpoint(), HasSubstr("t 0 12\n"));
}

TEST_F(CleanerTest, leaves_alone_whom_it_is_not_asked_for) {
    create("plain", {{"retention.ms", "-1"}});
    create("clean", {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "1"}});
    create("young", {{"cleanup.policy", "compact"}, {"min.compaction.lag.ms", "60000"}});
    for (const auto* topic : {"plain", "clean", "young"})
        for (int i = 0; i < 8; ++i) put(topic, "a", std::to_string(i));
    rig->advance(long_enough);
    for (const auto* topic : {"plain", "clean", "young"})
        EXPECT_EQ(consumed(topic).size(), 8U) << topic;
    rig->advance(std::chrono::seconds{60});
    put("young", "a", "8");
    rig->advance(long_enough);
    EXPECT_LE(consumed("young").size(), 3U);
    start({{"log.cleaner.enable", "false"}});
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->advance(long_enough);
    EXPECT_EQ(consumed("t").size(), 8U);
}

TEST_F(CleanerTest, drops_tombstones_when_their_time_is_over) {
    create("t", {{"cleanup.policy", "compact"},
                 {"delete.retention.ms", "5000"},
                 {"min.cleanable.dirty.ratio", "0"}});
    put("t", "a", "1");
    put("t", "a", std::nullopt);
    put("t", "b", "1");
    put("t", "b", "2");
    rig->advance(long_enough);
    EXPECT_THAT(consumed("t"), ElementsAre("-a", "b=1", "b=2"));
    rig->advance(std::chrono::seconds{5});
    for (int i = 3; i < 6; ++i) put("t", "b", std::to_string(i));
    rig->advance(long_enough);
    EXPECT_EQ(consumed("t").front().substr(0, 2), "b=");
}

TEST_F(CleanerTest, does_not_wait_for_the_dirty_part_longer_than_it_is_told) {
    create("t", {{"cleanup.policy", "compact"},
                 {"min.cleanable.dirty.ratio", "1"},
                 {"max.compaction.lag.ms", "2000"}});
    EXPECT_EQ(log_of("t").config().segment_ms, 2000) << "or it would not be closed in time";
    put("t", "a", "1", 10);
    put("t", "a", "2", 10);
    rig->advance(long_enough);
    put("t", "a", "3", 10);
    rig->advance(long_enough);
    EXPECT_THAT(consumed("t"), ElementsAre("a=2", "a=3"));
}

TEST_F(CleanerTest, both_compacts_and_deletes_where_both_are_asked_for) {
    create("t", {{"cleanup.policy", "compact,delete"}, {"retention.ms", "10000"}});
    for (int i = 0; i < 8; ++i) put("t", i < 4 ? "old" : "new", std::to_string(i));
    rig->advance(long_enough);
    EXPECT_EQ(consumed("t").front(), "old=3");
    rig->advance(std::chrono::seconds{20});
    EXPECT_EQ(log_of("t").log_start(), 8);
}

TEST_F(CleanerTest, begins_again_where_it_ended_whatever_ended_the_broker) {
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->advance(long_enough);
    const auto before = checkpoint();
    ASSERT_THAT(before, HasSubstr("t 0 "));
    const auto found = consumed("t");
    rig->lose_power();
    EXPECT_EQ(checkpoint(), before);
    rig->advance(long_enough);
    EXPECT_EQ(checkpoint(), before);
    EXPECT_EQ(consumed("t"), found);
    EXPECT_TRUE(rig->restart().ok());
    EXPECT_EQ(consumed("t"), found);
    rig->disk.content(checkpoint_file).back() = std::byte{'x'};
    rig->kill_and_start();
    rig->advance(long_enough);
    EXPECT_EQ(checkpoint(), before) << "all was looked through anew";
}

TEST_F(CleanerTest, lets_go_of_a_topic_that_is_deleted_while_it_is_compacted) {
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->clock.advance(std::chrono::milliseconds{200});
    while (rig->upkeep.waiting() == 0)
        ASSERT_TRUE(rig->timers.run_due() || rig->pool.run_one() || rig->reads.run_one());
    rig->upkeep.run_one();
    ASSERT_EQ(rig->upkeep.waiting(), 1U);
    DeleteTopicsRequest request;
    request.topic_names = {"t"};
    EXPECT_EQ(rig->ask<DeleteTopicsResponse>(request, 5).responses.at(0).error_code,
              ErrorCode::none);
    create("t", {{"cleanup.policy", "compact"}});
    rig->advance(long_enough);
    EXPECT_FALSE(rig->disk.list("/data/t-0").ok()) << "the old folder was made again";
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->advance(long_enough);
    EXPECT_LE(consumed("t").size(), 3U) << "it goes on with the others";
}

TEST_F(CleanerTest, lets_nobody_read_committed_records_of_files_that_it_replaces_meanwhile) {
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->kill_and_start();  // nothing is in memory
    auto request = fetching("t", 0, 0);
    request.isolation_level = 1;
    const auto answer = rig->send<FetchResponse>(request, 11);
    ASSERT_EQ(rig->reads.waiting(), 1U);
    for (int i = 0; i < 300; ++i, rig->clock.advance(std::chrono::milliseconds{10}))
        while (rig->timers.run_due() || rig->pool.run_one() || rig->upkeep.run_one()) {
        }
    ASSERT_THAT(checkpoint(), HasSubstr("t 0 "));
    rig->settle();
    ASSERT_TRUE(answer->has_value());
    const auto& partition = (*answer)->responses.at(0).partitions.at(0);
    EXPECT_EQ(partition.error_code, ErrorCode::none);
    EXPECT_TRUE(partition.records.bytes().empty());
    const auto again = rig->ask<FetchResponse>(request, 11);
    EXPECT_FALSE(again.responses.at(0).partitions.at(0).records.bytes().empty());
}

TEST_F(CleanerTest, forgets_what_it_knew_of_a_topic_that_is_gone) {
    create("t", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 8; ++i) put("t", "a", std::to_string(i));
    rig->advance(long_enough);
    ASSERT_THAT(checkpoint(), HasSubstr("t 0 "));
    DeleteTopicsRequest request;
    request.topic_names = {"t"};
    rig->ask<DeleteTopicsResponse>(request, 5);
    rig->settle();
    EXPECT_EQ(checkpoint(), "0\n0\n");
}

TEST_F(CleanerTest, compacts_the_filthiest_first) {
    start({{"log.cleaner.io.max.bytes.per.second", "20000"}});
    create("half", {{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.3"}});
    for (int i = 0; i < 4; ++i) put("half", std::to_string(i), "1");
    rig->advance(std::chrono::seconds{20});
    ASSERT_THAT(checkpoint(), HasSubstr("half 0 3\n"));
    create("whole", {{"cleanup.policy", "compact"}});
    for (int i = 0; i < 4; ++i) put("half", "again", "2");
    for (int i = 0; i < 4; ++i) put("whole", "again", "2");
    rig->advance(std::chrono::seconds{6});
    EXPECT_THAT(checkpoint(), HasSubstr("half 0 3\nwhole 0 3\n"));
    rig->advance(std::chrono::seconds{20});
    EXPECT_THAT(checkpoint(), HasSubstr("half 0 7\n"));
}

TEST_F(CleanerTest, leaves_internal_topics_to_their_coordinator) {
    OffsetCommitRequest commit;
    commit.group_id = "g";
    auto& topic = commit.topics.emplace_back();
    topic.name = "t";
    topic.partitions.emplace_back().committed_offset = 1;
    create("t");
    rig->ask<OffsetCommitResponse>(commit, 7);
    rig->advance(long_enough);
    for (const auto& partition : rig->broker->topics().find(offsets_topic)->partitions) {
        EXPECT_TRUE(partition->log().config().cleanup_compact);
        ASSERT_TRUE(partition->log().roll(rig->clock.wall_ms()).ok());
    }
    rig->advance(long_enough);
    EXPECT_EQ(checkpoint(), "");
}

}  // namespace
}  // namespace leat::broker
