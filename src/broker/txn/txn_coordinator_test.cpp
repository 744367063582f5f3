// The transaction coordinator beside a log and partitions that answer when the test wants it.
#include "broker/txn/txn_coordinator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/txn/txn_records.hpp"

namespace leat::broker {
namespace {

using kafka::ErrorCode;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto v0 = TransactionVersion::v0;
constexpr auto v2 = TransactionVersion::v2;

// Keeps what it is asked for until answer_one().
class FakeSurroundings final : public TxnSurroundings {
public:
    TimestampMs wall_ms() const override { return now; }
    std::optional<std::int64_t> fresh_producer_id() override {
        if (!has_producer_ids) return std::nullopt;
        return next_producer_id++;
    }
    void write(std::int32_t partition, const StateRecord& record,
               std::function<void(ErrorCode)> done) override {
        log.emplace_back(partition, record);
        steps.push_back([this, done = std::move(done)] { done(write_outcome); });
    }
    void write_markers(const TxnMarkers& wanted, std::function<void(bool)> done) override {
        markers.push_back(wanted);
        steps.push_back([this, done = std::move(done)] { done(markers_written); });
    }
    bool answer_one() {
        if (steps.empty()) return false;
        const auto step = std::move(steps.front());
        steps.pop_front();
        step();
        return true;
    }
    void answer_all() {
        while (answer_one()) {
        }
    }

