// An HTTP/1.1 client: keep-alive pools per origin, a deadline on every call, callbacks or
// coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace leat::net {

/// One call. Host, Content-Length and Connection are the client's; do not set them.
struct ClientRequest {
    std::string method = "GET";
    /// `http://host[:port]/path?query` or `https://…`, already percent-encoded; without a port, 80
    /// or 443.
    std::string url;
    http::Headers headers;
    std::string body;
    /// Becomes Content-Type; empty means none.
    std::string content_type;
    /// Set it for a POST or PATCH that the peer may safely receive twice (it carries an idempotency
    /// key): such a call is retried like a PUT when a pooled connection turns out to be dead.
    bool idempotent = false;
};

struct HttpClientOptions {
    /// Open connections to one host and port; calls beyond wait in order.
    std::size_t max_connections_per_origin = 32;
    /// Calls of one origin that wait for a connection; beyond: Errc::unavailable at once.
    std::size_t max_waiting_per_origin = 4096;
    /// Beyond: the call fails with Errc::too_large and the connection is closed.
    std::size_t max_response_bytes = std::size_t{8} * 1024 * 1024;
    /// Status line and header fields of an answer together.
    std::size_t max_header_bytes = std::size_t{32} * 1024;
    /// An unused connection older than this is not used again.
    std::chrono::milliseconds idle_timeout{30'000};
    /// For https: a PEM file of the authorities that are believed, in place of the system's. Read
    /// with the first such call. The host's name is always verified; TLS 1.2 is the oldest spoken.
    std::string tls_ca_file = {};
};

/// What a client has done since its start. Any thread may ask.
struct HttpClientStats {
    std::uint64_t calls = 0;
    std::uint64_t connections_opened = 0;
    std::uint64_t reused = 0;         // calls that took a pooled connection
    std::uint64_t stale_retries = 0;  // calls sent a second time, on a fresh connection
};

/// Gets the answer, whatever its status (a 500 is an answer), or why there is none: timed_out,
/// unavailable (refused, unresolvable, closed by the peer, a certificate that is not accepted),
/// too_large, corrupt (not HTTP), invalid_argument (url, tls_ca_file), cancelled (client closed).
/// Called once, on a thread of the executor.
using HttpCallback = std::function<void(Result<http::Response>)>;

/// Calls HTTP services. All methods are safe from any thread. A connection that the peer closed
/// before the first byte of an answer is retried once on a fresh one if it came from the pool and
/// the call is idempotent (or nothing of it was written); `Error::retriable` says whether asking
/// again cannot do harm. Lifetime: `clock` outlives the client.
class HttpClient {
public:
    HttpClient(boost::asio::any_io_executor executor, HttpClientOptions options,
               const Clock& clock);
    /// close()
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Sends `request`; `deadline` (of the monotonic clock) covers the wait for a connection, name
    /// lookup, connect, write and read.
    void call(const ClientRequest& request, MonoTime deadline, HttpCallback done);

    /// The same for coroutines: resumes on the awaiting coroutine's executor. If the coroutine is
    /// cancelled meanwhile the call still runs to its end or its deadline.
    boost::asio::awaitable<Result<http::Response>> call(ClientRequest request, MonoTime deadline);

    /// Fails all calls under way with Errc::cancelled and closes every connection. Idempotent.
    void close();

    HttpClientStats stats() const;

    class Core;

private:
    std::shared_ptr<Core> core_;
};

}  // namespace leat::net
