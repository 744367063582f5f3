// The server's side of one HTTP connection. Two rules keep it fast: an answer is written with a
// plain non-blocking send, so a completion handler runs only when the peer is slow; and all answers
// that are ready leave in one send.
#include "net/http_connection.hpp"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <exception>

#include "base/check.hpp"
#include "base/log.hpp"

namespace leat::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Answers waiting for a slow peer beyond this stop the reading of its next requests.
constexpr std::size_t unsent_limit = std::size_t{256} * 1024;
/// A buffer that grew beyond this is given back once it is empty.
constexpr std::size_t kept_buffer_bytes = std::size_t{64} * 1024;
/// How long a closing connection reads on so that its last answer is not reset away.
constexpr std::chrono::seconds linger_time{2};

}  // namespace

class Responder::Slot {
public:
    Slot(std::shared_ptr<HttpConnection> connection, std::uint64_t sequence)
        : connection_(std::move(connection)), sequence_(sequence) {}
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    ~Slot() {
        if (answered_.load(std::memory_order_relaxed)) return;
        log::error("An HTTP handler dropped its responder without an answer");
        connection_->answer(
            sequence_, http::problem(500, "Internal Server Error", "The service gave no answer."));
    }

    bool answer(http::Response response) {
        if (answered_.exchange(true)) return false;
        connection_->answer(sequence_, std::move(response));
        return true;
    }

private:
    const std::shared_ptr<HttpConnection> connection_;
    const std::uint64_t sequence_;
    std::atomic<bool> answered_{false};
};

bool Responder::operator()(http::Response response) const {
    check(slot_ != nullptr, "a Responder belongs to a request");
    return slot_->answer(std::move(response));
}

HttpConnection::HttpConnection(Stream stream, std::shared_ptr<HttpServing> serving,
                               std::function<void()> on_closed)
    : stream_(std::move(stream)),
      serving_(std::move(serving)),
      on_closed_(std::move(on_closed)),
      parser_({serving_->options.max_header_bytes, serving_->options.max_body_bytes}),
      state_since_(serving_->clock.now()) {
    update_deadline();
}

void HttpConnection::start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->advance(); });
}

void HttpConnection::start_refusing() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->refuse(); });
}

void HttpConnection::refuse() {
    state_ = State::finishing;
    peer_may_send_ = true;
    push_pending(false, false);
    auto answer = http::problem(503, "Service Unavailable", "The server has too many connections.");
    answer.headers.set("Retry-After", std::to_string(serving_->options.retry_after.count()));
    pending_.front().response = std::move(answer);
    advance();
}

void HttpConnection::answer(std::uint64_t sequence, http::Response response) {
    asio::dispatch(stream_.get_executor(),
                   [self = shared_from_this(), sequence, response = std::move(response)]() mutable {
                       self->on_answer(sequence, std::move(response));
                   });
}

void HttpConnection::drain() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->advance(); });
}

void HttpConnection::cut() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->close(); });
}

void HttpConnection::check_deadline(MonoTime now) {
    const auto at = deadline_.load(std::memory_order_relaxed);
    if (at == 0 || now.time_since_epoch().count() < at) return;
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->on_deadline(); });
}

// Reading and parsing.

bool HttpConnection::may_parse() const {
    return state_ == State::open && pending_.size() < serving_->options.max_pipelined
           && out_.size() - sent_ < unsent_limit;
}

bool HttpConnection::may_read() const { return may_parse() && !input_ended_; }

bool HttpConnection::is_idle() const {
    return pending_.empty() && parser_.state() == http::ParserState::idle && in_.unread().empty()
           && out_.empty();
}

void HttpConnection::read() {
    if (reading_) return;
    reading_ = true;
    const auto room = in_.prepare();
    stream_.async_read_some(std::as_writable_bytes(room),
                            [self = shared_from_this()](const error_code& code, std::size_t count) {
                                self->reading_ = false;
                                if (self->state_ == State::closed) return;
                                if (!code) return self->on_read(count);
                                self->on_read_end(code == asio::error::eof);
                            });
}

void HttpConnection::on_read(std::size_t count) {
    if (state_ == State::lingering) return discard();
    in_.commit(count);
    advance();
}

void HttpConnection::on_read_end(bool orderly) {
    // An orderly end may be half a close: answers under way are still wanted.
    input_ended_ = true;
    if (!orderly || state_ == State::lingering) return close();
    advance();
}

void HttpConnection::process() {
    if (processing_) return;
    processing_ = true;
    while (may_parse() && parse_next()) {
    }
    processing_ = false;
}

