// Transactions from request to answer, on a whole broker: what is seen, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/broker_calls.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using testing::ElementsAre;
using testing::IsEmpty;

class TransactionsApi : public testing::Test {
protected:
    TransactionsApi() { create_topic(rig, "t", 2); }

    static Config small() {
        auto config = BrokerRig::test_config();
        check(config.set("transaction.state.log.num.partitions", "2").ok(), "a key that exists");
        return config;
    }
    InitProducerIdResponse init(std::int32_t timeout_ms = 60'000, std::int16_t version = 4) {
        InitProducerIdRequest request;
        request.transactional_id = "x";
        request.transaction_timeout_ms = timeout_ms;
        return rig.ask<InitProducerIdResponse>(request, version);
    }
    void begin() {
        const auto given = init();
        ASSERT_EQ(given.error_code, ErrorCode::none);
        producer = {given.producer_id, given.producer_epoch};
        sequence = {};
    }
    ProduceRequest batch(const std::string& value, std::int32_t partition = 0) {
        BatchOptions options;
        options.producer_id = producer.id;
        options.producer_epoch = producer.epoch;
        options.base_sequence = sequence[partition]++;
        options.transactional = true;
        auto request = producing("t", value, options);
        request.transactional_id = "x";
        request.topic_data[0].partition_data[0].index = partition;
        return request;
    }
    static ErrorCode error_of(const ProduceResponse& response) {
        return response.responses.at(0).partition_responses.at(0).error_code;
    }
    ErrorCode produce(const std::string& value, std::int32_t partition = 0) {
        return error_of(rig.ask<ProduceResponse>(batch(value, partition), 12));
    }
    EndTxnRequest ending(bool commit) const {
        EndTxnRequest request;
        request.transactional_id = "x";
        request.producer_id = producer.id;
        request.producer_epoch = producer.epoch;
        request.committed = commit;
        return request;
    }
    ErrorCode end(bool commit) {
        const auto ended = rig.ask<EndTxnResponse>(ending(commit), 5);
        if (ended.error_code == ErrorCode::none) {
            producer = {ended.producer_id, ended.producer_epoch};
            sequence = {};
        }
        return ended.error_code;
    }
    // What a reader is given, without what was aborted, as clients leave it out.
    std::vector<std::string> committed(std::int32_t partition = 0) {
        auto request = fetching("t", 0, 0);
        request.isolation_level = 1;
        request.topics[0].partitions[0].partition = partition;
        const auto response = rig.ask<FetchResponse>(request, 12);
        return committed_values(response.responses.at(0).partitions.at(0));
    }
    std::int64_t stable_end() {
        ListOffsetsRequest request;
        request.isolation_level = 1;
        request.topics.emplace_back().name = "t";
        request.topics[0].partitions.push_back({.partition_index = 0, .timestamp = -1});
        return rig.ask<ListOffsetsResponse>(request, 7).topics.at(0).partitions.at(0).offset;
    }
    TxnOffsetCommitRequest committing(std::int64_t offset) const {
        TxnOffsetCommitRequest request;
        request.transactional_id = "x";
        request.group_id = "g";
        request.producer_id = producer.id;
        request.producer_epoch = producer.epoch;
        request.topics.push_back({"t", {{.partition_index = 0, .committed_offset = offset}}});
        return request;
    }
    ErrorCode commit_offset(std::int64_t offset, std::int16_t version = 5) {
        return rig.ask<TxnOffsetCommitResponse>(committing(offset), version)
            .topics.at(0)
            .partitions.at(0)
            .error_code;
    }
    OffsetFetchResponse::OffsetFetchResponseGroup::OffsetFetchResponseTopics::
        OffsetFetchResponsePartitions
        offset(bool stable) {
        OffsetFetchRequest request;
        request.require_stable = stable;
        request.groups.push_back(
            {.group_id = "g", .topics = {{{.name = "t", .partition_indexes = {0}}}}});
        return rig.ask<OffsetFetchResponse>(request, 8).groups.at(0).topics.at(0).partitions.at(0);
    }
    TransactionState state() { return rig.broker->transactions().coordinator().find("x")->state; }

