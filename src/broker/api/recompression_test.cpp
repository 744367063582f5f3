// Batches that a topic wants compressed anew: what waits for that, what does not, and in which
// order all of it is appended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::ElementsAre;
using testing::IsEmpty;
using PartitionOutcome = ProduceResponse::TopicProduceResponse::PartitionProduceResponse;
using ProduceAnswer = std::shared_ptr<std::optional<ProduceResponse>>;

constexpr BatchOptions as_it_is{.codec = Codec::gzip};

class Recompression : public testing::Test {
protected:
    Recompression() {
        create_topic(rig, "plain");
        create("zipped", {{"compression.type", "gzip"}});
    }
    void create(const std::string& name,
                const std::vector<std::pair<std::string, std::string>>& settings,
                std::int32_t partitions = 1) {
        CreateTopicsRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = name;
        topic.num_partitions = partitions;
        topic.replication_factor = 1;
        for (const auto& [key, value] : settings) topic.configs.push_back({key, value});
        ASSERT_EQ(rig.ask<CreateTopicsResponse>(request, 7).topics.at(0).error_code,
                  ErrorCode::none);
    }
    ProduceAnswer send(const std::string& topic, const std::string& value,
                       const BatchOptions& options = {}) {
        return rig.send<ProduceResponse>(producing(topic, value, options), 9);
    }
    void come_from(std::uint64_t connection) {
        rig.come_from({"/127.0.0.1", connection, "PLAINTEXT", {"127.0.0.1", 9092}, {}});
    }
    /// All that happens while nothing is compressed.
    void settle_but_compute() { rig.settle_but_compute_from(rig.compute.waiting()); }
    static ErrorCode error_of(const ProduceAnswer& answer) {
        return answer->has_value() ? partition_of(answer).error_code : ErrorCode::request_timed_out;
    }
    static const PartitionOutcome& partition_of(const ProduceAnswer& answer) {
        return (*answer)->responses.at(0).partition_responses.at(0);
    }
    std::vector<std::string> stored(const std::string& topic) {
        const auto fetched = rig.send<FetchResponse>(fetching(topic, 0, 0), 12);
        settle_but_compute();
        return fetched->has_value() ? values_of(**fetched) : std::vector<std::string>{"unread"};
    }
    storage::Log& log_of(const std::string& topic) {
        return rig.broker->topics().find(topic)->partition(0)->log();
    }

    BrokerRig rig;
};

TEST_F(Recompression, keeps_nobody_else_waiting) {
    const auto heavy = send("zipped", "heavy");
    const auto elsewhere = send("plain", "elsewhere");
    come_from(2);
    const auto another = send("zipped", "another", as_it_is);
    settle_but_compute();
    EXPECT_EQ(error_of(elsewhere), ErrorCode::none);
    EXPECT_EQ(error_of(another), ErrorCode::none);
    EXPECT_THAT(stored("zipped"), ElementsAre("another"));
    EXPECT_FALSE(heavy->has_value());
    rig.settle();
    EXPECT_EQ(error_of(heavy), ErrorCode::none);
    EXPECT_THAT(stored("zipped"), ElementsAre("another", "heavy"));
}

