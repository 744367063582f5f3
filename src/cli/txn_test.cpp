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

    // Begins a transaction and writes a record in it.
    void write(const std::string& id) {
        kafka::InitProducerIdRequest init;
        init.transactional_id = id;
        init.transaction_timeout_ms = 60'000;
        const auto given = cluster.call<kafka::InitProducerIdResponse>(
            client::Target::coordinator_of_transactions(id), init);
        ASSERT_TRUE(given.ok()) << given.error().what;
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