    BrokerRig rig{small()};
    ProducerIdentity producer;
    std::map<std::int32_t, std::int32_t> sequence;
};

TEST_F(TransactionsApi, show_readers_of_committed_records_what_is_committed_and_nothing_else) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    EXPECT_THAT(committed(), IsEmpty());
    EXPECT_EQ(stable_end(), 0);
    ASSERT_EQ(end(true), ErrorCode::none);
    EXPECT_THAT(committed(), ElementsAre("a"));
    ASSERT_EQ(produce("b"), ErrorCode::none);
    ASSERT_EQ(produce("elsewhere", 1), ErrorCode::none);
    ASSERT_EQ(end(false), ErrorCode::none);
    ASSERT_EQ(produce("c"), ErrorCode::none);
    ASSERT_EQ(end(true), ErrorCode::none);
    EXPECT_THAT(committed(), ElementsAre("a", "c"));
    EXPECT_THAT(committed(1), IsEmpty());
    EXPECT_EQ(stable_end(), 6);
    EXPECT_THAT(values_of(rig.ask<FetchResponse>(fetching("t", 0, 0), 12)).size(), 6U)
        << "whoever reads all is given it all, markers too";
}

// Some clients look for every abort marker in the list, others for every one that is listed.
TEST_F(TransactionsApi, that_were_aborted_are_listed_up_to_a_fetch_from_their_marker_on) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    ASSERT_EQ(produce("b"), ErrorCode::none);
    ASSERT_EQ(end(false), ErrorCode::none);
    ASSERT_EQ(produce("c"), ErrorCode::none);
    ASSERT_EQ(end(true), ErrorCode::none);
    ASSERT_EQ(stable_end(), 5);
    for (std::int64_t from = 0; from <= 5; ++from) {
        auto request = fetching("t", from, 0);
        request.isolation_level = 1;
        const auto data = rig.ask<FetchResponse>(request, 12).responses.at(0).partitions.at(0);
        EXPECT_EQ(data.aborted_transactions->size(), from <= 2 ? 1U : 0U) << from;
        EXPECT_EQ(committed_values(data).size(), from <= 3 ? 1U : 0U) << from;
        request.isolation_level = 0;
        EXPECT_FALSE(rig.ask<FetchResponse>(request, 12)
                         .responses.at(0)
                         .partitions.at(0)
                         .aborted_transactions)
            << "whoever reads all would leave them out";
    }
}

TEST_F(TransactionsApi, of_older_producers_write_only_to_what_they_have_added) {
    begin();
    for (const auto version : {std::int16_t{9}, std::int16_t{11}}) {
        sequence = {};
        EXPECT_EQ(error_of(rig.ask<ProduceResponse>(batch("a"), version)),
                  version < 11 ? ErrorCode::invalid_txn_state : ErrorCode::transaction_abortable);
    }
    AddPartitionsToTxnRequest add;
    add.v3_and_below_transactional_id = "x";
    add.v3_and_below_producer_id = producer.id;
    add.v3_and_below_producer_epoch = producer.epoch;
    add.v3_and_below_topics = {{"t", {0}}};
    const auto added = rig.ask<AddPartitionsToTxnResponse>(add, 3);
    EXPECT_EQ(
        added.results_by_topic_v3_and_below.at(0).results_by_partition.at(0).partition_error_code,
        ErrorCode::none);
    sequence = {};
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(batch("a"), 11)), ErrorCode::none);
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 4).error_code, ErrorCode::none);
    EXPECT_THAT(committed(), ElementsAre("a"));
}

