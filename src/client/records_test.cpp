// Producing and fetching against a scripted broker, and the walk over fetched batches.
#include <gmock/gmock.h>

#include "client/fetch.hpp"
#include "client/murmur2.hpp"
#include "client/offsets.hpp"
#include "client/producer.hpp"
#include "client/testing/fake_broker.hpp"
#include "kafka/messages/all.hpp"

namespace leat::client {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;
using std::chrono_literals::operator""ms;
using ::testing::ElementsAre;

kafka::ProduceResponse produced(const Asked& asked, ErrorCode code, std::int64_t base_offset) {
    kafka::ProduceResponse response;
    for (const auto& topic : asked.as<kafka::ProduceRequest>().topic_data) {
        auto& answered = response.responses.emplace_back();
        answered.name = topic.name;
        answered.topic_id = topic.topic_id;
        for (const auto& partition : topic.partition_data) {
            auto& one = answered.partition_responses.emplace_back();
            one.index = partition.index;
            one.error_code = code;
            one.base_offset = base_offset;
        }
    }
    return response;
}

FakeBroker::Script takes_batches(std::vector<kafka::BatchHeader>& seen, ErrorCode first_answer) {
    return [&seen, first_answer](const Asked& asked) -> std::optional<Bytes> {
        if (asked.api == ApiKey::init_producer_id)
            return answer(asked, kafka::InitProducerIdResponse{.producer_id = 77});
        for (const auto& topic : asked.as<kafka::ProduceRequest>().topic_data)
            for (const auto& partition : topic.partition_data)
                seen.push_back(*kafka::BatchHeader::read(partition.records.bytes()));
        const auto code = seen.size() == 1 ? first_answer : ErrorCode::none;
        return answer(asked, produced(asked, code, 100));
    };
}

OutgoingRecord keyed(std::string_view key, std::string_view value) {
    return {.key = to_bytes(key), .value = to_bytes(value), .headers = {}, .timestamp = 5};
}

TEST(Producer, numbers_its_batches_and_sends_the_same_one_again_after_a_passing_error) {
    std::vector<kafka::BatchHeader> seen;
    OneNode node{takes_batches(seen, ErrorCode::not_leader_or_follower)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    ASSERT_TRUE(producer.send(1, keyed("a", "1")).ok());
    ASSERT_TRUE(producer.send(1, keyed("a", "2")).ok());
    ASSERT_TRUE(producer.flush().ok());
    ASSERT_TRUE(producer.send(1, keyed("a", "3")).ok());
    ASSERT_TRUE(producer.flush().ok());
    EXPECT_EQ(node.broker.asked(ApiKey::produce).size(), 3U);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].crc, seen[1].crc);
    EXPECT_EQ(seen[1].base_sequence, 0);
    EXPECT_EQ(seen[2].base_sequence, 2);
    EXPECT_EQ(seen[2].producer_id, 77);
    EXPECT_EQ(producer.written().at(1).records, 3);
    EXPECT_EQ(producer.written().at(1).first_offset, 100);
}