    TimestampMs now = 1'000'000;
    bool has_producer_ids = true;
    std::int64_t next_producer_id = 100;
    ErrorCode write_outcome = ErrorCode::none;
    bool markers_written = true;
    std::vector<std::pair<std::int32_t, StateRecord>> log;
    std::vector<TxnMarkers> markers;
    std::deque<std::function<void()>> steps;
};

class TxnCoordinatorTest : public testing::Test {
protected:
    void restart(const std::vector<TxnCoordinator::Found>& open = {}) {
        const auto log = around.log;
        around.steps.clear();
        around.markers.clear();
        txns = std::make_unique<TxnCoordinator>(TxnConfig{}, around);
        for (const auto& [partition, record] : log)
            ASSERT_TRUE(txns->replay(partition, record.key, record.value).ok());
        txns->loaded(open);
    }
    struct Answer {
        std::optional<ErrorCode> error;
        ProducerIdentity producer;
    };
    auto into(Answer& answer) {
        return [&answer](ErrorCode error, ProducerIdentity producer) {
            answer = {error, producer};
        };
    }
    // Asks, and answers all that is asked for it.
    ProducerIdentity init(const std::string& id = "t",
                          std::optional<ProducerIdentity> expected = std::nullopt) {
        Answer answer;
        txns->init_producer_id(id, 60'000, expected, into(answer));
        around.answer_all();
        EXPECT_EQ(answer.error, ErrorCode::none);
        return answer.producer;
    }
    ErrorCode init_error(const std::string& id, std::int32_t timeout_ms,
                         std::optional<ProducerIdentity> expected = std::nullopt) {
        Answer answer;
        txns->init_producer_id(id, timeout_ms, expected, into(answer));
        around.answer_all();
        return answer.error.value();
    }
    ErrorCode add(const ProducerIdentity& producer, const TopicPartition& partition,
                  TransactionVersion version = v0) {
        std::optional<ErrorCode> got;
        txns->add_partitions("t", producer, {partition}, version,
                             [&](ErrorCode error) { got = error; });
        return got.value();
    }
    Answer end(const ProducerIdentity& producer, bool commit, TransactionVersion version = v0) {
        Answer answer;
        txns->end("t", producer, commit, version, into(answer));
        around.answer_all();
        return answer;
    }
    TransactionState state() { return txns->find("t")->state; }

    const TopicPartition a{"a", 0};
    const TopicPartition b{"b", 1};
    FakeSurroundings around;
    std::unique_ptr<TxnCoordinator> txns = std::make_unique<TxnCoordinator>(TxnConfig{}, around);
};

TEST_F(TxnCoordinatorTest, gives_an_id_its_producer_and_each_who_comes_later_the_next_epoch) {
    EXPECT_EQ(init(), (ProducerIdentity{100, 0}));
    EXPECT_EQ(init(), (ProducerIdentity{100, 1}));
    EXPECT_EQ(init("other"), (ProducerIdentity{101, 0}));
}

TEST_F(TxnCoordinatorTest, refuses_empty_ids_and_timeouts_out_of_range) {
    EXPECT_EQ(init_error("", 1000), ErrorCode::invalid_request);
    EXPECT_EQ(init_error(std::string(40'000, 'x'), 1000), ErrorCode::invalid_request);
    EXPECT_EQ(init_error("t", 0), ErrorCode::invalid_transaction_timeout);
    EXPECT_EQ(init_error("t", 900'001), ErrorCode::invalid_transaction_timeout);
    around.has_producer_ids = false;
    EXPECT_EQ(init_error("t", 1000), ErrorCode::coordinator_not_available);
}

TEST_F(TxnCoordinatorTest, answers_the_end_when_the_markers_are_durable) {
    const auto producer = init();
    EXPECT_EQ(add(producer, a), ErrorCode::none);
    EXPECT_EQ(add(producer, b), ErrorCode::none);
    around.answer_all();
    Answer answer;
    txns->end("t", producer, true, v0, into(answer));
    EXPECT_THAT(around.markers, IsEmpty()) << "the outcome is not durable yet";
    around.answer_one();
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_THAT(around.markers[0].partitions, ElementsAre(a, b));
    EXPECT_TRUE(around.markers[0].commit);
    EXPECT_EQ(around.markers[0].producer, producer);
    EXPECT_FALSE(answer.error);
    around.answer_one();
    EXPECT_EQ(answer.error, ErrorCode::none);
    EXPECT_EQ(answer.producer, ProducerIdentity{});
    around.answer_all();
    EXPECT_EQ(state(), TransactionState::complete_commit);
}

TEST_F(TxnCoordinatorTest, begins_no_transaction_before_it_is_durable_that_the_last_one_ended) {
    const auto producer = init();
    add(producer, a);
    around.answer_all();
    Answer ended;
    txns->end("t", producer, true, v0, into(ended));
    around.answer_one();
    around.answer_one();
    ASSERT_EQ(ended.error, ErrorCode::none);
    std::optional<ErrorCode> added;
    txns->add_partitions("t", producer, {b}, v0, [&](ErrorCode error) { added = error; });
    EXPECT_FALSE(added);
    around.answer_one();
    EXPECT_EQ(added, ErrorCode::none);
    EXPECT_EQ(state(), TransactionState::ongoing);
    EXPECT_THAT(txns->find("t")->partitions, ElementsAre(b));
}

TEST_F(TxnCoordinatorTest, takes_an_end_that_comes_again_for_what_it_is) {
    const auto producer = init();
    add(producer, a);
    EXPECT_EQ(end(producer, true).error, ErrorCode::none);
    EXPECT_EQ(end(producer, true).error, ErrorCode::none);
    EXPECT_EQ(end(producer, false).error, ErrorCode::invalid_txn_state);
    EXPECT_EQ(around.markers.size(), 1U);
    add(producer, a);
    EXPECT_EQ(end(producer, false).error, ErrorCode::none);
    EXPECT_EQ(end(producer, false).error, ErrorCode::none);
    EXPECT_EQ(end(producer, true).error, ErrorCode::invalid_txn_state);
}

TEST_F(TxnCoordinatorTest, gives_each_transaction_of_version_2_an_epoch_of_its_own) {
    const auto first = init();
    add(first, a, v2);
    const auto ended = end(first, true, v2);
    EXPECT_EQ(ended.error, ErrorCode::none);
    EXPECT_EQ(ended.producer, (ProducerIdentity{first.id, 1}));
    EXPECT_EQ(around.markers[0].producer, ended.producer);
    EXPECT_TRUE(around.markers[0].has_own_epoch);
    EXPECT_EQ(end(first, true, v2).producer, ended.producer) << "its answer was lost";
    EXPECT_EQ(end(first, false, v2).error, ErrorCode::invalid_txn_state);
    EXPECT_EQ(add(first, a, v2), ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, lets_no_late_end_of_version_2_touch_the_next_transaction) {
    const auto first = init();
    add(first, a, v2);
    const auto second = end(first, true, v2).producer;
    add(second, a, v2);
    EXPECT_EQ(end(first, false, v2).error, ErrorCode::producer_fenced);
    EXPECT_EQ(end(first, true, v2).error, ErrorCode::producer_fenced);
    EXPECT_EQ(state(), TransactionState::ongoing);
}

TEST_F(TxnCoordinatorTest, ends_a_transaction_of_version_2_without_records_as_kafka_does) {
    const auto first = init();
    EXPECT_EQ(end(first, true, v2).error, ErrorCode::invalid_txn_state);
    const auto aborted = end(first, false, v2);
    EXPECT_EQ(aborted.error, ErrorCode::none);
    EXPECT_EQ(aborted.producer.epoch, 1);
    EXPECT_EQ(end(aborted.producer, true, v2).error, ErrorCode::invalid_txn_state);
    EXPECT_EQ(end(aborted.producer, false, v2).producer.epoch, 2);
}

TEST_F(TxnCoordinatorTest, gives_another_producer_id_when_the_epochs_are_used_up) {
    auto producer = init();
    for (int i = 0; i < 32'766; ++i) producer = end(producer, false, v2).producer;
    EXPECT_EQ(producer, (ProducerIdentity{100, 32'766}));
    add(producer, a, v2);
    const auto next = end(producer, true, v2);
    EXPECT_EQ(next.producer, (ProducerIdentity{101, 0}));
    EXPECT_EQ(around.markers.back().producer, (ProducerIdentity{100, 32'767}));
    EXPECT_EQ(end(producer, true, v2).producer, next.producer) << "its answer was lost";
    EXPECT_EQ(add(next.producer, a, v2), ErrorCode::none);
}

TEST_F(TxnCoordinatorTest, aborts_what_is_ongoing_for_whoever_comes_next_and_then_answers_him) {
    const auto first = init();
    add(first, a);
    const auto second = init();
    EXPECT_EQ(second, (ProducerIdentity{first.id, 2}));
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_FALSE(around.markers[0].commit);
    EXPECT_EQ(around.markers[0].producer.epoch, 1);
    EXPECT_EQ(end(first, true).error, ErrorCode::producer_fenced);
    EXPECT_EQ(add(first, a), ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, lets_a_producer_go_on_from_the_epoch_that_it_knows) {
    const auto first = init();
    const auto second = init("t", first);
    EXPECT_EQ(second, (ProducerIdentity{first.id, 1}));
    EXPECT_EQ(init("t", first), second) << "its answer was lost";
    const auto other = init();
    EXPECT_EQ(init_error("t", 1000, first), ErrorCode::producer_fenced);
    EXPECT_EQ(init_error("t", 1000, ProducerIdentity{999, 0}), ErrorCode::producer_fenced);
    EXPECT_EQ(init("t", other).epoch, 3);
}

TEST_F(TxnCoordinatorTest, aborts_what_is_older_than_its_timeout) {
    const auto producer = init();
    add(producer, a);
    around.answer_all();
    around.now += 60'000;
    txns->abort_timed_out();
    EXPECT_THAT(around.markers, IsEmpty());
    around.now += 1;
    txns->abort_timed_out();
    around.answer_all();
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_EQ(state(), TransactionState::complete_abort);
    EXPECT_EQ(end(producer, true).error, ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, tells_whether_a_partition_is_in_the_transaction) {
    const auto producer = init();
    EXPECT_EQ(txns->verify("t", producer, a), ErrorCode::transaction_abortable);
    add(producer, a);
    EXPECT_EQ(txns->verify("t", producer, a), ErrorCode::none);
    EXPECT_EQ(txns->verify("t", producer, b), ErrorCode::transaction_abortable);
    EXPECT_EQ(txns->verify("t", {producer.id, 9}, a), ErrorCode::producer_fenced);
    EXPECT_EQ(txns->verify("t", {9, 0}, a), ErrorCode::invalid_producer_id_mapping);
    EXPECT_EQ(txns->verify("unknown", producer, a), ErrorCode::invalid_producer_id_mapping);
}

TEST_F(TxnCoordinatorTest, knows_nothing_of_a_change_that_could_not_be_written) {
    const auto producer = init();
    add(producer, a);
    around.answer_all();
    around.write_outcome = ErrorCode::kafka_storage_error;
    EXPECT_EQ(end(producer, true).error, ErrorCode::not_coordinator);
    EXPECT_EQ(state(), TransactionState::ongoing);
    EXPECT_THAT(around.markers, IsEmpty());
}

TEST_F(TxnCoordinatorTest, keeps_what_is_decided_when_a_partition_cannot_be_written) {
    const auto producer = init();
    add(producer, a);
    around.markers_written = false;
    EXPECT_EQ(end(producer, true).error, ErrorCode::none);
    EXPECT_EQ(add(producer, a), ErrorCode::concurrent_transactions);
    around.markers_written = true;
    restart();
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_TRUE(around.markers[0].commit);
    around.answer_all();
    EXPECT_EQ(state(), TransactionState::complete_commit);
}

TEST_F(TxnCoordinatorTest, ends_after_a_start_what_was_decided_before_it) {
    const auto producer = init();
    add(producer, a);
    around.answer_all();
    Answer unheard;
    txns->end("t", producer, true, v0, into(unheard));
    around.answer_one();
    restart({{a, producer}});
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_TRUE(around.markers[0].commit);
    EXPECT_THAT(around.markers[0].partitions, ElementsAre(a));
    around.answer_all();
    EXPECT_EQ(end(producer, true).error, ErrorCode::none);
}

TEST_F(TxnCoordinatorTest, goes_on_after_a_start_with_what_was_ongoing) {
    const auto producer = init();
    add(producer, a);
    restart({{a, producer}, {b, producer}});
    EXPECT_THAT(around.markers, IsEmpty());
    EXPECT_EQ(end(producer, true).error, ErrorCode::none);
    EXPECT_THAT(around.markers.at(0).partitions, ElementsAre(a, b));
}

TEST_F(TxnCoordinatorTest, aborts_what_only_the_logs_tell_of_and_fences_its_producer) {
    const auto producer = init();
    add(producer, a);
    end(producer, true);
    restart({{a, producer}, {b, producer}});
    around.answer_all();
    ASSERT_EQ(around.markers.size(), 1U);
    EXPECT_FALSE(around.markers[0].commit);
    EXPECT_EQ(around.markers[0].producer.epoch, producer.epoch + 1);
    EXPECT_THAT(around.markers[0].partitions, ElementsAre(a, b));
    EXPECT_EQ(end(producer, true).error, ErrorCode::producer_fenced)
        << "else the end of the one before it would be taken for the answer";
}

TEST_F(TxnCoordinatorTest, aborts_what_nobody_can_end_any_more) {
    const auto first = init();
    const auto second = init();
    restart({{a, first}, {b, {7, 3}}});
    ASSERT_EQ(around.markers.size(), 2U);
    EXPECT_EQ(around.markers[0].producer, second);
    EXPECT_EQ(around.markers[1].producer, (ProducerIdentity{7, 3}));
    EXPECT_FALSE(around.markers[0].commit || around.markers[1].commit);
    EXPECT_EQ(state(), TransactionState::empty);
}

TEST_F(TxnCoordinatorTest, forgets_ids_that_nobody_uses) {
    const auto producer = init();
    around.now += 604'800'000;
    txns->expire();
    around.answer_all();
    EXPECT_EQ(txns->find("t"), nullptr);
    restart();
    EXPECT_EQ(txns->find("t"), nullptr);
    EXPECT_EQ(add(producer, a), ErrorCode::invalid_producer_id_mapping);
}

TEST_F(TxnCoordinatorTest, snapshots_what_the_end_of_its_log_says) {
    const auto producer = init();
    add(producer, a, v2);
    around.answer_all();
    Answer unheard;
    txns->end("t", producer, true, v2, into(unheard));
    const auto home = around.log.back().first;
    EXPECT_THAT(txns->snapshot(home), ElementsAre(around.log.back().second));
    EXPECT_THAT(txns->snapshot(home == 0 ? 1 : 0), IsEmpty());
    around.answer_all();
    EXPECT_THAT(txns->snapshot(home), ElementsAre(around.log.back().second));
}

TEST(TransactionRecords, are_read_back_as_they_were) {
    Transaction transaction;
    transaction.producer = {7, 3};
    transaction.previous_producer_id = 6;
    transaction.next_producer_id = 8;
    transaction.timeout_ms = 1234;
    transaction.state = TransactionState::prepare_commit;
    transaction.partitions = {{"a", 0}, {"a", 2}, {"b", 1}};
    transaction.started = 11;
    transaction.updated = 12;
    transaction.version = v2;
    const auto record = transaction_record("t", transaction);
    const auto decoded = decode_transaction_record(record.key, record.value);
    ASSERT_TRUE(decoded.ok() && *decoded);
    EXPECT_EQ((*decoded)->transactional_id, "t");
    EXPECT_EQ(transaction_record("t", *(*decoded)->transaction), record);
    const auto tombstone = transaction_tombstone("t");
    EXPECT_FALSE((*decode_transaction_record(tombstone.key, tombstone.value))->transaction);
}

}  // namespace
}  // namespace leat::broker
