// Asks both brokers the same, and compares what they answer.
//
// Apache Kafka answers some requests with an error that says to come again, because of its own
// delays; ours waits or has none. Such an answer (come_again() below) is asked for again after a
// short pause, until it is another or the same as ours:
// - COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE: at first use;
// - CONCURRENT_TRANSACTIONS: while a transaction is being ended;
// - NOT_ENOUGH_REPLICAS: as which Produce passes these on to older clients;
// - NOT_LEADER_OR_FOLLOWER, UNKNOWN_TOPIC_ID: a topic was made a moment ago.
//
// Kafka checks transactional writes in one request to the coordinator for all clients that write at
// the time, and answers all of them in the words that suit the first (the operation with which
// AddPartitionsToTxnManager makes its data). So INVALID_TXN_STATE and TRANSACTION_ABORTABLE stand
// for each other when others write. And two of one transactional id (all scripts share the empty
// one) push each other out with INVALID_PRODUCER_EPOCH or NETWORK_EXCEPTION. Such refusals are
// asked for again a few times, too. Nothing else is asked twice.
#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>

#include "base/host_port.hpp"
#include "client/connection.hpp"
#include "dump.hpp"
#include "kafka/messages/produce.hpp"
#include "names.hpp"

namespace leat::requests {

/// What all scripts found. Any thread.
class Report {
public:
    void same(const std::string& what) {
        const std::lock_guard lock{mutex_};
        ++compared_[what];
    }
    void differs(const std::string& script, const std::string& text) {
        const std::lock_guard lock{mutex_};
        std::cout << "DIFFERS: " << script << ": " << text << std::endl;
        ++differences_;
    }
    const std::map<std::string, std::size_t>& compared() const { return compared_; }
    std::size_t differences() const { return differences_; }

private:
    std::mutex mutex_;
    std::map<std::string, std::size_t> compared_;
    std::size_t differences_ = 0;
};

struct Brokers {
    HostPort kafka;
    HostPort leat;
    TimestampMs started = 0;
};

/// One broker, as one script sees it.
class Side {
public:
    Side(HostPort peer, const std::string& scope, TimestampMs started)
        : peer_(std::move(peer)), names_{.scope = scope, .started = started} {}

    /// The answer in the script's words; nothing if the broker hangs up.
    template <class Response, class Request>
    std::optional<Response> ask(Request request, std::int16_t version) {
        to_real(request, names_);
        if (!connection_ || connection_->broken()) connect();
        const auto spoken = connection_->version_of(Request::api, Request::versions, version);
        if (!spoken || *spoken != version) return std::nullopt;
        auto answer = connection_->call<Response>(request, deadline(), version);
        if (!answer) return std::nullopt;
        if constexpr (requires { answer->throttle_time_ms; }) answer->throttle_time_ms = 0;
        level(*answer, names_);
        return std::move(*answer);
    }
    const Names& names() const { return names_; }

private:
    void connect() {
        auto opened = client::Connection::open(peer_, {.client_id = "requests"}, deadline());
        if (!opened) throw std::runtime_error{opened.error().what};
        connection_.emplace(std::move(*opened));
    }
    static MonoTime deadline() {
        return std::chrono::steady_clock::now() + std::chrono::seconds{30};
    }

    HostPort peer_;
    Names names_;
    std::optional<client::Connection> connection_;
};

bool come_again(const std::vector<kafka::ErrorCode>& codes);
bool may_be_mixed_up(const std::vector<kafka::ErrorCode>& codes);

/// A batch of a transaction that has ended, sent again: Kafka says where it was stored, and we that
/// its number was used before.
class Repetitions {
public:
    void level(kafka::ProduceResponse& theirs, const kafka::ProduceResponse& ours) {
        for (std::size_t t = 0; t < theirs.responses.size() && t < ours.responses.size(); ++t) {
            auto& topic = theirs.responses[t];
            const auto& our_partitions = ours.responses[t].partition_responses;
            for (std::size_t p = 0;
                 p < topic.partition_responses.size() && p < our_partitions.size(); ++p) {
                auto& answer = topic.partition_responses[p];
                if (answer.error_code != kafka::ErrorCode::none) continue;
                const bool is_new = stored_
                                        .emplace(topic.name + topic.topic_id.to_string(),
                                                 answer.index, answer.base_offset)
                                        .second;
                if (!is_new
                    && our_partitions[p].error_code
                           == kafka::ErrorCode::out_of_order_sequence_number)
                    answer = our_partitions[p];
            }
        }
    }

