// A transactional producer on the wire, request by request, in the older protocol or that of
// KIP-890; and an echo that says its requests again, late, over connections of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "base/host_port.hpp"
#include "client/connection.hpp"
#include "copy_judge.hpp"
#include "kafka/messages/transactions.hpp"

namespace leat::crash {

/// Connects anew when the broker was away. One thread.
class WireClient {
public:
    explicit WireClient(HostPort peer) : peer_(std::move(peer)) {}

    /// One try; nothing if there is no answer.
    template <class Response, class Request>
    std::optional<Response> try_once(const Request& request, std::int16_t most) {
        if (!connected()) return std::nullopt;
        auto answer =
            connection_->call<Response>(request, client::now() + std::chrono::seconds{10}, most);
        if (!answer || connection_->broken()) connection_.reset();
        if (!answer) return std::nullopt;
        return std::move(*answer);
    }

private:
    bool connected();

    HostPort peer_;
    std::optional<client::Connection> connection_;
};

/// Any thread says what is to be said again.
class Echo {
public:
    using Repeat = std::function<std::optional<kafka::ErrorCode>(WireClient&)>;

    explicit Echo(HostPort peer);
    ~Echo();
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    /// Once, after about `delay`.
    void say_again(Repeat request, std::chrono::milliseconds delay);
    /// Says everything that is left, and ends. How often it was answered with what.
    std::map<kafka::ErrorCode, std::size_t> finish();

private:
    void run();

    HostPort peer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<std::chrono::steady_clock::time_point, Repeat> due_;
    std::map<kafka::ErrorCode, std::size_t> answers_;
    bool finishing_ = false;
    std::thread thread_;
};

struct SessionPlan {
    HostPort peer;
    std::string topic;
    int partitions = 3;
    int number = 0;
    /// The transactional id.
    std::string name;
    std::uint64_t seed = 0;
    std::size_t transactions = 0;
    /// KIP-890: each transaction has an epoch of its own. Otherwise only InitProducerId gives a new
    /// one, every few transactions; what is said again comes from the epochs before.
    bool own_epochs = true;
};

class TxnSession {
public:
    /// `lives` counts the starts of the broker: only over one of them may a transaction fail.
    TxnSession(CopyJudge& judge, Echo& echo, const std::atomic<int>& lives, SessionPlan plan);
    ~TxnSession();
    TxnSession(const TxnSession&) = delete;
    TxnSession& operator=(const TxnSession&) = delete;

    bool is_done() const { return done_; }
    /// After its end: what may be committed of its group's offset; -1: nothing.
    const std::set<std::int64_t>& possible_offsets() const { return offsets_; }
    std::string group() const { return "group-" + id_; }

private:
    enum class Answer { good, refused };

    void run();
    bool find_coordinators();
    bool init();
    bool one_transaction();
    bool add_partitions(const std::set<std::int32_t>& partitions);
    bool produce(std::int32_t partition);
    bool commit_offset(std::int64_t offset);
    bool end(bool commit);
    /// Asks until there is an answer that a pause cannot change; what is echoed may come first.
    template <class Response, class Request>
    std::optional<Response> ask(const Request& request, std::int16_t most, bool echoed = true);
    template <class Response, class Request>
    void repeat_later(const Request& request, std::int16_t most);
    void let_go();
    bool refused(const std::string& what, kafka::ErrorCode code);
    std::uint64_t pick(std::uint64_t below) { return random_() % below; }

    CopyJudge& judge_;
    Echo& echo_;
    const std::atomic<int>& lives_;
    SessionPlan plan_;
    const std::string& id_ = plan_.name;
    std::mt19937_64 random_;
    WireClient wire_;
    std::int64_t producer_id_ = -1;
    std::int16_t epoch_ = -1;
    std::map<std::int32_t, std::int32_t> sequences_;
    std::deque<Echo::Repeat> held_;  // until the epoch is over
    std::size_t transaction_ = 0;
    int life_ = 0;  // in which it began
    std::int64_t written_ = 0;
    std::int64_t count_ = 0;
    std::set<std::int64_t> offsets_{-1};
    std::atomic<bool> done_{false};
    std::thread thread_;
};

}  // namespace leat::crash
