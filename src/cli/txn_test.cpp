// `leat txn`, on a broker.
#include "cli/leat_for_test.hpp"
#include "kafka/messages/all.hpp"
#include "kafka/record_batch.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Txn : public ::testing::Test {
protected:
    Txn() { broker.run({"topic", "create", "orders"}); }

    // Begins a transaction and writes a record in it; gives its producer.
    kafka::InitProducerIdResponse write(const std::string& id) {
        kafka::InitProducerIdResponse producer;
        write_as(id, producer);
        return producer;
    }
    void commit(const std::string& id, const kafka::InitProducerIdResponse& producer) {
        kafka::EndTxnRequest end;
        end.transactional_id = id;
        end.producer_id = producer.producer_id;
        end.producer_epoch = producer.producer_epoch;
        end.committed = true;
        const auto ended = cluster.call<kafka::EndTxnResponse>(
            client::Target::coordinator_of_transactions(id), end);
        ASSERT_TRUE(ended.ok()) << ended.error().what;
        ASSERT_EQ(ended->error_code, kafka::ErrorCode::none);
    }
    void write_as(const std::string& id, kafka::InitProducerIdResponse& producer) {
        kafka::InitProducerIdRequest init;
        init.transactional_id = id;
        init.transaction_timeout_ms = 60'000;
        const auto given = cluster.call<kafka::InitProducerIdResponse>(
            client::Target::coordinator_of_transactions(id), init);
        ASSERT_TRUE(given.ok()) << given.error().what;
        producer = *given;
        kafka::NewRecord record;
        record.value = as_bytes("x");
        kafka::ProduceRequest produce;
        produce.acks = -1;
        produce.transactional_id = id;
        auto& topic = produce.topic_data.emplace_back();
        topic.name = "orders";
        topic.partition_data.emplace_back().records.slices = {SharedSlice::of(
            kafka::build_batch({&record, 1}, {.producer_id = given->producer_id,
                                              .producer_epoch = given->producer_epoch,
                                              .base_sequence = 0,
                                              .transactional = true}))};
        const auto written = cluster.call<kafka::ProduceResponse>(client::Target::any(), produce,
                                                                  {.max_version = 12});
        ASSERT_TRUE(written.ok()) << written.error().what;
        ASSERT_EQ(written->responses.at(0).partition_responses.at(0).error_code,
                  kafka::ErrorCode::none);
    }

    LiveBroker broker;
    client::Cluster cluster = broker.connect();
};

TEST_F(Txn, lists_ids_with_their_states) {
    write("a");
    write("b");
    EXPECT_THAT(broker.run({"txn", "list"}), AllOf(HasSubstr("a "), HasSubstr("Ongoing")));
    EXPECT_THAT(broker.run({"txn", "list", "b"}), Not(HasSubstr("a  ")));
    EXPECT_THAT(broker.run({"txn", "list", "--state", "Empty"}), Not(HasSubstr("Ongoing")));
    EXPECT_THAT(broker.run({"txn", "list", "--longer-than", "1h"}), Not(HasSubstr("Ongoing")));
    EXPECT_THAT(broker.run({"txn", "list", "--json"}),
                HasSubstr(R"("transactional_id":"a","state":"Ongoing")"));
}

TEST_F(Txn, describes_what_was_written_to_and_since_when) {
    write("a");
    EXPECT_THAT(broker.run({"txn", "describe", "a"}),
                AllOf(HasSubstr("Ongoing"), HasSubstr("begun "), HasSubstr("orders")));
    EXPECT_THAT(broker.run({"txn", "describe", "a", "--json"}),
                AllOf(HasSubstr(R"("timeout_ms":60000)"), HasSubstr(R"("topic":"orders")")));
    broker.run({"txn", "describe", "nosuch"}, exit_not_found);
}

TEST_F(Txn, aborts_what_was_begun_and_fences_who_began_it) {
    write("a");
    EXPECT_THAT(broker.run({"txn", "abort", "a"}), HasSubstr("fenced its producer"));
    EXPECT_THAT(broker.run({"txn", "list", "a"}), Not(HasSubstr("Ongoing")));
    EXPECT_EQ(broker.run({"consume", "orders", "-e"}), "");
    EXPECT_EQ(broker.run({"consume", "orders", "-e", "--uncommitted"}), "x\n");
    broker.run({"txn", "abort", "nosuch"}, exit_not_found);
    EXPECT_THAT(broker.run({"txn", "list", "nosuch"}), Not(HasSubstr("nosuch")))
        << "none is made by that";
}

// The last offset before the end is a marker, which no reader is ever given.
TEST_F(Txn, lets_who_reads_to_the_end_come_there_and_lag_by_nothing) {
    for (const bool commits : {true, false}) {
        const auto producer = write("a");
        if (commits)
            commit("a", producer);
        else
            broker.run({"txn", "abort", "a"});
        const std::string seen = commits ? "x\n" : "";
        EXPECT_EQ(broker.run({"consume", "orders", "-g", "g", "-e"}), seen);
        EXPECT_THAT(broker.run({"group", "describe", "g"}), HasSubstr("lag 0 in 1 partition"));
        EXPECT_EQ(broker.run({"consume", "orders", "-g", "g", "-e"}), "");
        EXPECT_EQ(broker.run({"consume", "orders", "-e"}), "x\n");
        EXPECT_EQ(broker.run({"consume", "orders", "--until", "end"}), "x\n");
        EXPECT_EQ(broker.run({"consume", "orders", "-o", "-1", "-e"}), "");
        EXPECT_EQ(broker.run({"consume", "orders", "-o", "end", "-e"}), "");
        const std::string end = commits ? "2" : "4";
        EXPECT_EQ(broker.run({"consume", "orders", "--until", end}), "x\n");
    }
    write("a");  // and is open
    EXPECT_EQ(broker.run({"consume", "orders", "-e"}), "x\n");
    EXPECT_EQ(broker.run({"consume", "orders", "-g", "g", "-e"}), "");
    EXPECT_THAT(broker.run({"group", "describe", "g"}), HasSubstr("lag 1 in 1 partition"));
}

TEST_F(Txn, leaves_alone_what_a_coordinator_knows_of) {
    write("a");
    EXPECT_THAT(broker.run({"txn", "abort-hanging", "orders:0"}),
                HasSubstr("no transaction hangs in orders-0"));
    EXPECT_THAT(broker.run({"txn", "list", "a"}), HasSubstr("Ongoing"));
    broker.run({"txn", "abort-hanging", "orders"}, exit_usage);
    broker.run({"txn", "abort"}, exit_usage);
}

}  // namespace
}  // namespace leat::cli
