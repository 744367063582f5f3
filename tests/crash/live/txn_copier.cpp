#include "txn_copier.hpp"

#include "base/check.hpp"

namespace leat::crash {
namespace {

constexpr int copier_call_ms = 2000;
constexpr int most_copier_calls = 20;
using Fate = CopyJudge::Fate;

}  // namespace

TxnCopier::TxnCopier(CopyJudge& judge, CopierPlan plan)
    : judge_(judge), plan_(std::move(plan)), random_(plan_.seed) {
    thread_ = std::thread{[this] { run(); }};
}

TxnCopier::~TxnCopier() {
    stopping_ = true;
    thread_.join();
}

void TxnCopier::run() {
    while (!stopping_ || must_come_back_) {
        if (!open()) {
            close(Go::leave);
            continue;
        }
        auto go = Go::on;
        while (!stopping_ && go == Go::on) go = one_transaction();
        close(go);
    }
}

template <class Call>
TxnCopier::Outcome TxnCopier::persistently(const Call& call) const {
    for (int i = 0; i < most_copier_calls; ++i) {
        const RdError error{call()};
        if (!error) return Outcome::done;
        if (rd_kafka_error_txn_requires_abort(error.get()) != 0) return Outcome::abort;
        if (rd_kafka_error_is_retriable(error.get()) == 0) return Outcome::give_up;
    }
    return Outcome::give_up;
}

bool TxnCopier::open() {
    const auto name = "copier-" + std::to_string(plan_.number);
    static constexpr std::array codecs{"none", "lz4", "zstd", "gzip", "snappy"};
    producer_ = make_client(RD_KAFKA_PRODUCER,
                            make_conf(plan_.bootstrap, {{"transactional.id", plan_.group_id + name},
                                                        {"transaction.timeout.ms", "20000"},
                                                        {"compression.codec", codecs[pick(5)]},
                                                        {"batch.size", "8000"},
                                                        {"linger.ms", pick(2) == 0 ? "0" : "2"}}));
    must_come_back_ = true;  // until the transaction of the life before is known to have ended
    const auto ready =
        persistently([&] { return rd_kafka_init_transactions(producer_.get(), copier_call_ms); });
    if (ready != Outcome::done || !end_old_life()) return false;
    must_come_back_ = false;
    Settings settings{
        {"group.id", plan_.group_id},     {"isolation.level", "read_committed"},
        {"session.timeout.ms", "2000"},   {"max.poll.interval.ms", "10000"},
        {"heartbeat.interval.ms", "300"}, {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"},  {"enable.auto.offset.store", "false"},
        {"fetch.wait.max.ms", "20"},      {"fetch.error.backoff.ms", "20"},
        {"check.crcs", "true"},           {"partition.assignment.strategy", "range,roundrobin"}};
    if (plan_.is_static) settings.emplace_back("group.instance.id", name);
    auto* conf = make_conf(plan_.bootstrap, settings);
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_rebalance_cb(conf, &TxnCopier::rebalanced);
    consumer_ = make_client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_poll_set_consumer(consumer_.get());
    const auto topics = make_list();
    rd_kafka_topic_partition_list_add(topics.get(), plan_.input.c_str(), -1);
    check(rd_kafka_subscribe(consumer_.get(), topics.get()) == 0, "a copier subscribes");
    return true;
}

// Now that another producer has the id, the one before it is a ghost: it must not be able to
// commit.
bool TxnCopier::end_old_life() {
    if (ghost_) {
        const auto committed =
            persistently([&] { return rd_kafka_commit_transaction(ghost_.get(), copier_call_ms); });
        if (committed == Outcome::done)
            judge_.anomaly("a producer commits although another has its id: @"
                           + std::to_string(died_in_.value_or(0)));
    }
    ghost_.reset();
    if (died_in_) judge_.set(*died_in_, Fate::aborted);
    died_in_.reset();
    return true;
}

void TxnCopier::close(Go how) {
    next_.clear();
    if (how == Go::die) {
        must_come_back_ = true;
        died_in_ = transaction_;
        // Not destroyed yet: librdkafka 2.0.2 ends the process when that happens while it is about
        // to send AddPartitionsToTxn (rd_kafka_txn_handle_AddPartitionsToTxn: txn_req_cnt > 0).
        ghost_ = std::move(producer_);
    }
    producer_.reset();
    if (!consumer_) return;
    const bool leaves = how != Go::die || pick(2) == 0;
    if (leaves) rd_kafka_consumer_close(consumer_.get());
    auto* consumer = consumer_.release();
    rd_kafka_destroy_flags(consumer, leaves ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

RdMessage TxnCopier::poll(int milliseconds) {
    RdMessage message{rd_kafka_consumer_poll(consumer_.get(), milliseconds)};
    if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) message.reset();
    return message;
}

void TxnCopier::rebalanced(rd_kafka_t* client, rd_kafka_resp_err_t what,
                           rd_kafka_topic_partition_list_t* list, void* self) {
    static_cast<TxnCopier*>(self)->rebalanced_ = true;
    rd_kafka_assign(client, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? list : nullptr);
}

// The generation is that in which the first record was given. A record that comes with a rebalance
// belongs to the next one: it is given back.
TxnCopier::Go TxnCopier::one_transaction() {
    auto message = poll(20);
    rebalanced_ = false;
    if (!message) return Go::on;
    const Metadata metadata{rd_kafka_consumer_group_metadata(consumer_.get())};
    if (!metadata) return Go::leave;
    const auto begun = persistently([&] { return rd_kafka_begin_transaction(producer_.get()); });
    if (begun != Outcome::done) return Go::leave;
    transaction_ = judge_.begin();
    next_.clear();
    for (auto left = 1 + pick(30); message && left > 0; --left) {
        copy(*message);
        message = left == 1 ? RdMessage{} : poll(5);
        if (rebalanced_) break;
    }
    if (!has_aborted_) return abort(true);
    const auto chance = static_cast<int>(pick(100));
    if (chance < plan_.deaths) {
        if (pick(2) == 0) rd_kafka_flush(producer_.get(), copier_call_ms);
        return Go::die;
    }
    // Half of those that were in a rebalance try to commit: as zombies, maybe.
    const bool wants_abort = chance < plan_.deaths + plan_.aborts || (rebalanced_ && pick(2) == 0);
    if (wants_abort) return abort(pick(2) == 0);
    return finish(metadata);
}

void TxnCopier::copy(const rd_kafka_message_t& message) {
    next_[message.partition] = message.offset + 1;
    for (const auto& output : judge_.outputs(message.partition, message.offset)) {
        const auto value = judge_.value_of(output, transaction_);
        // Before it is sent: a record that is not counted must not be there.
        judge_.sent(transaction_);
        // If it cannot be sent the transaction has failed, which its end will tell.
        (void)send(producer_, {.topic = plan_.output,
                               .partition = output.partition,
                               .key = output.key,
                               .value = value});
    }
    rd_kafka_poll(producer_.get(), 0);
}

TxnCopier::Go TxnCopier::finish(const Metadata& metadata) {
    const auto offsets = make_list();
    for (const auto& [partition, next] : next_)
        rd_kafka_topic_partition_list_add(offsets.get(), plan_.input.c_str(), partition)->offset =
            next;
    auto outcome = persistently([&] {
        return rd_kafka_send_offsets_to_transaction(producer_.get(), offsets.get(), metadata.get(),
                                                    copier_call_ms);
    });
    if (outcome == Outcome::done) {
        judge_.set(transaction_, Fate::in_doubt);
        outcome = persistently(
            [&] { return rd_kafka_commit_transaction(producer_.get(), copier_call_ms); });
    }
    switch (outcome) {
        case Outcome::done:
            judge_.set(transaction_, Fate::committed);
            return rebalanced_ && !rewind() ? Go::leave : Go::on;
        case Outcome::abort:
            return abort(false);
        case Outcome::give_up:
            break;
    }
    // In doubt until the next life has the id.
    must_come_back_ = true;
    return Go::leave;
}

TxnCopier::Go TxnCopier::abort(bool writes_all) {
    const bool all_written =
        writes_all && rd_kafka_flush(producer_.get(), copier_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
    const auto outcome =
        persistently([&] { return rd_kafka_abort_transaction(producer_.get(), copier_call_ms); });
    if (outcome != Outcome::done) {
        must_come_back_ = true;
        return Go::leave;
    }
    judge_.set(transaction_, Fate::aborted);
    has_aborted_ |= all_written;
    return rewind() ? Go::on : Go::leave;
}

// Back to what is committed.
bool TxnCopier::rewind() {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(consumer_.get(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    const RdList list{assigned};
    if (list->cnt == 0) return true;
    if (rd_kafka_committed(consumer_.get(), list.get(), copier_call_ms)
        != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    for (int i = 0; i < list->cnt; ++i) {
        auto& each = list->elems[i];
        if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
        if (each.offset < 0) each.offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    const RdError error{rd_kafka_seek_partitions(consumer_.get(), list.get(), copier_call_ms)};
    if (error) return false;
    for (int i = 0; i < list->cnt; ++i)
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    return true;
}

}  // namespace leat::crash