TEST_F(Recompression, is_not_overtaken_by_what_the_connection_sends_later) {
    std::vector<ProduceAnswer> answers;
    for (int i = 0; i < 5; ++i) {
        BatchOptions options{.producer_id = 7, .producer_epoch = 0, .base_sequence = i};
        if (i % 2 == 1) options.codec = Codec::gzip;
        answers.push_back(send("zipped", std::to_string(i), options));
    }
    EXPECT_EQ(rig.compute.waiting(), 1U) << "one at a time: the others hold but their requests";
    settle_but_compute();
    EXPECT_THAT(stored("zipped"), IsEmpty());
    rig.settle();
    for (const auto& answer : answers) EXPECT_EQ(error_of(answer), ErrorCode::none);
    EXPECT_THAT(stored("zipped"), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(Recompression, is_not_overtaken_within_a_request) {
    auto request = producing("zipped", "first");
    auto second = producing("zipped", "second", as_it_is);
    request.topic_data.push_back(std::move(second.topic_data.front()));
    const auto answer = rig.ask<ProduceResponse>(request, 9);
    EXPECT_EQ(answer.responses.at(0).partition_responses.at(0).base_offset, 0);
    EXPECT_EQ(answer.responses.at(1).partition_responses.at(0).base_offset, 1);
    EXPECT_THAT(stored("zipped"), ElementsAre("first", "second"));
}

TEST_F(Recompression, lets_what_follows_go_on_when_one_is_refused) {
    auto torn = producing("zipped", "torn");
    auto bytes = torn.topic_data.at(0).partition_data.at(0).records.bytes();
    const_cast<std::byte&>(bytes.back()) ^= std::byte{1};
    const auto refused = rig.send<ProduceResponse>(torn, 9);
    const auto sound = send("zipped", "sound");
    rig.settle();
    EXPECT_EQ(error_of(refused), ErrorCode::corrupt_message);
    EXPECT_EQ(error_of(sound), ErrorCode::none);
    EXPECT_THAT(stored("zipped"), ElementsAre("sound"));
}

TEST_F(Recompression, of_partitions_goes_on_side_by_side) {
    create("wide", {{"compression.type", "zstd"}}, 3);
    auto request = producing("wide", "x");
    for (int i = 1; i < 3; ++i) {
        auto more = producing("wide", "x").topic_data.front().partition_data.front();
        more.index = i;
        request.topic_data.front().partition_data.push_back(std::move(more));
    }
    rig.send<ProduceResponse>(request, 9);
    EXPECT_EQ(rig.compute.waiting(), 3U);
}

TEST_F(Recompression, ends_in_an_error_when_the_topic_is_deleted_meanwhile) {
    const auto heavy = send("zipped", "heavy");
    const auto behind = send("zipped", "behind", as_it_is);
    DeleteTopicsRequest request;
    request.topic_names = {"zipped"};
    const auto deleted = rig.send<DeleteTopicsResponse>(request, 4);
    settle_but_compute();
    ASSERT_TRUE(deleted->has_value());
    // Another of that name has nothing to do with it.
    CreateTopicsRequest again;
    auto& wanted = again.topics.emplace_back();
    wanted.name = "zipped";
    wanted.num_partitions = wanted.replication_factor = 1;
    const auto created = rig.send<CreateTopicsResponse>(again, 7);
    settle_but_compute();
    ASSERT_EQ((*created)->topics.at(0).error_code, ErrorCode::none);
    rig.settle();
    EXPECT_EQ(error_of(heavy), ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(error_of(behind), ErrorCode::unknown_topic_or_partition);
    EXPECT_THAT(stored("zipped"), IsEmpty());
}

TEST_F(Recompression, ends_in_an_error_when_the_log_goes_offline_meanwhile) {
    const auto heavy = send("zipped", "heavy");
    log_of("zipped").take_offline("a sync failed");
    rig.settle();
    EXPECT_EQ(error_of(heavy), ErrorCode::kafka_storage_error);
}

TEST_F(Recompression, under_way_at_the_end_appends_nothing_and_keeps_nobody_from_it) {
    ASSERT_EQ(error_of(send("zipped", "before", as_it_is)), ErrorCode::request_timed_out);
    rig.settle();
    const auto heavy = send("zipped", "heavy");
    const auto behind = send("zipped", "behind", as_it_is);
    EXPECT_TRUE(rig.restart().ok());
    EXPECT_FALSE(heavy->has_value());
    EXPECT_FALSE(behind->has_value());
    EXPECT_THAT(stored("zipped"), ElementsAre("before"));
    EXPECT_FALSE(log_of("zipped").open_report().unclean);
}

TEST_F(Recompression, holds_a_request_until_it_is_appended_and_no_longer) {
    const auto frame_of = [](const ProduceRequest& request) {
        const auto bytes = kafka::request_frame(request, 9, 7, "rig").flat();
        auto frame = std::make_shared<std::byte[]>(bytes.size() - 4);
        std::copy(bytes.begin() + 4, bytes.end(), frame.get());
        return std::pair{frame, bytes.size() - 4};
    };
    // What a connection accounts for lives as long as the function that it gave.
    const auto share = std::make_shared<int>();
    auto request = producing("zipped", "of a client that is gone");
    request.acks = 0;
    auto [frame, size] = frame_of(request);
    const std::weak_ptr<void> held = frame;
    rig.broker->handle(std::move(frame), size,
                       std::make_shared<ClientInfo>(
                           ClientInfo{"/127.0.0.1", 3, "PLAINTEXT", {"127.0.0.1", 9092}, {}}),
                       [share](const WireAnswer&) {});
    settle_but_compute();
    EXPECT_GT(share.use_count(), 1);
    EXPECT_FALSE(held.expired());
    rig.settle();
    EXPECT_EQ(share.use_count(), 1);
    EXPECT_TRUE(held.expired()) << "what is stored is not what came";
    EXPECT_THAT(stored("zipped"), ElementsAre("of a client that is gone"));
}

TEST_F(Recompression, without_acknowledgement_tells_of_an_error_by_closing_and_only_then) {
    auto request = producing("zipped", "sound");
    request.acks = 0;
    rig.send<ProduceResponse>(request, 9);
    EXPECT_FALSE(rig.last_kind.has_value() && *rig.last_kind == WireAnswer::Kind::none);
    rig.settle();
    EXPECT_EQ(rig.last_kind, WireAnswer::Kind::none);
    auto bytes = request.topic_data.at(0).partition_data.at(0).records.bytes();
    const_cast<std::byte&>(bytes.back()) ^= std::byte{1};
    rig.send<ProduceResponse>(request, 9);
    EXPECT_EQ(rig.last_kind, WireAnswer::Kind::none);
    rig.settle();
    EXPECT_EQ(rig.last_kind, WireAnswer::Kind::close);
}

TEST_F(Recompression, gives_the_time_of_the_append_where_the_log_sets_it) {
    create("timed", {{"compression.type", "lz4"}, {"message.timestamp.type", "LogAppendTime"}});
    const auto heavy = send("timed", "heavy");
    const auto sent = rig.clock.wall_ms();
    rig.clock.advance(std::chrono::milliseconds{70});
    rig.settle();
    ASSERT_EQ(error_of(heavy), ErrorCode::none);
    EXPECT_EQ(partition_of(heavy).log_append_time_ms, sent + 70);
    const auto fetched = rig.ask<FetchResponse>(fetching("timed", 0, 0), 12);
    const auto header =
        *BatchHeader::read(fetched.responses.at(0).partitions.at(0).records.bytes());
    EXPECT_TRUE(header.is_log_append_time());
    EXPECT_EQ(header.max_timestamp, sent + 70);
    EXPECT_EQ(header.codec(), Codec::lz4);
}

TEST_F(Recompression, goes_by_the_level_of_the_topic_from_the_next_batch_on) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += std::to_string(i * 7919 % 1000);
    create("levels", {{"compression.type", "zstd"}, {"compression.zstd.level", "-50"}});
    auto growth = [&, before = std::uint64_t{0}]() mutable {
        EXPECT_EQ(error_of(send("levels", text)), ErrorCode::request_timed_out);
        rig.settle();
        return log_of("levels").size() - std::exchange(before, log_of("levels").size());
    };
    const auto fast = growth();
    IncrementalAlterConfigsRequest request;
    request.resources.push_back(
        {.resource_type = 2,
         .resource_name = "levels",
         .configs = {{.name = "compression.zstd.level", .config_operation = 0, .value = "19"}}});
    ASSERT_EQ(rig.ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code,
              ErrorCode::none);
    EXPECT_LT(growth(), fast);
}

TEST_F(Recompression, is_asked_for_by_nothing_but_its_reasons) {
    send("plain", "small", {.codec = Codec::zstd});
    send("zipped", "as the topic wants it", as_it_is);
    EXPECT_EQ(rig.compute.waiting(), 0U);
    send("plain", std::string(1 << 20, '0'), {.codec = Codec::zstd});
    EXPECT_EQ(rig.compute.waiting(), 1U) << "to be inflated for long";
}

TEST_F(Recompression, of_what_a_compacted_topic_refuses_names_the_records) {
    create("keyed", {{"cleanup.policy", "compact"}, {"compression.type", "gzip"}});
    const auto refused = send("keyed", "without a key");
    rig.settle();
    EXPECT_EQ(error_of(refused), ErrorCode::invalid_record);
    ASSERT_EQ(partition_of(refused).record_errors.size(), 1U);
    EXPECT_EQ(partition_of(refused).record_errors[0].batch_index, 0);
    EXPECT_EQ(partition_of(refused).record_errors[0].batch_index_error_message,
              "Compacted topic cannot accept message without key.");
    EXPECT_TRUE(partition_of(refused).error_message.has_value());
    const auto older = rig.ask<ProduceResponse>(producing("keyed", "without a key"), 7);
    EXPECT_EQ(older.responses.at(0).partition_responses.at(0).error_code,
              ErrorCode::invalid_record);
    EXPECT_THAT(older.responses.at(0).partition_responses.at(0).record_errors, IsEmpty());
}

/// A transactional producer that writes to a topic which compresses anew.
class RecompressionInTransactions : public Recompression {
protected:
    RecompressionInTransactions() {
        InitProducerIdRequest request;
        request.transactional_id = "x";
        request.transaction_timeout_ms = 60'000;
        const auto given = rig.ask<InitProducerIdResponse>(request, 4);
        producer = {given.producer_id, given.producer_epoch};
    }
    ProduceRequest batch(const std::string& topic, const std::string& value, int sequence,
                         Codec codec = Codec::none) const {
        auto request = producing(topic, value,
                                 {.codec = codec,
                                  .producer_id = producer.id,
                                  .producer_epoch = producer.epoch,
                                  .base_sequence = sequence,
                                  .transactional = true});
        request.transactional_id = "x";
        return request;
    }
    ProduceAnswer send_in_transaction(const ProduceRequest& request, std::int16_t version) {
        return rig.send<ProduceResponse>(request, version);
    }
    void add(const std::string& topic) {
        AddPartitionsToTxnRequest request;
        request.v3_and_below_transactional_id = "x";
        request.v3_and_below_producer_id = producer.id;
        request.v3_and_below_producer_epoch = producer.epoch;
        request.v3_and_below_topics = {{topic, {0}}};
        const auto added = rig.ask<AddPartitionsToTxnResponse>(request, 3);
        ASSERT_EQ(added.results_by_topic_v3_and_below.at(0)
                      .results_by_partition.at(0)
                      .partition_error_code,
                  ErrorCode::none);
    }
    EndTxnRequest ending(bool commit) const {
        EndTxnRequest request;
        request.transactional_id = "x";
        request.producer_id = producer.id;
        request.producer_epoch = producer.epoch;
        request.committed = commit;
        return request;
    }
    ErrorCode end(bool commit, std::int16_t version) {
        const auto ended = rig.send<EndTxnResponse>(ending(commit), version);
        settle_but_compute();
        return ended->has_value() ? (*ended)->error_code : ErrorCode::request_timed_out;
    }

    ProducerIdentity producer;
};

TEST_F(RecompressionInTransactions, is_of_the_transaction) {
    const auto first = send_in_transaction(batch("zipped", "a", 0), 12);
    const auto second = send_in_transaction(batch("zipped", "b", 1, Codec::gzip), 12);
    rig.settle();
    EXPECT_EQ(error_of(first), ErrorCode::none);
    EXPECT_EQ(error_of(second), ErrorCode::none);
    EXPECT_EQ(end(true, 5), ErrorCode::none);
    const auto fetched = rig.ask<FetchResponse>(fetching("zipped", 0, 0), 12);
    EXPECT_EQ(values_of(fetched).size(), 3U) << "two records and a marker";
}

TEST_F(RecompressionInTransactions, begins_none_after_its_own_has_ended) {
    for (const auto version : {std::int16_t{9}, std::int16_t{11}, std::int16_t{12}}) {
        const auto topic = "of" + std::to_string(version);
        create(topic, {{"compression.type", "zstd"}});
        if (version < 12) add(topic);
        const auto heavy = send_in_transaction(batch(topic, "heavy", 0), version);
        settle_but_compute();
        EXPECT_EQ(rig.compute.waiting(), 1U);
        EXPECT_EQ(end(false, version < 12 ? 3 : 5), ErrorCode::none);
        rig.settle();
        EXPECT_NE(error_of(heavy), ErrorCode::none) << version;
        EXPECT_NE(error_of(heavy), ErrorCode::request_timed_out) << version;
        EXPECT_FALSE(log_of(topic).producers().has_transactions()) << "which nobody would end";
    }
}

TEST_F(RecompressionInTransactions, is_not_overtaken_while_the_coordinator_keeps_it_waiting) {
    send_in_transaction(batch("plain", "0", 0), 12);
    rig.settle();
    const auto ended = rig.send<EndTxnResponse>(ending(true), 3);
    // "zipped" is to be added once the transaction has ended; to "plain" it is open until then.
    auto both = batch("plain", "1", 1);
    both.topic_data.push_back(batch("zipped", "1", 0).topic_data.front());
    const auto first = send_in_transaction(both, 12);
    const auto second = send_in_transaction(batch("plain", "2", 2), 12);
    EXPECT_EQ(log_of("plain").end_offset(), 1) << "the second does not overtake the first";
    rig.settle();
    ASSERT_TRUE(ended->has_value());
    EXPECT_EQ((*ended)->error_code, ErrorCode::none);
    EXPECT_NE(error_of(first), ErrorCode::none) << "it came too late";
    EXPECT_NE(error_of(second), ErrorCode::none);
    EXPECT_NE(error_of(second), ErrorCode::request_timed_out);
    EXPECT_THAT(stored("plain").size(), 2U) << "the record and its marker";
    EXPECT_FALSE(log_of("plain").producers().has_transactions());
}

}  // namespace
}  // namespace leat::broker
