// The HTTP/1.1 parsers: Beast's basic_parser writing straight into our messages, with stricter
// rules.
#include "net/http_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "base/check.hpp"

namespace leat::net::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::error;
using BeastView = beast::string_view;

/// A body's memory grows with the bytes received; a declared length is trusted up to here only.
constexpr std::size_t trusted_body_bytes = std::size_t{64} * 1024;

/// What the end of a chunked body takes at least: "0\r\n\r\n". Beast asserts that so much is there
/// when it looks at the last chunk for the second time, so it is not asked with less.
constexpr std::size_t shortest_last_chunk = 5;

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

ParserFailure explain(const error_code& code, const ParserLimits& limits) {
    if (code == error::header_limit)
        return {431,
                "The header is larger than " + std::to_string(limits.header_bytes) + " bytes."};
    if (code == error::body_limit)
        return {413, "The body is larger than " + std::to_string(limits.body_bytes) + " bytes."};
    if (code == error::partial_message)
        return {400, "The connection ended in the middle of a message."};
    return {400, "The message is not valid HTTP/1.1: " + code.message() + "."};
}

/// What both directions share: the body, the header's true size, failures.
template <bool is_request, class Value>
class Sink : public beast::http::basic_parser<is_request> {
public:
    using Base = beast::http::basic_parser<is_request>;

    explicit Sink(const ParserLimits& limits) : limits_(limits) {
        this->header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        this->body_limit(limits.body_bytes);
    }

    Value value;
    std::optional<ParserFailure> failure;

    /// One pass of Beast's parser after another, as each stops behind one element.
    std::size_t feed(std::string_view input) {
        std::size_t used = 0;
        while (used < input.size() && !failure && !this->is_done()) {
            const auto rest = input.substr(used);
            const bool in_header = !this->is_header_done();
            const bool at_chunk = !in_header && this->chunked() && chunk_left_ == 0;
            if (at_chunk && rest.size() < shortest_last_chunk) return used;
            error_code code;
            const auto count = this->put(boost::asio::buffer(rest.data(), rest.size()), code);
            used += count;
            // Beast limits what is left of the header, not what it has consumed field by field.
            if (in_header && (header_bytes_ += count) > limits_.header_bytes)
                fail(explain(error::header_limit, limits_));
            else if (code == error::need_more)
                return check_unfinished(input.size() - used), used;
            else if (code)
                fail(explain(code, limits_));
        }
        return used;
    }

    ParserState state() const {
        if (failure) return ParserState::failed;
        if (!this->got_some()) return ParserState::idle;
        if (!this->is_header_done()) return ParserState::header;
        return this->is_done() ? ParserState::done : ParserState::body;
    }

    void fail(ParserFailure why) {
        if (!failure) failure = std::move(why);
    }

protected:
    void refuse(int status, std::string detail, error_code& code) {
        fail({status, std::move(detail)});
        code = error::bad_value;
    }

private:
    /// A line or a trailer that outgrows the header's limit will never be whole.
    void check_unfinished(std::size_t waiting) {
        if (!this->is_header_done()) {
            if (header_bytes_ + waiting >= limits_.header_bytes)
                fail(explain(error::header_limit, limits_));
        } else if (waiting >= limits_.header_bytes) {
            fail({400, "A chunk's head or the trailer is larger than "
                           + std::to_string(limits_.header_bytes) + " bytes."});
        }
    }

    void on_request_impl(beast::http::verb, BeastView, BeastView, int, error_code&) override {}
    void on_response_impl(int, BeastView, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) value.body.reserve(std::min<std::size_t>(*length, trusted_body_bytes));
    }
    std::size_t on_body_impl(BeastView body, error_code&) override {
        value.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t size, BeastView, error_code&) override {
        chunk_left_ = size;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code&) override {
        chunk_left_ -= body.size();
        value.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(error_code&) override {}

    const ParserLimits& limits_;
    std::size_t header_bytes_ = 0;
    std::uint64_t chunk_left_ = 0;
};

