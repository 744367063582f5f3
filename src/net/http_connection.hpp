// One connection of the HTTP server: reads and parses requests, writes answers in their order.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http_parser.hpp"
#include "net/http_server.hpp"
#include "net/http_writer.hpp"
#include "net/read_buffer.hpp"
#include "net/stream.hpp"

namespace leat::net {

/// What all connections of a server share. Atomics: any thread.
struct HttpServing {
    HttpServing(HttpServerOptions o, HttpHandler h, const Clock& c)
        : options(std::move(o)), handler(std::move(h)), clock(c) {}

    const HttpServerOptions options;
    const HttpHandler handler;
    const Clock& clock;
    std::atomic<bool> draining{false};
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> in_flight{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> malformed{0};
};

/// Everything runs on the stream's executor, a strand, except the methods that say otherwise.
///
///   open ──(peer's or our wish to close)──▶ finishing: no more reading, the last answers leave
///   finishing ──(all written; peer may still send)──▶ lingering: discard input until its end
///   any ──(all done, socket error, deadline)──▶ closed
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
public:
    /// `on_closed` is called once, on the strand.
    HttpConnection(Stream stream, std::shared_ptr<HttpServing> serving,
                   std::function<void()> on_closed);

    /// Begins to read. Any thread, once.
    void start();
    /// Instead of start(): answers 503 and closes. Any thread, once.
    void start_refusing();

    /// Answers request number `sequence` of this connection. Any thread.
    void answer(std::uint64_t sequence, http::Response response);
    /// The server drains: closes once idle. Any thread.
    void drain();
    /// Closes at once. Any thread.
    void cut();
    /// Closes or answers 408 if a timeout is over. Any thread; cheap when none is.
    void check_deadline(MonoTime now);

private:
    enum class State { open, finishing, lingering, closed };
    struct Pending {
        http::ResponseForm form;
        bool counted = false;  // in HttpServing::in_flight
        std::optional<http::Response> response;
    };

    void refuse();
    void read();
    void on_read(std::size_t count);
    void on_read_end(bool orderly);
    void process();
    bool parse_next();
    void handle_request();
    void call_handler(http::Request request, std::uint64_t sequence);
    void reject(const http::ParserFailure& why);
    std::uint64_t push_pending(bool counted, bool keep_alive);
    void on_answer(std::uint64_t sequence, http::Response response);
    void collect_ready();
    void flush();
    void write_rest();
    void on_written(std::size_t count);
    void advance();
    void linger();
    void discard();
    void close();
    void on_deadline();
    void note_input_state();
    void update_deadline();
    void set_deadline(std::optional<MonoTime> at);
    bool may_parse() const;
    bool may_read() const;
    bool is_idle() const;

    Stream stream_;
    const std::shared_ptr<HttpServing> serving_;
    std::function<void()> on_closed_;
    http::RequestParser parser_;

    State state_ = State::open;
    bool reading_ = false;
    bool writing_ = false;
    bool processing_ = false;
    bool peer_may_send_ = false;  // closing now would reset the connection under our answer
    bool input_ended_ = false;

    ReadBuffer in_;
    std::string out_;  // bytes [sent_, size) are to be written
    std::size_t sent_ = 0;
    bool continue_wanted_ = false;

    std::deque<Pending> pending_;  // requests first_sequence_, first_sequence_ + 1, …
    std::uint64_t first_sequence_ = 0;

    http::ParserState timed_state_ = http::ParserState::idle;
    MonoTime state_since_;
    MonoTime write_since_;
    MonoTime linger_since_;
    std::atomic<MonoTime::rep> deadline_{0};  // 0: none
};

}  // namespace leat::net