/// Parses up to the end of one request; false when more bytes are needed or will not come.
bool HttpConnection::parse_next() {
    if (in_.unread().empty()) return false;
    // The parser leaves less than a header's limit unconsumed: that bounds the buffer.
    in_.consume(parser_.feed(in_.unread()));
    switch (parser_.state()) {
        case http::ParserState::done:
            handle_request();
            timed_state_ = http::ParserState::done;  // so that the next state starts its time
            return true;
        case http::ParserState::failed:
            reject(parser_.failure());
            return false;
        case http::ParserState::body:
            if (parser_.expects_continue() && parser_.request().body.empty()
                && timed_state_ != http::ParserState::body)
                continue_wanted_ = in_.unread().empty() && !parser_.http_1_0();
            return false;
        default:
            return false;
    }
}

void HttpConnection::handle_request() {
    auto& serving = *serving_;
    const bool keep_alive = parser_.keep_alive();
    continue_wanted_ = false;
    const bool accepted = serving.in_flight.fetch_add(1) < serving.options.max_in_flight;
    if (!accepted) serving.in_flight.fetch_sub(1);
    const auto sequence = push_pending(accepted, keep_alive);
    auto request = std::move(parser_.request());
    parser_.reset();
    if (!keep_alive) state_ = State::finishing;
    if (accepted) return call_handler(std::move(request), sequence);
    serving.refused.fetch_add(1);
    auto answer = http::problem(503, "Service Unavailable", "The server has too many requests.");
    answer.headers.set("Retry-After", std::to_string(serving.options.retry_after.count()));
    on_answer(sequence, std::move(answer));
}

void HttpConnection::call_handler(http::Request request, std::uint64_t sequence) {
    serving_->requests.fetch_add(1, std::memory_order_relaxed);
    const Responder responder{std::make_shared<Responder::Slot>(shared_from_this(), sequence)};
    std::string why = "unknown exception";
    try {
        return serving_->handler(std::move(request), responder);
    } catch (const std::exception& error) {
        why = error.what();
    } catch (...) {
        // The default text of `why` stands.
    }
    log::error("An HTTP handler threw", {{"what", why}});
    responder(http::problem(500, "Internal Server Error", "The service failed unexpectedly."));
}

/// Refuses what the parser refused, behind the answers still owed, and closes.
void HttpConnection::reject(const http::ParserFailure& why) {
    serving_->malformed.fetch_add(1);
    state_ = State::finishing;
    peer_may_send_ = true;
    continue_wanted_ = false;
    const auto sequence = push_pending(false, false);
    on_answer(sequence, http::problem(why.status, http::reason_phrase(why.status), why.detail));
}

std::uint64_t HttpConnection::push_pending(bool counted, bool keep_alive) {
    Pending pending;
    pending.counted = counted;
    pending.form.keep_alive = keep_alive;
    if (parser_.state() == http::ParserState::done) {
        pending.form.http_1_0 = parser_.http_1_0();
        pending.form.to_head = parser_.request().method == "HEAD";
    }
    pending_.push_back(std::move(pending));
    return first_sequence_ + pending_.size() - 1;
}

// Answering and writing.

void HttpConnection::on_answer(std::uint64_t sequence, http::Response response) {
    if (state_ == State::closed || sequence < first_sequence_) return;
    auto& pending = pending_.at(sequence - first_sequence_);
    if (std::exchange(pending.counted, false)) serving_->in_flight.fetch_sub(1);
    pending.response = std::move(response);
    // Idle time begins with the last answer.
    if (timed_state_ == http::ParserState::idle) timed_state_ = http::ParserState::done;
    if (!processing_ && sequence == first_sequence_) advance();
}

/// Moves the answers that are next in order into the outgoing bytes.
void HttpConnection::collect_ready() {
    while (!pending_.empty() && pending_.front().response) {
        auto& front = pending_.front();
        front.form.date_ms = serving_->clock.wall_ms();
        if (serving_->draining.load(std::memory_order_relaxed) && pending_.size() == 1)
            front.form.keep_alive = false;
        const bool last = !front.form.keep_alive;
        http::append_response(out_, *front.response, front.form);
        pending_.pop_front();
        ++first_sequence_;
        if (last) state_ = State::finishing;
    }
    if (continue_wanted_ && pending_.empty()) {
        continue_wanted_ = false;
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
}

void HttpConnection::flush() {
    collect_ready();
    if (writing_ || out_.empty()) return;
    error_code code;
    const iovec all{out_.data(), out_.size()};
    sent_ = stream_.write_some({&all, 1}, code);
    if (code && code != asio::error::would_block) return close();
    if (sent_ < out_.size()) return write_rest();
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > kept_buffer_bytes) out_.shrink_to_fit();
}

