#include "history_process.hpp"

#include "base/check.hpp"
#include "isolated_reads.hpp"

namespace leat::crash {
namespace {

constexpr int history_call_ms = 2000;
constexpr int most_history_calls = 30;
using Outcome = HistoryOp::Outcome;
using Step = HistoryStep::Kind;

}  // namespace

HistoryProcess::HistoryProcess(HistoryRecorder& recorder, HistoryPlan plan)
    : recorder_(recorder),
      plan_(std::move(plan)),
      random_(plan_.seed),
      next_(static_cast<std::size_t>(plan_.keys), 0) {
    thread_ = std::thread{[this] { run(); }};
}

HistoryProcess::~HistoryProcess() { thread_.join(); }

void HistoryProcess::run() {
    open_clients();
    for (std::size_t i = 0; i < plan_.operations; ++i) {
        if (std::exchange(crashed_, false) || pick(500) == 0) crash();
        if (pick(64) == 0) choose_places();
        const auto kind = pick(10);
        if (kind < 4)
            transaction();
        else if (kind < 7)
            plain_send();
        else
            plain_poll();
    }
    if (crashed_) crash();
    end_transactions();
    rd_kafka_consumer_close(consumer_.get());
    done_ = true;
}

void HistoryProcess::open_clients() {
    const auto report = [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
        auto& sent = *static_cast<Sent*>(message->_private);
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) sent.offset = message->offset;
        sent.is_delivered = true;
    };
    const auto producer = [&](Settings settings) {
        settings.emplace_back("linger.ms", "0");
        auto* conf = make_conf(plan_.bootstrap, settings);
        rd_kafka_conf_set_dr_msg_cb(conf, report);
        return make_client(RD_KAFKA_PRODUCER, conf);
    };
    plain_ = producer({{"enable.idempotence", "true"}, {"message.timeout.ms", "60000"}});
    transactional_ =
        producer({{"transactional.id", plan_.group_id + "-" + std::to_string(plan_.number)},
                  {"transaction.timeout.ms", "30000"}});
    is_open_ = false;
    choose_places();
}

void HistoryProcess::open_consumer() {
    consumer_ = make_client(RD_KAFKA_CONSUMER,
                            make_conf(plan_.bootstrap, {{"group.id", plan_.group_id},
                                                        {"isolation.level", "read_committed"},
                                                        {"auto.offset.reset", "earliest"},
                                                        {"enable.auto.commit", "false"},
                                                        {"enable.auto.offset.store", "false"},
                                                        {"session.timeout.ms", "6000"},
                                                        {"heartbeat.interval.ms", "300"},
                                                        {"fetch.wait.max.ms", "10"},
                                                        {"fetch.error.backoff.ms", "10"},
                                                        {"check.crcs", "true"}}));
    rd_kafka_poll_set_consumer(consumer_.get());
}

template <class Function>
HistoryProcess::Call HistoryProcess::call(const Function& function) const {
    for (int i = 0; i < most_history_calls; ++i) {
        const RdError error{function()};
        if (!error) return Call::done;
        if (rd_kafka_error_txn_requires_abort(error.get()) != 0) return Call::abort;
        if (rd_kafka_error_is_retriable(error.get()) == 0) return Call::give_up;
    }
    return Call::give_up;
}

// Whatever may be open under the id is ended by the next producer that has it.
void HistoryProcess::end_transactions() {
    for (int i = 0; i < most_history_calls; ++i) {
        if (is_open_) return;
        is_open_ =
            call([&] { return rd_kafka_init_transactions(transactional_.get(), history_call_ms); })
            == Call::done;
        if (!is_open_) crash();
    }
}

// All clients go as they stand, and others come.
void HistoryProcess::crash() {
    plain_.reset();
    transactional_.reset();
    sent_.clear();
    open_clients();
}

// Mostly all keys where the process stands; sometimes some of them, from further ahead of that; or
// those that the group gives it.
void HistoryProcess::choose_places() {
    repositioned_ = true;
    // By a consumer of its own: librdkafka 2.0.2 may end the process when one is assigned
    // partitions anew (rd_kafka_assignment_partition_stopped: rktp_started).
    if (consumer_) rd_kafka_consumer_close(consumer_.get());
    open_consumer();
    subscribed_ = pick(4) == 0;
    const auto list = make_list();
    if (subscribed_) {
        rd_kafka_topic_partition_list_add(list.get(), plan_.topic.c_str(), -1);
        rd_kafka_subscribe(consumer_.get(), list.get());
        return;
    }
    const bool all = pick(4) != 0;
    const bool back = pick(4) == 0;
    for (int key = 0; key < plan_.keys; ++key) {
        auto& next = next_[static_cast<std::size_t>(key)];
        if (back) next = std::max<std::int64_t>(0, next - static_cast<std::int64_t>(pick(50)));
        if (all || pick(2) == 0)
            rd_kafka_topic_partition_list_add(list.get(), plan_.topic.c_str(), key)->offset = next;
    }
    rd_kafka_assign(consumer_.get(), list.get());
}

HistoryOp HistoryProcess::begin_op(bool transactional) {
    first_sent_ = sent_.size();
    return {.process = plan_.number,
            .transactional = transactional,
            .repositioned = std::exchange(repositioned_, false),
            .subscribed = subscribed_};
}

