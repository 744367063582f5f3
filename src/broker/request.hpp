// One request on its way through the broker: what came, from whom, and how to answer it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/host_port.hpp"
#include "kafka/codec.hpp"
#include "kafka/header.hpp"

namespace leat::broker {

/// As whom a client acts. Everybody is this one until listeners authenticate.
struct Principal {
    std::string type = "User";
    std::string name = "ANONYMOUS";

    std::string to_string() const { return type + ":" + name; }
};

/// Who sent a request, and where it came in. A connection has one; one that authenticates anew gets
/// another, and the requests before keep theirs.
struct ClientInfo {
    std::string host;  // as Kafka shows it in DescribeGroups: "/127.0.0.1"
    std::uint64_t connection_id = 0;
    std::string listener{};  // its name
    HostPort told{};         // what this client is told to connect to
    Principal principal{};
    bool takes_files = false;  // frames for it may have pieces in files
};

/// What goes back for one request.
struct WireAnswer {
    enum class Kind {
        frame,  // these bytes
        none,   // nothing: acks=0
        close,  // nothing, and the connection ends: the request was malformed or refused
    };
    Kind kind = Kind::none;
    kafka::Frame frame;
};
/// To be called once, at once or later, on the core thread; harmless when the connection is gone.
using AnswerFunction = std::function<void(WireAnswer)>;

struct RequestContext {
    kafka::RequestHeader header;
    std::shared_ptr<const ClientInfo> client;
    /// The frame's bytes; they are the broker's own, so that a batch may be patched in place.
    std::shared_ptr<void> frame;
    AnswerFunction answer;

    std::int16_t version() const { return header.api_version; }
    void close() const { answer({WireAnswer::Kind::close, {}}); }
};

/// A decoded request. Handlers take it by value and may keep it.
template <class Message>
struct Request {
    Message body;
    RequestContext context;

    std::int16_t version() const { return context.version(); }
};

/// Encodes and sends the response of the request's version. Copies answer the same request; it is
/// answered once.
template <class Response>
class Reply {
public:
    explicit Reply(RequestContext context) : context_(std::move(context)) {}

    void operator()(const Response& response) const {
        context_.answer(
            {WireAnswer::Kind::frame,
             kafka::response_frame(response, context_.version(), context_.header.correlation_id)});
    }
    void nothing() const { context_.answer({WireAnswer::Kind::none, {}}); }
    void close() const { context_.close(); }

private:
    RequestContext context_;
};

}  // namespace leat::broker