class RequestSink final : public Sink<true, Request> {
public:
    using Sink::Sink;
    bool expects_continue = false;
    bool http_1_0 = false;

private:
    void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version,
                         error_code& code) override {
        value.method = view(method);
        http_1_0 = version == 10;
        value.headers.reserve(8, 256);
        if (auto parsed = http::parse_target(view(target), value); !parsed)
            refuse(400, parsed.error().what, code);
    }

    void on_field_impl(beast::http::field name, BeastView name_text, BeastView raw,
                       error_code& code) override {
        if (is_header_done()) return;  // a trailer
        const auto field_value = trim(view(raw));
        switch (name) {
            case beast::http::field::host:
                if (hosts_++ > 0) return refuse(400, "The request has more than one Host.", code);
                break;
            case beast::http::field::transfer_encoding:
                if (!equals_without_case(field_value, "chunked"))
                    return refuse(501, "The only transfer coding understood is chunked.", code);
                break;
            case beast::http::field::expect:
                if (!equals_without_case(field_value, "100-continue"))
                    return refuse(417, "The only expectation understood is 100-continue.", code);
                expects_continue = true;
                break;
            default:
                break;
        }
        value.headers.add_parsed(view(name_text), field_value);
    }

    void on_header_impl(error_code& code) override {
        if (!http_1_0 && hosts_ == 0) refuse(400, "An HTTP/1.1 request needs a Host.", code);
    }

    int hosts_ = 0;
};

class ResponseSink final : public Sink<false, Response> {
public:
    ResponseSink(const ParserLimits& limits, bool to_head) : Sink(limits) { skip(to_head); }

private:
    void on_response_impl(int status, BeastView, int, error_code& code) override {
        value.status = status;
        if (status < 100) refuse(400, "The status is not a number from 100 to 999.", code);
    }
    void on_field_impl(beast::http::field name, BeastView name_text, BeastView raw,
                       error_code&) override {
        if (is_header_done()) return;  // a trailer
        const auto field_value = trim(view(raw));
        if (name == beast::http::field::content_type) value.content_type = field_value;
        value.headers.add_parsed(view(name_text), field_value);
    }
};

}  // namespace

class RequestParser::Message {
public:
    explicit Message(ParserLimits l) : limits(l) { sink.emplace(limits); }
    const ParserLimits limits;
    std::optional<RequestSink> sink;
};

RequestParser::RequestParser(ParserLimits limits) : message_(std::make_unique<Message>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view input) {
    std::size_t skipped = 0;
    // RFC 9112 2.2: an empty line before a request is passed over.
    if (message_->sink->state() == ParserState::idle)
        while (input.substr(skipped).starts_with("\r\n")) skipped += 2;
    if (input.substr(skipped) == "\r" && message_->sink->state() == ParserState::idle)
        return skipped;
    return skipped + message_->sink->feed(input.substr(skipped));
}

ParserState RequestParser::state() const { return message_->sink->state(); }
Request& RequestParser::request() { return message_->sink->value; }
bool RequestParser::keep_alive() const { return message_->sink->keep_alive(); }
bool RequestParser::http_1_0() const { return message_->sink->http_1_0; }
bool RequestParser::expects_continue() const {
    return state() == ParserState::body && message_->sink->expects_continue;
}
const ParserFailure& RequestParser::failure() const {
    check(message_->sink->failure.has_value(), "the parser has failed");
    return *message_->sink->failure;
}
void RequestParser::reset() { message_->sink.emplace(message_->limits); }

class ResponseParser::Message {
public:
    explicit Message(ParserLimits l) : limits(l) { sink.emplace(limits, false); }
    const ParserLimits limits;
    bool to_head = false;
    std::optional<ResponseSink> sink;
};

ResponseParser::ResponseParser(ParserLimits limits) : message_(std::make_unique<Message>(limits)) {}
ResponseParser::~ResponseParser() = default;

std::size_t ResponseParser::feed(std::string_view input) {
    std::size_t used = 0;
    for (;;) {
        used += message_->sink->feed(input.substr(used));
        const bool interim = state() == ParserState::done && response().status / 100 == 1;
        if (!interim) return used;
        if (response().status == 101)
            return message_->sink->fail({400, "The peer switched protocols unasked."}), used;
        reset(message_->to_head);
    }
}

void ResponseParser::feed_eof() {
    auto& sink = *message_->sink;
    if (sink.failure || sink.is_done()) return;
    if (!sink.got_some()) return sink.fail(explain(error::partial_message, message_->limits));
    error_code code;
    sink.put_eof(code);
    if (code) sink.fail(explain(code, message_->limits));
}

ParserState ResponseParser::state() const { return message_->sink->state(); }
Response& ResponseParser::response() { return message_->sink->value; }
bool ResponseParser::keep_alive() const { return message_->sink->keep_alive(); }
const ParserFailure& ResponseParser::failure() const {
    check(message_->sink->failure.has_value(), "the parser has failed");
    return *message_->sink->failure;
}
void ResponseParser::reset(bool to_head) {
    message_->to_head = to_head;
    message_->sink.emplace(message_->limits, to_head);
}

}  // namespace leat::net::http
