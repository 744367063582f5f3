// Test support: a broker of a few lines that answers on loopback as a test tells it to.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "client/cluster.hpp"
#include "kafka/header.hpp"

namespace leat::client {

/// One request as it arrived.
struct Asked {
    kafka::ApiKey api = kafka::ApiKey::api_versions;
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
    Bytes body;

    /// The request's fields; the test aborts if they are malformed.
    template <class Request>
    Request as() const {
        auto request = kafka::decode<Request>(body, version);
        check(request.has_value(), "the client's request is well-formed");
        return *request;
    }
};

/// Serves any number of connections on a thread of its own until it is destroyed.
class FakeBroker {
public:
    /// What to send back for a request: whole bytes of a frame, size first; nothing closes the
    /// connection, and empty bytes leave the request without an answer.
    using Script = std::function<std::optional<Bytes>(const Asked&)>;

    explicit FakeBroker(Script script);
    ~FakeBroker();
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// The requests of `api` so far, in order. Any thread; what the script has written is seen by
    /// whoever calls this afterwards.
    std::vector<Asked> asked(kafka::ApiKey api) const;

private:
    void serve();
    bool serve_one(int descriptor);

    Script script_;
    int listener_ = -1;
    int wake_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Asked> log_;
    std::thread thread_;
};

/// A script's answer to `asked`.
template <class Response>
Bytes answer(const Asked& asked, const Response& response) {
    return kafka::response_frame(response, asked.version, asked.correlation_id).flat();
}

/// Answers ApiVersions (all APIs of this program at their full ranges) and Metadata (node 1 at
/// `port`, leading `partitions` partitions of each asked topic); asks `rest` for everything else.
FakeBroker::Script with_one_node(const std::atomic<std::uint16_t>& port, std::int32_t partitions,
                                 FakeBroker::Script rest);

/// What a test connects with: it has no time to wait between attempts.
ClusterOptions options_for(const std::string& bootstrap);

/// A broker of one node with 3 partitions of each topic, whose script knows its port.
struct OneNode {
    explicit OneNode(FakeBroker::Script rest) : broker(with_one_node(port, 3, std::move(rest))) {
        port = broker.port();
    }
    Cluster connect() const;

    std::atomic<std::uint16_t> port = 0;
    FakeBroker broker;
};

}  // namespace leat::client
