// Reading ranges against a scripted broker.
#include "client/topic_reader.hpp"

#include <gmock/gmock.h>

#include "client/offsets.hpp"
#include "client/testing/fake_broker.hpp"
#include "kafka/messages/fetch.hpp"
#include "kafka/messages/list_offsets.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using ::testing::ElementsAre;

const auto note_nothing = [](const std::string&) {};

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

std::optional<Bytes> serve_offsets(const Asked& asked) {
    kafka::ListOffsetsResponse response;
    for (const auto& topic : asked.as<kafka::ListOffsetsRequest>().topics) {
        auto& answered = response.topics.emplace_back();
        answered.name = topic.name;
        for (const auto& wanted : topic.partitions)
            answered.partitions.push_back(
                {.partition_index = wanted.partition_index,
                 .offset = wanted.timestamp == at_end ? log_end : log_start});
    }
    return answer(asked, response);
}

std::optional<Bytes> serve_fetch(const Asked& asked) {
    if (asked.api == ApiKey::list_offsets) return serve_offsets(asked);
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
    TopicReader reader{*reading.cluster, {{{"t", 0}, 11, 19}}, {}, note_nothing};
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
    TopicReader reader{*reading.cluster, {{{"t", 0}, 10}}, {}, note_nothing};
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
    TopicReader reader{
        *reading.cluster, {{{"t", 0}, 14, 14}, {{"t", 1}, 10, 14}}, {}, note_nothing};
    const auto all = [](const ReadRecord&) { return true; };
    EXPECT_FALSE(*reader.read(all));
    EXPECT_FALSE(*reader.read(all));
    EXPECT_EQ(reading.broker.asked(ApiKey::fetch).size(), 1U);
}

// Offsets to reads and what was told, when the reader starts at `from`.
struct Outside {
    explicit Outside(std::int64_t from) {
        TopicReader reader{*reading.cluster, {{{"t", 0}, from}}, {}, [&](const std::string& what) {
                               told.push_back(what);
                           }};
        while (offsets.empty())
            check(reader
                      .read([&](const ReadRecord& each) {
                          offsets.push_back(each.record.offset);
                          return each.record.offset < 12;
                      })
                      .ok(),
                  "goes on");
    }
    Reading reading;
    std::vector<std::int64_t> offsets;
    std::vector<std::string> told;
};

TEST(TopicReader, goes_on_behind_what_retention_took_and_tells_it) {
    const Outside outside{3};
    EXPECT_EQ(outside.offsets.front(), 10);
    EXPECT_THAT(
        outside.told,
        ElementsAre("t-0: offsets 3 to 9 are gone, by retention or deletion; going on at 10"));
}

TEST(TopicReader, begins_anew_when_the_topic_of_that_name_is_another) {
    Reading reading;
    std::vector<std::string> told;
    const auto note = [&](const std::string& what) { told.push_back(what); };
    const auto other = *Uuid::parse("LYEJ0XV2Tg-cmFNEoDuavQ");
    // A range without an end, and one that was to end with what the old topic held.
    TopicReader reader{*reading.cluster,
                       {{{"t", 0}, 15, without_end, other}, {{"t", 1}, 15, 19, other}},
                       {},
                       note};
    std::vector<std::int64_t> offsets;
    while (offsets.size() < 4)
        ASSERT_TRUE(reader
                        .read([&](const ReadRecord& each) {
                            EXPECT_EQ(each.partition.partition, 0);
                            offsets.push_back(each.record.offset);
                            return true;
                        })
                        .ok());
    EXPECT_THAT(offsets, ElementsAre(10, 11, 12, 13));
    EXPECT_THAT(told,
                ElementsAre("t-0: the topic was made anew; going on at its beginning",
                            "t-1: the topic was made anew; what was to be read of it is gone"));
}

}  // namespace
}  // namespace leat::client