TEST_F(TransactionsApi, of_older_producers_are_not_verified_where_that_is_switched_off) {
    auto config = small();
    ASSERT_TRUE(config.set("transaction.partition.verification.enable", "false").ok());
    BrokerRig unverified{config};
    create_topic(unverified, "t");
    InitProducerIdRequest request;
    request.transactional_id = "x";
    request.transaction_timeout_ms = 1000;
    const auto given = unverified.ask<InitProducerIdResponse>(request, 4);
    producer = {given.producer_id, given.producer_epoch};
    EXPECT_EQ(error_of(unverified.ask<ProduceResponse>(batch("a"), 11)), ErrorCode::none);
}

TEST_F(TransactionsApi, add_nothing_if_a_partition_does_not_exist) {
    begin();
    AddPartitionsToTxnRequest add;
    add.v3_and_below_transactional_id = "x";
    add.v3_and_below_producer_id = producer.id;
    add.v3_and_below_producer_epoch = producer.epoch;
    add.v3_and_below_topics = {{"t", {0, 7}}};
    const auto added = rig.ask<AddPartitionsToTxnResponse>(add, 3);
    const auto& results = added.results_by_topic_v3_and_below.at(0).results_by_partition;
    EXPECT_EQ(results.at(0).partition_error_code, ErrorCode::operation_not_attempted);
    EXPECT_EQ(results.at(1).partition_error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(state(), TransactionState::empty);
}

TEST_F(TransactionsApi, fence_the_producer_that_was_before) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    const auto old = producer;
    begin();
    EXPECT_GT(producer.epoch, old.epoch);
    EXPECT_EQ(stable_end(), 2) << "what the one before had begun is aborted";
    std::swap(producer.epoch, const_cast<ProducerIdentity&>(old).epoch);
    EXPECT_EQ(produce("b"), ErrorCode::invalid_producer_epoch);
    EXPECT_EQ(end(true), ErrorCode::producer_fenced);
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 1).error_code,
              ErrorCode::invalid_producer_epoch);
}

TEST_F(TransactionsApi, are_aborted_when_their_time_is_over) {
    const auto given = init(1000);
    producer = {given.producer_id, given.producer_epoch};
    ASSERT_EQ(produce("a"), ErrorCode::none);
    rig.advance(std::chrono::seconds{12});
    EXPECT_EQ(stable_end(), 2);
    EXPECT_THAT(committed(), IsEmpty());
    EXPECT_EQ(end(true), ErrorCode::invalid_txn_state);
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 4).error_code, ErrorCode::producer_fenced);
    EXPECT_EQ(init(900'001).error_code, ErrorCode::invalid_transaction_timeout);
    EXPECT_EQ(init(0).error_code, ErrorCode::invalid_transaction_timeout);
}

TEST_F(TransactionsApi, make_offsets_hold_with_their_records) {
    begin();
    ASSERT_EQ(commit_offset(5), ErrorCode::none);
    EXPECT_EQ(offset(false).committed_offset, -1);
    EXPECT_EQ(offset(true).error_code, ErrorCode::unstable_offset_commit);
    ASSERT_EQ(end(true), ErrorCode::none);
    EXPECT_EQ(offset(true).committed_offset, 5);
    ASSERT_EQ(commit_offset(9), ErrorCode::none);
    EXPECT_EQ(offset(false).committed_offset, 5);
    ASSERT_EQ(end(false), ErrorCode::none);
    EXPECT_EQ(offset(true).committed_offset, 5);
    rig.kill_and_start();
    EXPECT_EQ(offset(true).committed_offset, 5);
}

TEST_F(TransactionsApi, carry_the_metadata_of_their_offsets) {
    begin();
    auto request = committing(5);
    request.topics[0].partitions[0].committed_metadata = "noted";
    request.topics[0].partitions[0].committed_leader_epoch = 3;
    rig.ask<TxnOffsetCommitResponse>(request, 5);
    ASSERT_EQ(end(true), ErrorCode::none);
    for (int life = 0; life < 2; ++life) {
        EXPECT_EQ(offset(true).metadata, "noted");
        EXPECT_EQ(offset(true).committed_leader_epoch, 3);
        rig.kill_and_start();
    }
}

TEST_F(TransactionsApi, of_older_producers_commit_offsets_of_groups_that_they_have_added) {
    begin();
    EXPECT_EQ(commit_offset(5, 3), ErrorCode::invalid_txn_state);
    EXPECT_EQ(commit_offset(5, 4), ErrorCode::transaction_abortable);
    AddOffsetsToTxnRequest add;
    add.transactional_id = "x";
    add.group_id = "g";
    add.producer_id = producer.id;
    add.producer_epoch = producer.epoch;
    EXPECT_EQ(rig.ask<AddOffsetsToTxnResponse>(add, 3).error_code, ErrorCode::none);
    EXPECT_EQ(commit_offset(5, 3), ErrorCode::none);
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 3).error_code, ErrorCode::none);
    EXPECT_EQ(offset(true).committed_offset, 5);
}

