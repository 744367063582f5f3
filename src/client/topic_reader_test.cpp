// Reading ranges against a scripted broker.
#include "client/topic_reader.hpp"

#include <gmock/gmock.h>

#include "client/fake_broker.hpp"
#include "kafka/messages/fetch.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t log_start = 10;
constexpr std::int64_t batch_size = 4;
constexpr std::int64_t log_end = 22;

// Each partition holds offsets 10 to 21 in batches of four, of which a fetch brings one; each
// record's value is its offset.
Bytes batch_at(std::int64_t offset) {
    const auto base = offset - (offset - log_start) % batch_size;
    std::vector<std::string> values;
    for (auto i = base; i < base + batch_size; ++i) values.push_back(std::to_string(i));
    std::vector<kafka::NewRecord> records;
    for (const auto& value : values)
        records.push_back({.timestamp = 1, .key = {}, .value = as_bytes(value), .headers = {}});
    return kafka::build_batch(records, {.base_offset = base});
}

std::optional<Bytes> serve_fetch(const Asked& asked) {
    kafka::FetchResponse response;
    for (const auto& topic : asked.as<kafka::FetchRequest>().topics) {
        auto& answered = response.responses.emplace_back();
        answered.topic_id = topic.topic_id;
        for (const auto& wanted : topic.partitions) {
            auto& partition = answered.partitions.emplace_back();
            partition.partition_index = wanted.partition;
            partition.high_watermark = log_end;
            partition.log_start_offset = log_start;
            const auto offset = wanted.fetch_offset;
            if (offset < log_start || offset > log_end)
                partition.error_code = ErrorCode::offset_out_of_range;
            else if (offset < log_end)
                partition.records.slices = {SharedSlice::of(batch_at(offset))};
        }
    }
    return answer(asked, response);
}

struct Reading {
    Reading() : broker(with_one_node(port, 3, serve_fetch)) {
        port = broker.port();
        auto connected = Cluster::connect(
            {.bootstrap = broker.address(), .connection = {}, .retry_backoff = 1ms});
        check(connected.ok(), "connected");
        cluster.emplace(std::move(*connected));
    }
    std::atomic<std::uint16_t> port = 0;
    FakeBroker broker;
    std::optional<Cluster> cluster;
};

TEST(TopicReader, reads_exactly_its_range_whatever_the_batches_hold) {
    Reading reading;
    TopicReader reader{*reading.cluster, {{{"t", 0}, 11, 19}}, {}};
    std::vector<std::string> values;
    for (bool more = true; more;) {
        const auto read = reader.read([&](const ReadRecord& each) {
            values.emplace_back(as_text(*each.record.value));
            return true;
        });
        ASSERT_TRUE(read.ok()) << read.error().what;
        more = *read;
    }
    EXPECT_THAT(values, ElementsAre("11", "12", "13", "14", "15", "16", "17", "18"));
    EXPECT_GE(reader.ranges()[0].from, 19);
    EXPECT_EQ(reading.broker.asked(ApiKey::fetch).size(), 3U);
}

TEST(TopicReader, stops_where_the_visitor_does_and_goes_on_behind_that_record) {
    Reading reading;
    TopicReader reader{*reading.cluster, {{{"t", 0}, 10}}, {}};
    std::vector<std::string> values;
    const auto until_11 = [&](const ReadRecord& each) {
        values.emplace_back(as_text(*each.record.value));
        return each.record.offset < 11;
    };
    EXPECT_FALSE(*reader.read(until_11));
    EXPECT_EQ(reader.ranges()[0].from, 12);
    EXPECT_FALSE(*reader.read(until_11));
    EXPECT_THAT(values, ElementsAre("10", "11", "12"));
}

TEST(TopicReader, asks_no_more_for_ranges_that_are_read) {
    Reading reading;
    TopicReader reader{*reading.cluster, {{{"t", 0}, 14, 14}, {{"t", 1}, 10, 14}}, {}};
    const auto all = [](const ReadRecord&) { return true; };
    EXPECT_FALSE(*reader.read(all));
    EXPECT_FALSE(*reader.read(all));
    EXPECT_EQ(reading.broker.asked(ApiKey::fetch).size(), 1U);
}

TEST(TopicReader, tells_what_the_partition_holds_when_the_offset_is_outside) {
    Reading reading;
    TopicReader reader{*reading.cluster, {{{"t", 0}, 3}}, {}};
    const auto read = reader.read([](const ReadRecord&) { return true; });
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error().what, HasSubstr("holds offsets from 10 to 22"));
}

}  // namespace
}  // namespace leat::client
