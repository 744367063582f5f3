// Incremental HTTP/1.1 parsers, bytes in and messages out: the seam behind which Beast's parser
// works.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace leat::net::http {

struct ParserLimits {
    std::size_t header_bytes = std::size_t{16} * 1024;
    std::size_t body_bytes = std::size_t{1024} * 1024;
};

enum class ParserState {
    idle,    // no byte of the message yet
    header,  // inside the first line or the fields
    body,
    done,    // the message is whole
    failed,  // the bytes are refused; nothing more can be parsed
};

/// Why a parser refused its input: the status a server answers with, and a sentence.
struct ParserFailure {
    int status = 400;
    std::string detail;
};

/// Parses one request after another. Refuses more than Beast does: a missing or repeated Host, any
/// transfer coding but `chunked` (request smuggling), expectations but `100-continue`.
class RequestParser {
public:
    explicit RequestParser(ParserLimits limits);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Consumes a prefix of `input` and returns its size; present the rest again, with more behind
    /// it, next time. Never looks beyond the end of the message. At least
    /// `limits.header_bytes` must fit the caller's buffer: what is left unconsumed stays below.
    std::size_t feed(std::string_view input);

    ParserState state() const;
    /// The message; whole when done, head only when in the body.
    Request& request();
    /// When done or in the body: whether the peer wants the connection to stay open.
    bool keep_alive() const;
    /// When done or in the body: whether the peer speaks HTTP/1.0.
    bool http_1_0() const;
    /// In the body, and the peer waits for `100 Continue` before it sends any of it.
    bool expects_continue() const;
    /// When failed.
    const ParserFailure& failure() const;

    /// Makes ready for the next message.
    void reset();

private:
    class Message;
    std::unique_ptr<Message> message_;
};

/// Parses one response after another, passing over 1xx ones.
class ResponseParser {
public:
    explicit ResponseParser(ParserLimits limits);
    ~ResponseParser();
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;

    /// As RequestParser::feed().
    std::size_t feed(std::string_view input);
    /// The peer closed: ends a body that only the end of the stream delimits, else fails.
    void feed_eof();

    ParserState state() const;
    Response& response();
    bool keep_alive() const;
    const ParserFailure& failure() const;
    /// Whether the failure was a limit, not bad syntax.
    bool too_large() const { return failure().status == 413 || failure().status == 431; }

    /// Makes ready for the answer to a request; `to_head`: that one has no body.
    void reset(bool to_head = false);

private:
    class Message;
    std::unique_ptr<Message> message_;
};

}  // namespace leat::net::http