TEST(Producer, puts_keys_where_kafkas_clients_put_them) {
    std::vector<kafka::BatchHeader> seen;
    OneNode node{takes_batches(seen, ErrorCode::none)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    for (const auto* key : {"21", "foobar", "abc"})
        ASSERT_TRUE(producer.send({}, keyed(key, "v")).ok());
    ASSERT_TRUE(producer.flush().ok());
    for (const auto* key : {"21", "foobar", "abc"})
        EXPECT_TRUE(producer.written().contains(partition_of_key(as_bytes(key), 3))) << key;
}

TEST(Producer, reports_what_the_broker_refuses) {
    std::vector<kafka::BatchHeader> seen;
    OneNode node{takes_batches(seen, ErrorCode::invalid_record)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    ASSERT_TRUE(producer.send(0, keyed("a", "1")).ok());
    const auto flushed = producer.flush();
    ASSERT_FALSE(flushed.ok());
    EXPECT_EQ(flushed.error().what, "cannot write to t-0: INVALID_RECORD");
}

// Refuses batches of more than `limit` bytes as a broker does; keeps the sequences and counts of
// the others, by partition.
FakeBroker::Script takes_up_to(std::int32_t limit,
                               std::map<std::int32_t, std::vector<kafka::BatchHeader>>& taken) {
    return [limit, &taken](const Asked& asked) -> std::optional<Bytes> {
        if (asked.api == ApiKey::init_producer_id)
            return answer(asked, kafka::InitProducerIdResponse{.producer_id = 77});
        auto response = produced(asked, ErrorCode::none, 0);
        const auto request = asked.as<kafka::ProduceRequest>();
        for (std::size_t t = 0; t < request.topic_data.size(); ++t)
            for (std::size_t p = 0; p < request.topic_data[t].partition_data.size(); ++p) {
                const auto& sent = request.topic_data[t].partition_data[p];
                const auto header = *kafka::BatchHeader::read(sent.records.bytes());
                auto& one = response.responses[t].partition_responses[p];
                if (header.batch_length > limit)
                    one.error_code = ErrorCode::message_too_large;
                else
                    taken[sent.index].push_back(header);
            }
        return answer(asked, response);
    };
}

TEST(Producer, sends_in_halves_what_is_refused_for_its_size) {
    std::map<std::int32_t, std::vector<kafka::BatchHeader>> taken;
    OneNode node{takes_up_to(1000, taken)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    for (int i = 0; i < 21; ++i) {
        ASSERT_TRUE(producer.send(0, keyed("k", std::string(300, 'x'))).ok());
        ASSERT_TRUE(producer.send(1, keyed("k", std::string(30, 'y'))).ok());
    }
    const auto flushed = producer.flush();
    ASSERT_TRUE(flushed.ok()) << flushed.error().what;
    for (const auto partition : {0, 1}) {
        // Each sequence number once, and in order.
        std::int32_t next = 0;
        for (const auto& header : taken[partition]) {
            EXPECT_EQ(header.base_sequence, next);
            next += header.record_count;
        }
        EXPECT_EQ(next, 21);
        EXPECT_EQ(producer.written().at(partition).records, 21);
    }
}

TEST(Producer, names_the_record_that_is_too_large_and_writes_what_is_before_it) {
    std::map<std::int32_t, std::vector<kafka::BatchHeader>> taken;
    OneNode node{takes_up_to(1000, taken)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    for (int line = 1; line <= 9; ++line) {
        auto record = keyed("k", std::string(line == 6 ? 1200 : 30, 'x'));
        record.label = "line " + std::to_string(line);
        ASSERT_TRUE(producer.send(0, std::move(record)).ok());
    }
    ASSERT_TRUE(producer.send(1, keyed("k", "other partition")).ok());
    const auto flushed = producer.flush();
    ASSERT_FALSE(flushed.ok());
    EXPECT_EQ(flushed.error().code, Errc::too_large);
    EXPECT_EQ(flushed.error().what,
              "cannot write line 6 to t-0: MESSAGE_TOO_LARGE: the record has 1233 bytes, and "
              "max.message.bytes bounds what the topic takes. Nothing behind it was written to "
              "this partition");
    EXPECT_EQ(producer.written().at(0).records, 5);
    EXPECT_EQ(producer.written().at(1).records, 1);
}

TEST(Producer, keeps_one_request_within_what_brokers_take) {
    std::vector<kafka::BatchHeader> seen;
    OneNode node{takes_batches(seen, ErrorCode::none)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {.pending_bytes = 1000}};
    for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(producer.send(i % 3, keyed("k", std::string(300, 'x'))).ok());
    ASSERT_TRUE(producer.flush().ok());
    EXPECT_EQ(node.broker.asked(ApiKey::produce).size(), 4U);
}

TEST(Producer, refuses_a_partition_that_is_not_there_before_anything_is_sent) {
    OneNode node{[](const Asked& asked) -> std::optional<Bytes> {
        return answer(asked, kafka::InitProducerIdResponse{.producer_id = 77});
    }};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {}};
    const auto sent = producer.send(3, keyed("k", "v"));
    ASSERT_FALSE(sent.ok());
    EXPECT_EQ(sent.error().what,
              "partition 3 of topic 't' does not exist; the topic has 3 partitions");
}

TEST(Producer, splits_at_the_batch_size) {
    std::vector<kafka::BatchHeader> seen;
    OneNode node{takes_batches(seen, ErrorCode::none)};
    auto cluster = node.connect();
    Producer producer{cluster, "t", {.batch_bytes = 1000}};
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(producer.send(0, keyed("k", std::string(300, 'x'))).ok());
    ASSERT_TRUE(producer.flush().ok());
    EXPECT_GT(node.broker.asked(ApiKey::produce).size(), 3U);
    EXPECT_EQ(producer.written().at(0).records, 10);
}

TEST(Produce, refuses_acks_that_are_never_answered) {
    OneNode node{[](const Asked&) { return std::nullopt; }};
    auto cluster = node.connect();
    EXPECT_EQ(produce(cluster, {}, {.acks = 0}).error().code, Errc::invalid_argument);
}

Bytes batch(std::int64_t base_offset, std::initializer_list<std::string_view> values,
            kafka::BatchOptions options = {}) {
    std::vector<kafka::NewRecord> records;
    for (const auto value : values)
        records.push_back({.timestamp = 1, .key = {}, .value = as_bytes(value), .headers = {}});
    options.base_offset = base_offset;
    return kafka::build_batch(records, options);
}

FetchedPartition holding(std::initializer_list<Bytes> batches) {
    Bytes all;
    for (const auto& each : batches) all.insert(all.end(), each.begin(), each.end());
    return {.partition = {"t", 0}, .records = SharedSlice::of(std::move(all))};
}

std::vector<std::string> values_from(const FetchedPartition& fetched, std::int64_t from,
                                     std::int64_t expected_next) {
    std::vector<std::string> values;
    const auto next = for_each_record(fetched, from, [&](const auto&, const auto& record) {
        values.emplace_back(as_text(*record.value));
        return true;
    });
    EXPECT_EQ(next.value(), expected_next);
    return values;
}

TEST(ForEachRecord, starts_inside_a_batch_and_leaves_out_a_cut_off_one) {
    auto whole = batch(10, {"a", "b", "c"}, {.codec = kafka::Codec::zstd});
    auto cut = batch(13, {"d"});
    cut.pop_back();
    EXPECT_THAT(values_from(holding({whole, cut}), 11, 13), ElementsAre("b", "c"));
    EXPECT_THAT(values_from(holding({whole}), 13, 13), ElementsAre());
}

TEST(ForEachRecord, goes_on_from_the_record_at_which_the_visitor_stopped) {
    const auto fetched = holding({batch(10, {"a", "b", "c"})});
    const auto next = for_each_record(
        fetched, 10, [](const auto&, const auto& record) { return record.offset < 11; });
    EXPECT_EQ(next.value(), 11);
}

TEST(ForEachRecord, hides_control_records_and_aborted_transactions) {
    const kafka::BatchOptions ours{.producer_id = 5, .producer_epoch = 0, .transactional = true};
    auto marker = ours;
    marker.control = true;
    auto fetched =
        holding({batch(0, {"aborted"}, ours), batch(1, {"plain"}), batch(2, {"marker"}, marker),
                 batch(3, {"committed"}, ours), batch(4, {"marker"}, marker)});
    fetched.aborted = {{5, 0}};
    EXPECT_THAT(values_from(fetched, 0, 5), ElementsAre("plain", "committed"));
}

TEST(ForEachRecord, refuses_a_damaged_batch) {
    auto damaged = batch(0, {"a"});
    damaged.back() ^= std::byte{1};
    const auto walked =
        for_each_record(holding({damaged}), 0, [](const auto&, const auto&) { return true; });
    ASSERT_FALSE(walked.ok());
    EXPECT_EQ(walked.error().code, Errc::corrupt);
}

TEST(Fetch, asks_by_topic_id_and_again_after_a_moved_leader) {
    int times = 0;
    OneNode node{[&](const Asked& asked) {
        const auto request = asked.as<kafka::FetchRequest>();
        kafka::FetchResponse response;
        auto& topic = response.responses.emplace_back();
        topic.topic_id = request.topics.at(0).topic_id;
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = request.topics[0].partitions.at(0).partition;
        partition.high_watermark = 42;
        if (++times == 1) partition.error_code = ErrorCode::not_leader_or_follower;
        partition.records.slices = {SharedSlice::of(batch(40, {"x", "y"}))};
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto fetched = fetch(cluster, {{{"t", 2}, 40}});
    ASSERT_TRUE(fetched.ok()) << fetched.error().what;
    EXPECT_EQ(node.broker.asked(ApiKey::fetch).size(), 2U);
    EXPECT_EQ(fetched->at(0).high_watermark, 42);
    EXPECT_THAT(values_from(fetched->at(0), 41, 42), ElementsAre("y"));
}

TEST(ListOffsets, answers_in_the_order_of_the_queries) {
    OneNode node{[&](const Asked& asked) {
        kafka::ListOffsetsResponse response;
        for (const auto& topic : asked.as<kafka::ListOffsetsRequest>().topics) {
            auto& answered = response.topics.emplace_back();
            answered.name = topic.name;
            for (auto it = topic.partitions.rbegin(); it != topic.partitions.rend(); ++it)
                answered.partitions.push_back({.partition_index = it->partition_index,
                                               .offset = std::int64_t{it->partition_index} * 10});
        }
        return answer(asked, response);
    }};
    auto cluster = node.connect();
    const auto found = list_offsets(cluster, {{{"t", 2}}, {{"u", 1}}, {{"t", 0}}});
    ASSERT_TRUE(found.ok()) << found.error().what;
    EXPECT_EQ(found->at(0).offset, 20);
    EXPECT_EQ(found->at(1).offset, 10);
    EXPECT_EQ(found->at(2).offset, 0);
}

}  // namespace
}  // namespace leat::client