TEST_F(TransactionsApi, go_on_after_a_kill_and_end_as_was_decided) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    ASSERT_EQ(commit_offset(5), ErrorCode::none);
    rig.kill_and_start();
    EXPECT_EQ(offset(true).error_code, ErrorCode::unstable_offset_commit);
    ASSERT_EQ(produce("b"), ErrorCode::none);
    ASSERT_EQ(end(true), ErrorCode::none);
    EXPECT_THAT(committed(), ElementsAre("a", "b"));
    EXPECT_EQ(offset(true).committed_offset, 5);
}

// Flink's sink keeps id and epoch in its checkpoint; whoever restores it commits, perhaps again.
TEST_F(TransactionsApi, are_committed_by_whoever_knows_their_producer_and_as_often_as_he_likes) {
    begin();
    AddPartitionsToTxnRequest add;
    add.v3_and_below_transactional_id = "x";
    add.v3_and_below_producer_id = producer.id;
    add.v3_and_below_producer_epoch = producer.epoch;
    add.v3_and_below_topics = {{"t", {0}}};
    rig.ask<AddPartitionsToTxnResponse>(add, 3);
    ASSERT_EQ(error_of(rig.ask<ProduceResponse>(batch("a"), 9)), ErrorCode::none);
    rig.kill_and_start();
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 3).error_code, ErrorCode::none);
    rig.kill_and_start();
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(true), 3).error_code, ErrorCode::none);
    EXPECT_EQ(rig.ask<EndTxnResponse>(ending(false), 3).error_code, ErrorCode::invalid_txn_state);
    EXPECT_THAT(committed(), ElementsAre("a"));
    begin();
    EXPECT_THAT(committed(), ElementsAre("a")) << "the next producer of the id aborts nothing";
}

TEST_F(TransactionsApi, lose_nothing_that_was_committed_when_power_is_lost) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    ASSERT_EQ(commit_offset(5), ErrorCode::none);
    ASSERT_EQ(end(true), ErrorCode::none);
    ASSERT_EQ(produce("b"), ErrorCode::none);
    rig.lose_power();
    EXPECT_THAT(committed(), ElementsAre("a"));
    EXPECT_EQ(offset(true).committed_offset, 5);
    begin();
    EXPECT_EQ(stable_end(), rig.broker->topics().find("t")->partition(0)->log().high_watermark());
}

TEST_F(TransactionsApi, take_no_transactional_batch_without_a_transactional_id) {
    begin();
    auto request = batch("a");
    request.transactional_id.reset();
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(request, 12)),
              ErrorCode::transactional_id_authorization_failed);
}