void HistoryProcess::send_step(const RdClient& producer, HistoryOp& op) {
    const auto key = static_cast<int>(pick(static_cast<std::uint64_t>(plan_.keys)));
    const auto value = recorder_.next_value();
    auto& sent = sent_.emplace_back();
    sent.step = op.steps.size();
    op.steps.push_back({Step::send, key, -1, value});
    const auto error = send(producer, {.topic = plan_.topic,
                                       .partition = key,
                                       .key = "",
                                       .value = std::to_string(value),
                                       .opaque = &sent});
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) sent.is_delivered = true;
}

void HistoryProcess::poll_steps(HistoryOp& op, int most) {
    for (int timeout = 1; most > 0; --most, timeout = 0) {
        const RdMessage message{rd_kafka_consumer_poll(consumer_.get(), timeout)};
        if (!message) return;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        op.steps.push_back({Step::poll, message->partition, message->offset,
                            std::strtoll(text_in(*message).c_str(), nullptr, 10)});
        next_[static_cast<std::size_t>(message->partition)] = message->offset + 1;
    }
}

void HistoryProcess::take_offsets(HistoryOp& op) {
    for (auto i = first_sent_; i < sent_.size(); ++i)
        op.steps[sent_[i].step].offset = sent_[i].offset;
}

void HistoryProcess::plain_send() {
    auto op = begin_op(false);
    send_step(plain_, op);
    while (!sent_.back().is_delivered) rd_kafka_poll(plain_.get(), 100);
    take_offsets(op);
    if (op.steps[0].offset < 0) op.outcome = Outcome::unknown;
    recorder_.note(std::move(op));
    if (rd_kafka_fatal_error(plain_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) crash();
}

void HistoryProcess::plain_poll() {
    auto op = begin_op(false);
    poll_steps(op, 32);
    recorder_.note(std::move(op));
}

void HistoryProcess::transaction() {
    end_transactions();
    const auto begun = call([&] { return rd_kafka_begin_transaction(transactional_.get()); });
    if (begun != Call::done) return crash();
    auto op = begin_op(true);
    for (auto steps = 1 + pick(4); steps > 0; --steps) {
        if (pick(2) == 0)
            send_step(transactional_, op);
        else
            poll_steps(op, 8);
    }
    op.outcome = pick(8) == 0 ? abort(pick(2) == 0) : finish(op);
    rd_kafka_poll(transactional_.get(), 0);
    take_offsets(op);
    recorder_.note(std::move(op));
}

// Of one that is in doubt nothing is known; then the clients begin anew.
HistoryOp::Outcome HistoryProcess::finish(const HistoryOp& op) {
    bool has_polled = false;
    for (const auto& step : op.steps) has_polled |= step.kind == Step::poll;
    auto outcome = subscribed_ && has_polled ? send_offsets() : Call::done;
    if (outcome == Call::abort) return abort(false);
    if (outcome == Call::done)
        outcome = call(
            [&] { return rd_kafka_commit_transaction(transactional_.get(), history_call_ms); });
    if (outcome == Call::abort) return abort(false);
    if (outcome == Call::done) return Outcome::ok;
    crashed_ = true;
    return Outcome::unknown;
}

// Without a commit it cannot be committed, whoever ends it.
HistoryOp::Outcome HistoryProcess::abort(bool writes_all) {
    if (writes_all) rd_kafka_flush(transactional_.get(), history_call_ms);
    const auto outcome =
        call([&] { return rd_kafka_abort_transaction(transactional_.get(), history_call_ms); });
    if (outcome != Call::done) crashed_ = true;
    return Outcome::failed;
}

HistoryProcess::Call HistoryProcess::send_offsets() {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(consumer_.get(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return Call::done;
    const RdList list{assigned};
    for (int i = 0; i < list->cnt; ++i)
        list->elems[i].offset = next_[static_cast<std::size_t>(list->elems[i].partition)];
    auto* metadata = rd_kafka_consumer_group_metadata(consumer_.get());
    if (list->cnt == 0 || metadata == nullptr) return Call::done;
    const auto outcome = call([&] {
        return rd_kafka_send_offsets_to_transaction(transactional_.get(), list.get(), metadata,
                                                    history_call_ms);
    });
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return outcome;
}

void read_to_the_end(HistoryRecorder& recorder, const std::string& bootstrap,
                     const std::string& topic, int keys) {
    client::ClusterOptions options;
    options.bootstrap = bootstrap;
    auto cluster = client::Cluster::connect(options);
    check(cluster.ok(), "a broker that is ready can be reached");
    int process = 1000;
    for (const auto& contents :
         {read_isolated_with_librdkafka(bootstrap, topic, keys, Isolation::read_committed),
          read_isolated_with_fetch(*cluster, topic, keys, Isolation::read_committed)}) {
        HistoryOp op{.process = process++};
        for (int key = 0; key < keys; ++key)
            for (const auto& [offset, value] : contents[static_cast<std::size_t>(key)])
                op.steps.push_back(
                    {Step::poll, key, offset, std::strtoll(value.c_str(), nullptr, 10)});
        recorder.note(std::move(op));
    }
}

}  // namespace leat::crash
