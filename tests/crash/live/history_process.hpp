// A process of Jepsen's Kafka workload: random sends, polls and transactions of both, over all
// keys; it notes what came of each.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "rdkafka.hpp"
#include "txn_history.hpp"

namespace leat::crash {

/// What all processes share. Any thread.
class HistoryRecorder {
public:
    std::int64_t next_value() { return ++last_value_; }
    /// Operations are numbered as they end.
    void note(HistoryOp op) {
        const std::lock_guard lock{mutex_};
        history_.add(std::move(op));
        ++count_;
    }
    std::size_t count() const { return count_; }
    /// Once all processes have ended.
    TxnHistory& history() { return history_; }

private:
    std::atomic<std::int64_t> last_value_{0};
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_;
    TxnHistory history_;
};

struct HistoryPlan {
    std::string bootstrap;
    std::string topic;
    /// Its partitions are the keys.
    int keys = 4;
    int number = 0;
    std::uint64_t seed = 0;
    std::size_t operations = 0;
    std::string group_id;
};

class HistoryProcess {
public:
    HistoryProcess(HistoryRecorder& recorder, HistoryPlan plan);
    ~HistoryProcess();
    HistoryProcess(const HistoryProcess&) = delete;
    HistoryProcess& operator=(const HistoryProcess&) = delete;

    bool is_done() const { return done_; }

private:
    /// What the delivery report says of a record: it may come long after the operation.
    struct Sent {
        std::size_t step;
        std::atomic<bool> is_delivered{false};
        std::atomic<std::int64_t> offset{-1};
    };
    enum class Call { done, abort, give_up };

    void run();
    void open_clients();
    void open_consumer();
    void end_transactions();
    void crash();
    void choose_places();
    HistoryOp begin_op(bool transactional);
    void plain_send();
    void plain_poll();
    void transaction();
    HistoryOp::Outcome finish(const HistoryOp& op);
    HistoryOp::Outcome abort(bool writes_all);
    Call send_offsets();
    template <class Function>
    Call call(const Function& function) const;
    void send_step(const RdClient& producer, HistoryOp& op);
    void poll_steps(HistoryOp& op, int most);
    void take_offsets(HistoryOp& op);
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }

    HistoryRecorder& recorder_;
    HistoryPlan plan_;
    std::mt19937_64 random_;
    RdClient plain_;
    RdClient transactional_;
    RdClient consumer_;
    std::deque<Sent> sent_;           // of the present clients; lives as long as they may report
    std::size_t first_sent_ = 0;      // of the present operation
    std::vector<std::int64_t> next_;  // where the consumer stands
    bool is_open_ = false;            // the transactional producer can be used
    bool crashed_ = false;            // the clients cannot be used any more
    bool repositioned_ = false;
    bool subscribed_ = false;
    std::atomic<bool> done_{false};
    std::thread thread_;
};

/// What a fresh reader of each kind is given of all keys, as operations of processes of their own.
void read_to_the_end(HistoryRecorder& recorder, const std::string& bootstrap,
                     const std::string& topic, int keys);

}  // namespace leat::crash