TEST_F(TransactionsApi, of_records_that_are_deleted_while_the_disk_is_asked_are_not_looked_for) {
    auto config = small();
    ASSERT_TRUE(config.set("log.segment.bytes", "16384").ok());
    BrokerRig deleting{config};
    create_topic(deleting, "t");
    for (int i = 0; i < 8; ++i)
        deleting.ask<ProduceResponse>(producing("t", std::string(9000, 'x')), 9);
    deleting.kill_and_start();  // nothing is in memory
    auto request = fetching("t", 0, 0);
    request.isolation_level = 1;
    const auto answer = deleting.send<FetchResponse>(request, 12);
    ASSERT_FALSE(answer->has_value());
    auto& log = deleting.broker->topics().find("t")->partition(0)->log();
    ASSERT_EQ(log.delete_records(7), storage::LogFault::none);
    deleting.broker->flusher().save_checkpoints({});
    while (deleting.timers.run_due() || deleting.pool.run_one()) {
    }
    ASSERT_GT(log.closed_segments().empty() ? 7 : log.closed_segments().front().base_offset, 0);
    deleting.settle();
    EXPECT_EQ((*answer)->responses.at(0).partitions.at(0).error_code,
              ErrorCode::offset_out_of_range);
}

TEST_F(TransactionsApi, once_open_in_a_log_are_written_to_without_asking_the_coordinator) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    auto request = batch("b");
    request.transactional_id = "nobody knows it";
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(request, 12)), ErrorCode::none);
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(batch("c"), 9)), ErrorCode::none);
    request = batch("d", 1);
    request.transactional_id = "nobody knows it";
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(request, 12)),
              ErrorCode::invalid_producer_id_mapping);
    EXPECT_EQ(end(true), ErrorCode::none);
    EXPECT_THAT(committed(), ElementsAre("a", "b", "c"));
    --producer.epoch;
    sequence[0] = 3;
    EXPECT_EQ(error_of(rig.ask<ProduceResponse>(batch("e"), 12)),
              ErrorCode::invalid_producer_epoch);
}

TEST_F(TransactionsApi, tell_with_a_refusal_of_the_log_where_it_starts) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    sequence[0] = 7;
    const auto refused = rig.ask<ProduceResponse>(batch("b"), 12);
    EXPECT_EQ(error_of(refused), ErrorCode::out_of_order_sequence_number);
    EXPECT_EQ(refused.responses.at(0).partition_responses.at(0).log_start_offset, 0);
}

