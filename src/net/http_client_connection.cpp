// One connection of the HTTP client. Request and answer run at the same time: a peer may refuse a
// long request before it has read all of it.
#include "net/http_client_connection.hpp"

#include <boost/asio/connect.hpp>
#include <vector>

#include "net/http_writer.hpp"

namespace leat::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

Error bad_url(const std::string& url, const std::string& why) {
    return {Errc::invalid_argument, "The URL \"" + url + "\" " + why + ".", false};
}

bool is_visible(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
    return true;
}

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE"
           || method == "OPTIONS" || method == "TRACE";
}

}  // namespace

Result<std::shared_ptr<ClientCall>> make_client_call(const ClientRequest& request,
                                                     MonoTime deadline) {
    const std::string_view url{request.url};
    const bool secure = url.starts_with("https://");
    const std::string_view scheme = secure ? "https://" : "http://";
    if (!url.starts_with(scheme))
        return bad_url(request.url, "does not begin with http:// or https://");
    if (!is_visible(url)) return bad_url(request.url, "has spaces: percent-encode them");
    if (!http::is_token(request.method))
        return Error{Errc::invalid_argument, "\"" + request.method + "\" is not an HTTP method.",
                     false};
    const auto rest = url.substr(scheme.size(), url.find('#') - scheme.size());
    const auto path_at = std::min(rest.find_first_of("/?"), rest.size());
    auto call = std::make_shared<ClientCall>();
    const std::uint16_t default_port = secure ? 443 : 80;
    const auto origin = parse_host_port(rest.substr(0, path_at), {.default_port = default_port});
    if (!origin) return bad_url(request.url, "has no origin: " + origin.error().what);
    call->origin = *origin;
    call->target = rest.substr(path_at);
    if (!call->target.starts_with('/')) call->target.insert(0, "/");
    call->to_head = request.method == "HEAD";
    call->idempotent = request.idempotent || is_idempotent(request.method);
    call->deadline = deadline;
    call->secure = secure;
    const auto host_and_port = origin->to_string();
    call->base = std::string{scheme} + host_and_port;
    std::string_view shown_host{host_and_port};
    if (origin->port == default_port) shown_host = shown_host.substr(0, shown_host.rfind(':'));
    http::append_request(call->wire,
                         {request.method, call->target, shown_host, request.content_type},
                         request.headers, request.body);
    return call;
}

ClientConnection::ClientConnection(const asio::any_io_executor& strand, http::ParserLimits limits,
                                   std::shared_ptr<const TlsContext> tls)
    : resolver_(strand), socket_(strand), tls_(std::move(tls)), parser_(limits) {}

void ClientConnection::run(std::shared_ptr<ClientCall> call, Done done) {
    call_ = std::move(call);
    done_ = std::move(done);
    written_ = 0;
    parser_.reset(call_->to_head);
    stream_ ? exchange() : resolve();
}

bool ClientConnection::is_alive() {
    // An answer nobody asked for is as bad as an end: the next one would be taken for its own.
    return stream_ && stream_->is_quiet();
}

void ClientConnection::resolve() {
    error_code code;
    const auto address = asio::ip::make_address(call_->origin.host, code);
    if (!code) return connect({{address, call_->origin.port}});
    resolver_.async_resolve(
        call_->origin.host, std::to_string(call_->origin.port),
        [self = shared_from_this()](const error_code& failed, const auto& found) {
            if (self->closed_) return;
            // RFC 6761 6.3: always the loopback address, also where no /etc/hosts says so.
            if (failed && self->call_->origin.host == "localhost")
                return self->connect(
                    {{asio::ip::address_v4::loopback(), self->call_->origin.port}});
            if (failed)
                return self->fail(Errc::unavailable,
                                  "The host name " + self->call_->origin.host
                                      + " cannot be resolved: " + failed.message());
            std::vector<tcp::endpoint> endpoints;
            for (const auto& entry : found) endpoints.push_back(entry.endpoint());
            self->connect(endpoints);
        });
}

