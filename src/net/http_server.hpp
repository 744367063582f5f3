// An HTTP/1.1 server: keep-alive, pipelining, limits on everything, answers from any thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
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

class TlsContext;

/// The one answer to one request. Copies share it. Calling is allowed later and from any thread,
/// also when the connection or the server is gone. When the last copy dies unused, the server
/// answers 500 in its place, so a forgotten request never hangs a connection.
class Responder {
public:
    class Slot;

    Responder() = default;
    explicit Responder(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}

    /// Answers. The first call wins and returns true; later calls do nothing and return false.
    /// The bytes leave in the order of the requests, whatever the order of the calls.
    bool operator()(http::Response response) const;

private:
    std::shared_ptr<Slot> slot_;
};

/// Called once for each whole request, on a thread of the server's executor; never for two requests
/// of one connection at the same time. It must not block. An exception is answered with 500.
using HttpHandler = std::function<void(http::Request, Responder)>;

struct HttpServerOptions {
    /// Request line and header fields together; beyond: 431 and close. At least 256.
    std::size_t max_header_bytes = std::size_t{16} * 1024;
    /// Beyond: 413 and close.
    std::size_t max_body_bytes = std::size_t{1024} * 1024;
    /// Open connections; a further one is answered 503 and closed.
    std::size_t max_connections = 4096;
    /// Requests handed to the handler and not answered, in all; a further one is answered 503.
    std::size_t max_in_flight = std::size_t{16} * 1024;
    /// Requests of one connection that wait for an answer; beyond it is read no further.
    std::size_t max_pipelined = 64;
    /// From the first byte of a request to the end of its header; beyond: 408 and close.
    std::chrono::milliseconds header_timeout{10'000};
    /// From the end of the header to the end of the body; beyond: 408 and close.
    std::chrono::milliseconds body_timeout{30'000};
    /// Without any request: closed silently.
    std::chrono::milliseconds idle_timeout{60'000};
    /// For the peer to take an answer that is being written: closed.
    std::chrono::milliseconds write_timeout{30'000};
    /// How often timeouts are looked at: they are late by up to this much.
    std::chrono::milliseconds tick{250};
    /// How long a client should wait after a 503, as Retry-After, whole seconds.
    std::chrono::seconds retry_after{1};
    /// With it the server speaks TLS and nothing else.
    std::shared_ptr<TlsContext> tls = nullptr;
    /// The flag that chooses another address, for the errors of listen(); empty: there is none.
    std::string listen_flag = {};
};

/// What a server has done since its start. Any thread may ask.
struct HttpServerStats {
    std::size_t connections = 0;  // open now
    std::size_t in_flight = 0;    // handed to the handler, not answered, now
    std::uint64_t requests = 0;   // handed to the handler
    std::uint64_t refused = 0;    // connections and requests answered 503 by a limit
    std::uint64_t malformed = 0;  // answered 400, 408, 413, 417, 431 or 501 by the server itself
};

/// A listening server. All methods are safe from any thread unless they say otherwise.
/// Lifetime: `clock` outlives the server. After drain() has reported, or once the executor's
/// threads have stopped, no handler runs any more; destroy what the handler uses only then.
class HttpServer {
public:
    /// Serves on `executor`, a pool of one or more threads (each connection keeps its own order).
    HttpServer(const boost::asio::any_io_executor& executor, HttpServerOptions options,
               HttpHandler handler, const Clock& clock);
    /// Closes the listener and all connections; answers not yet written are lost: drain() first.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Binds and starts to accept; host and port as listen_on() takes them. Returns the port.
    /// Errors (io, invalid_argument) name address, cause and remedy. Call once.
    Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);

    /// The bound port, 0 before listen().
    std::uint16_t port() const;

    /// Closes the listener; connections go on, and every answer from here on says
    /// `Connection: close`. Idle connections are closed.
    void stop_accepting();

    /// stop_accepting(), then calls `done` once when all connections have finished their answers,
    /// or when `limit` is over (looked at each tick) and the rest is cut off: it gets the number
    /// cut off. On a thread of the executor. Call once.
    void drain(std::chrono::milliseconds limit, std::function<void(std::size_t cut_off)> done);

    /// The same, waiting for it. Never on a thread of the executor.
    std::size_t drain(std::chrono::milliseconds limit);

    HttpServerStats stats() const;

    class Core;

private:
    std::shared_ptr<Core> core_;
};

}  // namespace leat::net