    static void forget_times(kafka::ProduceResponse& theirs, const kafka::ProduceResponse& ours) {
        for (std::size_t t = 0; t < theirs.responses.size() && t < ours.responses.size(); ++t) {
            auto& partitions = theirs.responses[t].partition_responses;
            const auto& our_partitions = ours.responses[t].partition_responses;
            for (std::size_t p = 0; p < partitions.size() && p < our_partitions.size(); ++p)
                if (partitions[p].error_code == kafka::ErrorCode::none
                    && partitions[p].base_offset == our_partitions[p].base_offset)
                    partitions[p].log_append_time_ms = our_partitions[p].log_append_time_ms;
        }
    }

private:
    std::set<std::tuple<std::string, std::int32_t, std::int64_t>> stored_;  // by Kafka
};

class Both {
public:
    Both(const Brokers& brokers, std::string name, std::string scope, Report& report)
        : name_(std::move(name)),
          report_(report),
          kafka_(brokers.kafka, scope, brokers.started),
          leat_(brokers.leat, scope, brokers.started) {}

    /// Kafka's answer; nothing if it hung up.
    template <class Response, class Request>
    std::optional<Response> ask(const Request& request,
                                std::int16_t version = Request::versions.max) {
        ++step_;
        const auto ours = leat_.ask<Response>(request, version);
        auto theirs = kafka_.ask<Response>(request, version);
        for (int tries = 0; theirs && theirs != ours && tries < most_tries; ++tries) {
            const auto codes = dump(*theirs, version).codes();
            if (!come_again(codes) && !(tries < few_tries && may_be_mixed_up(codes))) break;
            client::pause_for(short_pause);
            theirs = kafka_.ask<Response>(request, version);
            // What it took the first time is a repetition by now, and told with its timestamp.
            if constexpr (std::is_same_v<Response, kafka::ProduceResponse>)
                if (theirs && ours) Repetitions::forget_times(*theirs, *ours);
        }
        if constexpr (std::is_same_v<Response, kafka::ProduceResponse>)
            if (theirs && ours) repetitions_.level(*theirs, *ours);
        compare(request, version, theirs, ours);
        return theirs;
    }
    /// Asks the same many times, whatever comes back.
    template <class Response, class Request>
    void spin(const Request& request, std::int16_t version, int times) {
        const auto on = [&](Side& side) {
            for (int i = 0; i < times; ++i) side.ask<Response>(request, version);
        };
        std::thread other{[&] { on(kafka_); }};
        on(leat_);
        other.join();
    }
    /// Asks each until its answer `is_it`: for what happens at its own time.
    template <class Response, class Request>
    void wait_for(const Request& request, std::int16_t version,
                  const std::function<bool(const Response&)>& is_it) {
        for (auto* side : {&kafka_, &leat_})
            for (int tries = 0; tries < most_tries; ++tries) {
                const auto answer = side->template ask<Response>(request, version);
                if (answer && is_it(*answer)) break;
                client::pause_for(short_pause);
            }
    }

    /// What is said with the next differences.
    void say(std::string where) { where_ = std::move(where); }
    std::size_t differences() const { return differences_; }

private:
    static constexpr std::chrono::milliseconds short_pause{5};
    static constexpr int most_tries = 1000;
    static constexpr int few_tries = 10;

    template <class Response, class Request>
    void compare(const Request& request, std::int16_t version,
                 const std::optional<Response>& theirs, const std::optional<Response>& ours) {
        const auto api = "API " + std::to_string(static_cast<int>(Request::api));
        if (theirs == ours && theirs) return report_.same(api);
        const auto text = [version](const auto& answer) {
            return answer ? dump(*answer, version).text() : "hangs up, or does not speak it";
        };
        if (theirs == ours) {
            // Nobody answers: a mistake of the script.
            report_.differs(name_,
                            where_ + ": neither answers " + api + " v" + std::to_string(version));
        } else {
            report_.differs(name_, where_ + ", step " + std::to_string(step_) + ", " + api + " v"
                                       + std::to_string(version) + "\n    asked "
                                       + dump(request, version).text() + "\n    Kafka "
                                       + text(theirs) + "\n    Leat  " + text(ours));
        }
        ++differences_;
    }

    std::string name_;
    Report& report_;
    Side kafka_;
    Side leat_;
    std::string where_;
    std::size_t step_ = 0;
    Repetitions repetitions_;
    std::size_t differences_ = 0;
};

}  // namespace leat::requests