/// The peer is slow: waits until it takes more. New answers queue up behind in out_ meanwhile.
void HttpConnection::write_rest() {
    writing_ = true;
    write_since_ = serving_->clock.now();
    stream_.wait_writable([self = shared_from_this()](const error_code& code) {
        self->writing_ = false;
        if (self->state_ == State::closed) return;
        if (code) return self->close();
        self->out_.erase(0, std::exchange(self->sent_, 0));
        self->advance();
    });
}

/// Takes every step that is possible now: the end of each event.
void HttpConnection::advance() {
    if (state_ == State::closed || processing_) return;
    for (;;) {
        process();
        note_input_state();
        const auto owed = pending_.size();
        flush();
        if (state_ == State::closed) return;
        // Answers that left may have made place for requests that are already received.
        if (!may_parse() || in_.unread().empty() || pending_.size() == owed) break;
    }
    const bool draining = serving_->draining.load(std::memory_order_relaxed);
    if (may_parse() && (input_ended_ || (draining && is_idle()))) state_ = State::finishing;
    if (state_ == State::finishing && pending_.empty() && out_.empty()) {
        const bool all_read = !peer_may_send_ && in_.unread().empty();
        return all_read || input_ended_ ? close() : linger();
    }
    if (may_read()) read();
    update_deadline();
}

// Closing and timeouts.

/// Closing a socket with unread input sends a reset, which may destroy our answer at the peer: so
/// end our side only, and read to the end of the peer's.
void HttpConnection::linger() {
    if (state_ == State::lingering) return;
    state_ = State::lingering;
    linger_since_ = serving_->clock.now();
    stream_.end_sending();
    update_deadline();
    discard();
}

void HttpConnection::discard() {
    if (reading_) return;
    reading_ = true;
    in_.consume(in_.unread().size());
    const auto room = in_.prepare();
    stream_.async_read_some(std::as_writable_bytes(room),
                            [self = shared_from_this()](const error_code& code, std::size_t) {
                                self->reading_ = false;
                                if (self->state_ == State::closed) return;
                                if (code) return self->close();
                                self->discard();
                            });
}

void HttpConnection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    set_deadline(std::nullopt);
    for (auto& pending : pending_)
        if (pending.counted) serving_->in_flight.fetch_sub(1);
    pending_.clear();
    stream_.close();
    std::exchange(on_closed_, nullptr)();
}

void HttpConnection::on_deadline() {
    if (state_ == State::closed) return;
    const auto at = deadline_.load(std::memory_order_relaxed);
    if (at == 0 || serving_->clock.now().time_since_epoch().count() < at) return;
    const bool in_request =
        timed_state_ == http::ParserState::header || timed_state_ == http::ParserState::body;
    if (writing_ || state_ != State::open || !in_request) return close();
    reject({408, "The request did not arrive in time."});
    advance();
}

/// Starts the time of the state that the input is in, if that state is new. Called before answers
/// leave: a peer that has its answer knows that its next time limit runs.
void HttpConnection::note_input_state() {
    auto now_in = parser_.state();
    if (now_in == http::ParserState::idle && !in_.unread().empty())
        now_in = http::ParserState::header;
    if (now_in == timed_state_) return;
    timed_state_ = now_in;
    state_since_ = serving_->clock.now();
}

void HttpConnection::update_deadline() {
    const auto& options = serving_->options;
    if (state_ == State::lingering) return set_deadline(linger_since_ + linger_time);
    if (writing_) return set_deadline(write_since_ + options.write_timeout);
    if (!may_read()) return set_deadline(std::nullopt);
    switch (timed_state_) {
        case http::ParserState::header:
            return set_deadline(state_since_ + options.header_timeout);
        case http::ParserState::body:
            return set_deadline(state_since_ + options.body_timeout);
        default:
            break;
    }
    if (!pending_.empty()) return set_deadline(std::nullopt);
    set_deadline(state_since_ + options.idle_timeout);
}

void HttpConnection::set_deadline(std::optional<MonoTime> at) {
    // The clock may stand at its epoch in tests; 0 is taken for "none".
    const auto ticks = at ? std::max<MonoTime::rep>(at->time_since_epoch().count(), 1) : 0;
    deadline_.store(ticks, std::memory_order_relaxed);
}

}  // namespace leat::net
