// One connection to one broker: negotiates versions, then asks one question at a time. One thread.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "client/socket.hpp"
#include "kafka/header.hpp"
#include "kafka/messages/api_versions.hpp"

namespace leat::client {

struct ConnectionOptions {
    std::string client_id = "leat";
    /// The largest response that is accepted, in bytes. Memory grows with what really arrives.
    std::size_t max_response_bytes = std::size_t{256} << 20;
    /// A descriptor that ends every wait once it is readable (Errc::cancelled); -1: none.
    int interrupt = -1;
};

class Connection {
public:
    static constexpr std::int16_t any_version = std::numeric_limits<std::int16_t>::max();

    /// Connects and negotiates: ApiVersions v3, then what the broker asks for, then v0 on a fresh
    /// connection for brokers that hang up on v3. Errors: unavailable, timed_out, corrupt.
    static Result<Connection> open(const HostPort& peer, const ConnectionOptions& options,
                                   MonoTime deadline);

    /// Sends `request` at the highest version that both sides know, `max_version` at most, and
    /// waits for its response. Records in the response share its frame. Errors: unavailable,
    /// timed_out, corrupt (the connection is broken() then), unsupported (no common version).
    template <class Response, class Request>
    Result<Response> call(const Request& request, MonoTime deadline,
                          std::int16_t max_version = any_version) {
        static_assert(Response::api == Request::api, "a request and its own response");
        const auto version = version_of(Request::api, Request::versions, max_version);
        if (!version) return version.error();
        return exchange<Response>(request, *version, deadline);
    }

    /// The highest version of `api` within `ours` and `max_version` that the broker speaks.
    /// Error: unsupported.
    Result<std::int16_t> version_of(kafka::ApiKey api, kafka::Versions ours,
                                    std::int16_t max_version = any_version) const;

    /// What the broker said of itself: its APIs and features.
    const kafka::ApiVersionsResponse& spoken() const { return spoken_; }

    /// After an error in transport: this connection answers nothing any more.
    bool broken() const { return broken_; }
    const HostPort& peer() const { return peer_; }

private:
    Connection(HostPort peer, ConnectionOptions options, Socket socket)
        : peer_(std::move(peer)), options_(std::move(options)), socket_(std::move(socket)) {}

    template <class Response, class Request>
    Result<Response> exchange(const Request& request, std::int16_t version, MonoTime deadline) {
        const auto id = next_id_++;
        const auto frame = kafka::request_frame(request, version, id, options_.client_id);
        auto answer = round_trip(frame, deadline);
        if (!answer) return answer.error();
        auto opened = kafka::open_response<Response>(answer->bytes, version, answer->owner);
        if (!opened || opened->first != id) return malformed();
        return std::move(opened->second);
    }

    Result<bool> negotiate(std::int16_t version, MonoTime deadline);
    Result<SharedSlice> round_trip(const kafka::Frame& frame, MonoTime deadline);
    Result<SharedSlice> receive_frame(MonoTime deadline);
    Error broke(const Error& cause);
    Error malformed();

    HostPort peer_;
    ConnectionOptions options_;
    Socket socket_;
    kafka::ApiVersionsResponse spoken_;
    std::int32_t next_id_ = 1;
    bool broken_ = false;
};

/// The response to ApiVersions sent at `version`, in whichever form it came: a broker that does not
/// know the version answers in version 0 with UNSUPPORTED_VERSION (KIP-511). Nothing if malformed.
std::optional<kafka::ApiVersionsResponse> open_api_versions(ByteView frame, std::int16_t version,
                                                            std::int32_t correlation_id);

}  // namespace leat::client