void ClientConnection::connect(const std::vector<tcp::endpoint>& endpoints) {
    asio::async_connect(
        socket_, endpoints,
        [self = shared_from_this()](const error_code& code, const tcp::endpoint&) {
            if (self->closed_) return;
            if (code)
                return self->fail(Errc::unavailable,
                                  "Cannot connect to " + self->call_->base + ": " + code.message());
            self->stream_.emplace(
                std::move(self->socket_),
                self->tls_ ? self->tls_->connect(self->call_->origin.host) : nullptr);
            self->exchange();
        });
}

void ClientConnection::exchange() {
    write();
    if (done_) read();
}

void ClientConnection::write() {
    // Most requests fit the socket's buffer: no completion handler is needed for them.
    error_code code;
    const iovec rest{call_->wire.data() + written_, call_->wire.size() - written_};
    written_ += stream_->write_some({&rest, 1}, code);
    if (code && code != asio::error::would_block) {
        // The peer may have answered before it stopped listening; if so, reading will tell.
        if (written_ == 0) fail_lost(code);
        return;
    }
    if (written_ == call_->wire.size()) return;
    stream_->wait_writable([self = shared_from_this(), call = call_](const error_code& failed) {
        if (!failed && self->call_ == call && !self->closed_) self->write();
    });
}

void ClientConnection::read() {
    const auto room = in_.prepare();
    stream_->async_read_some(
        std::as_writable_bytes(room),
        [self = shared_from_this()](const error_code& code, std::size_t count) {
            if (self->closed_ || !self->done_) return;
            code ? self->on_read_end(code) : self->on_read(count);
        });
}

void ClientConnection::on_read(std::size_t count) {
    in_.commit(count);
    in_.consume(parser_.feed(in_.unread()));
    // Once it has ended, the connection may be running its next call already.
    if (!finish_if_whole()) read();
}

void ClientConnection::on_read_end(const error_code& code) {
    if (parser_.state() == http::ParserState::idle) return fail_lost(code);
    // Only an orderly end may end an answer without a length; else it may have been cut short.
    if (code != asio::error::eof)
        return fail(Errc::corrupt, "The answer of " + call_->base + " broke off: " + reason(code));
    parser_.feed_eof();
    finish_if_whole();
}

bool ClientConnection::finish_if_whole() {
    if (parser_.state() == http::ParserState::failed) {
        const auto& detail = parser_.failure().detail;
        fail(parser_.too_large() ? Errc::too_large : Errc::corrupt,
             "The answer of " + call_->base + " cannot be used. " + detail);
        return true;
    }
    if (parser_.state() != http::ParserState::done) return false;
    ClientExchange exchange{std::move(parser_.response())};
    exchange.reusable =
        parser_.keep_alive() && in_.unread().empty() && written_ == call_->wire.size();
    end(std::move(exchange));
    return true;
}

std::string ClientConnection::reason(const error_code& code) const {
    const auto tls = stream_->tls_failure();
    return tls.empty() ? code.message() : tls;
}

void ClientConnection::fail(Errc code, const std::string& what) {
    const bool harmless = written_ == 0 || call_->idempotent;
    const auto* stop = what.ends_with('.') ? "" : ".";
    ClientExchange exchange{Error{code, what + stop, harmless && code == Errc::unavailable}};
    exchange.nothing_written = written_ == 0;
    end(std::move(exchange));
}

/// The connection went away before the first byte of an answer.
void ClientConnection::fail_lost(const error_code& code) {
    const bool untouched = written_ == 0;
    const auto how = code == asio::error::eof ? "it closed the connection" : reason(code);
    ClientExchange exchange{
        Error{Errc::unavailable,
              call_->base + " gave no answer (" + how + "); "
                  + (untouched ? "the request was not sent."
                               : "whether it acted on the request is not known."),
              (untouched || call_->idempotent) && stream_->tls_failure().empty()}};
    exchange.stale = used_;
    exchange.nothing_written = untouched;
    end(std::move(exchange));
}

void ClientConnection::end(ClientExchange exchange) {
    used_ = true;
    call_.reset();
    std::exchange(done_, nullptr)(std::move(exchange));
}

void ClientConnection::close() {
    closed_ = true;
    done_ = nullptr;
    call_.reset();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (stream_) stream_->close();
}

}  // namespace leat::net
