// The HTTP client's inner parts: one call, and one connection that runs a call at a time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/host_port.hpp"
#include "net/http_client.hpp"
#include "net/http_parser.hpp"
#include "net/read_buffer.hpp"
#include "net/stream.hpp"

namespace leat::net {

class ClientConnection;
struct ClientCall;
using ClientDeadlines = std::multimap<MonoTime, std::shared_ptr<ClientCall>>;

/// A call from its acceptance to its callback. Owned by the client's strand.
struct ClientCall {
    HostPort origin;
    bool secure = false;
    std::string base;  // scheme://host:port, always with its port: connections are pooled by it
    std::string target;
    std::string wire;  // the whole request as bytes
    bool to_head = false;
    bool idempotent = false;
    bool retried = false;
    MonoTime deadline;
    HttpCallback done;  // empty once called
    std::optional<ClientDeadlines::iterator> deadline_at;
    // While it runs. Weak: the connection's pending operation keeps it, and it keeps the call.
    std::weak_ptr<ClientConnection> connection;
};

/// Checks the URL and the method and renders the request. Error: invalid_argument.
Result<std::shared_ptr<ClientCall>> make_client_call(const ClientRequest& request,
                                                     MonoTime deadline);

/// How one exchange on a connection ended.
struct ClientExchange {
    Result<http::Response> result;
    bool reusable = false;         // the connection may take another call
    bool stale = false;            // a used connection ended before any byte of the answer
    bool nothing_written = false;  // no byte of the request left this machine
};

/// One connection: connects with its first call. Runs on the client's strand.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
public:
    using Done = std::function<void(ClientExchange)>;

    /// Speaks TLS if there is a context for it.
    ClientConnection(const boost::asio::any_io_executor& strand, http::ParserLimits limits,
                     std::shared_ptr<const TlsContext> tls);

    /// Sends the call and reads its answer; `done` is called once, unless close() comes first.
    void run(std::shared_ptr<ClientCall> call, Done done);
    /// Whether an unused connection is still open, as far as this side can know.
    bool is_alive();
    bool nothing_written() const { return written_ == 0; }
    /// Drops the connection and the callback. Idempotent.
    void close();

private:
    void resolve();
    void connect(const std::vector<boost::asio::ip::tcp::endpoint>& endpoints);
    void exchange();
    void write();
    void read();
    void on_read(std::size_t count);
    void on_read_end(const boost::system::error_code& code);
    /// Ends the exchange if nothing more will come of it; true if so.
    bool finish_if_whole();
    void fail(Errc code, const std::string& what);
    void fail_lost(const boost::system::error_code& code);
    std::string reason(const boost::system::error_code& code) const;
    void end(ClientExchange exchange);

    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::ip::tcp::socket socket_;  // until it is connected
    std::optional<Stream> stream_;         // from then on
    std::shared_ptr<const TlsContext> tls_;
    http::ResponseParser parser_;
    ReadBuffer in_;
    std::shared_ptr<ClientCall> call_;
    Done done_;
    std::size_t written_ = 0;
    bool used_ = false;  // has answered a call before
    bool closed_ = false;
};

}  // namespace leat::net