TEST_F(TransactionsApi, name_partitions_that_are_missing_before_they_look_at_the_producer) {
    begin();
    auto request = committing(5);
    request.producer_id = 4711;
    request.topics[0].partitions.push_back({.partition_index = 9, .committed_metadata = ""});
    const auto answer = rig.ask<TxnOffsetCommitResponse>(request, 3).topics.at(0).partitions;
    EXPECT_EQ(answer.at(0).error_code, ErrorCode::invalid_producer_id_mapping);
    EXPECT_EQ(answer.at(1).error_code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(TransactionsApi, leave_internal_topics_to_brokers) {
    begin();
    AddPartitionsToTxnRequest add;
    add.v3_and_below_transactional_id = "x";
    add.v3_and_below_producer_id = producer.id;
    add.v3_and_below_producer_epoch = producer.epoch;
    add.v3_and_below_topics = {{"__transaction_state", {0}}, {"t", {0}}};
    const auto added = rig.ask<AddPartitionsToTxnResponse>(add, 3).results_by_topic_v3_and_below;
    EXPECT_EQ(added.at(0).results_by_partition.at(0).partition_error_code,
              ErrorCode::topic_authorization_failed);
    EXPECT_EQ(added.at(1).results_by_partition.at(0).partition_error_code,
              ErrorCode::operation_not_attempted);
}

TEST_F(TransactionsApi, are_shown_to_operators) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    DescribeTransactionsRequest describe;
    describe.transactional_ids = {"x", "nosuch", ""};
    const auto described = rig.ask<DescribeTransactionsResponse>(describe, 0).transaction_states;
    EXPECT_EQ(described.at(0).transaction_state, "Ongoing");
    EXPECT_EQ(described.at(0).producer_id, producer.id);
    EXPECT_EQ(described.at(0).topics.at(0).partitions, (std::vector<std::int32_t>{0}));
    EXPECT_EQ(described.at(1).error_code, ErrorCode::transactional_id_not_found);
    EXPECT_EQ(described.at(2).error_code, ErrorCode::invalid_request);

    ListTransactionsRequest list;
    list.transactional_id_pattern = "x.*";
    list.state_filters = {"Ongoing", "Sleeping", "Dead", "Sleeping"};
    const auto listed = rig.ask<ListTransactionsResponse>(list, 2);
    EXPECT_THAT(listed.unknown_state_filters, ElementsAre("Sleeping"));
    ASSERT_EQ(listed.transaction_states.size(), 1U);
    EXPECT_EQ(listed.transaction_states[0].transactional_id, "x");
    list.transactional_id_pattern = "y";
    EXPECT_THAT(rig.ask<ListTransactionsResponse>(list, 2).transaction_states, IsEmpty());
    list.transactional_id_pattern = "(";
    EXPECT_EQ(rig.ask<ListTransactionsResponse>(list, 2).error_code,
              ErrorCode::invalid_regular_expression);

    DescribeProducersRequest producers;
    producers.topics.push_back({"t", {0, 1, 9}});
    const auto found = rig.ask<DescribeProducersResponse>(producers, 0).topics.at(0).partitions;
    ASSERT_EQ(found.at(0).active_producers.size(), 1U);
    EXPECT_EQ(found.at(0).active_producers[0].current_txn_start_offset, 0);
    EXPECT_THAT(found.at(1).active_producers, IsEmpty());
    EXPECT_EQ(found.at(2).error_code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(TransactionsApi, that_hang_are_ended_by_an_operators_marker) {
    begin();
    ASSERT_EQ(produce("a"), ErrorCode::none);
    WriteTxnMarkersRequest request;
    request.markers.push_back({.producer_id = producer.id,
                               .producer_epoch = producer.epoch,
                               .transaction_result = false,
                               .topics = {{"t", {0, 9}}},
                               .coordinator_epoch = 0});
    const auto marked = rig.ask<WriteTxnMarkersResponse>(request, 1).markers.at(0).topics.at(0);
    EXPECT_EQ(marked.partitions.at(0).error_code, ErrorCode::none);
    EXPECT_EQ(marked.partitions.at(1).error_code, ErrorCode::unknown_topic_or_partition);
    EXPECT_EQ(stable_end(), 2);
}

TEST_F(TransactionsApi, of_nobody_are_not_ended) {
    WriteTxnMarkersRequest request;
    request.markers.push_back({.producer_id = -1,
                               .producer_epoch = -1,
                               .transaction_result = true,
                               .topics = {{"t", {0}}},
                               .coordinator_epoch = 0});
    const auto marked = rig.ask<WriteTxnMarkersResponse>(request, 1).markers.at(0).topics.at(0);
    EXPECT_EQ(marked.partitions.at(0).error_code, ErrorCode::unknown_server_error);
    EXPECT_EQ(stable_end(), 0);
}

TEST_F(TransactionsApi, tell_clients_of_their_version) {
    const auto told = rig.ask<ApiVersionsResponse>(ApiVersionsRequest{}, 4);
    bool supported = false;
    for (const auto& feature : told.finalized_features)
        supported |= feature.name == "transaction.version" && feature.max_version_level == 2;
    EXPECT_TRUE(supported);
    for (const auto& feature :
         rig.ask<ApiVersionsResponse>(ApiVersionsRequest{}, 3).supported_features)
        EXPECT_NE(feature.name, "transaction.version") << "its lowest version is 0";
}

}  // namespace
}  // namespace leat::broker
