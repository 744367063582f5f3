// Asks both brokers the same, and compares what they answer.
#pragma once

#include <chrono>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "../requests/dump.hpp"
#include "base/host_port.hpp"
#include "client/connection.hpp"
#include "decisions.hpp"
#include "levelled.hpp"

namespace leat::configs {

constexpr std::int8_t topic_type = 2;
constexpr std::int8_t broker_type = 4;

class Both {
public:
    Both(HostPort kafka, HostPort leat)
        : kafka_(connect(std::move(kafka))), leat_(connect(std::move(leat))) {}

    /// What is said with the next differences.
    void say(std::string where) { where_ = std::move(where); }
    const std::string& where() const { return where_; }

    /// Of what changes nothing: Kafka is asked again for a while if it answers otherwise, since a
    /// broker of it sees changes a moment after its controller has acknowledged them.
    template <class Response, class Request>
    void ask(const Request& request, std::int16_t version = Request::versions.max) {
        compare<Response>(request, version, most_tries);
    }
    /// Of what changes something.
    template <class Response, class Request>
    void change(const Request& request, std::int16_t version = Request::versions.max) {
        compare<Response>(request, version, 1);
    }

    client::Connection& kafka() { return kafka_; }
    client::Connection& leat() { return leat_; }
    static MonoTime deadline() {
        return std::chrono::steady_clock::now() + std::chrono::seconds{30};
    }
    template <class Response, class Request>
    static Response call(client::Connection& connection, const Request& request,
                         std::int16_t version) {
        auto answer = connection.call<Response>(request, deadline(), version);
        if (!answer) throw std::runtime_error{answer.error().what};
        return std::move(*answer);
    }

    void differs(const std::string& text) {
        std::cout << "DIFFERS: " << where_ << ": " << text << std::endl;
        ++differences_;
    }
    void same() { ++same_; }
    std::size_t differences() const { return differences_; }
    std::size_t compared() const { return same_; }
    /// Those of decisions.hpp that were met with.
    const std::set<const Decision*>& met() const { return met_; }
    void meet(const Decision& decision) { met_.insert(&decision); }

private:
    static constexpr int most_tries = 100;
    static constexpr std::chrono::milliseconds pause{10};

    static client::Connection connect(HostPort peer) {
        auto opened = client::Connection::open(peer, {.client_id = "configs"}, deadline());
        if (!opened) throw std::runtime_error{opened.error().what};
        return std::move(*opened);
    }

    template <class Response, class Request>
    Response levelled(client::Connection& connection, const Request& request,
                      std::int16_t version) {
        auto answer = call<Response>(connection, request, version);
        answer.throttle_time_ms = 0;
        level(answer);
        return answer;
    }

    template <class Response, class Request>
    void compare(const Request& request, std::int16_t version, int tries) {
        auto ours = levelled<Response>(leat_, request, version);
        std::optional<Response> theirs;
        Response shown;
        for (int i = 0; i < tries; ++i) {
            if (theirs) client::pause_for(pause);
            theirs = levelled<Response>(kafka_, request, version);
            shown = ours;
            settle(*theirs, shown);
            if (*theirs == shown) return same();
        }
        differs("API " + std::to_string(static_cast<int>(Request::api)) + " v"
                + std::to_string(version) + "\n    asked " + requests::dump(request, version).text()
                + difference(*theirs, shown, version));
    }

    template <class Response>
    std::string difference(const Response& theirs, const Response& ours, std::int16_t version) {
        return "\n    Kafka " + requests::dump(theirs, version).text() + "\n    Leat  "
               + requests::dump(ours, version).text();
    }
    std::string difference(const kafka::DescribeConfigsResponse& theirs,
                           const kafka::DescribeConfigsResponse& ours, std::int16_t version);

    // Takes away what is decided to differ.
    template <class Response>
    void settle(Response&, Response&) {}
    void settle(kafka::DescribeConfigsResponse& theirs, kafka::DescribeConfigsResponse& ours);

    client::Connection kafka_;
    client::Connection leat_;
    std::string where_;
    std::size_t differences_ = 0;
    std::size_t same_ = 0;
    std::set<const Decision*> met_;
};

void compare_apis(Both& both);
void compare_described(Both& both);
void compare_alters(Both& both);
void compare_creates(Both& both);

}  // namespace leat::configs
