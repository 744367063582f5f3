// HTTP routes: the request that a route is given and the response that it answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/event.hpp"
#include "leat/http_client.hpp"
#include "leat/logger.hpp"
#include "leat/pending.hpp"
#include "leat/serde.hpp"
#include "leat/task.hpp"

namespace leat {

namespace service {
struct RequestState;
}

/// An answer.
struct response {
    int status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// `value` as JSON. Throws json::encode_error.
template <class T>
response json_response(const T& value, int status = 200) {
    return {status, "application/json", {}, json::encode(value)};
}
/// text/plain.
response text_response(std::string text, int status = 200);
/// An RFC 9457 problem: `detail` is a sentence for the caller, `pointer` (RFC 6901) names the field
/// of the body that is wrong, if it is one.
response problem_response(int status, std::string_view detail, std::string_view pointer = {});

/// One HTTP request on its way through one route. Valid until the route has returned (for a
/// coroutine: has ended). Not to be shared with other threads.
class request {
public:
    explicit request(service::RequestState& state) : state_(&state) {}
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    std::string_view method() const;
    /// The path as it came, e.g. `/orders/17`.
    std::string_view path() const;
    /// The decoded segment that stands for `{name}` in the route's path; empty if there is none.
    std::string_view param(std::string_view name) const;
    /// The first query parameter of this name.
    std::optional<std::string_view> query(std::string_view name) const;
    /// The first header field of this name; names compare without case.
    std::optional<std::string_view> header(std::string_view name) const;
    std::string_view body() const;
    /// The W3C trace id: the caller's `traceparent`, or a new trace.
    std::string trace_id() const;

    /// Sends `event`, as its serde writes it (JSON), to `topic` with this request's trace. The
    /// result throws publish_error, at once while Kafka does not answer; a route that lets it pass
    /// answers 503 with Retry-After, or 500 if the record can never be taken. Without `key`: the
    /// event's own key(), or none.
    template <class E>
    pending<published> publish(std::string_view topic, const E& event) {
        const auto key = detail::key_of(event);
        return publish_bytes(topic, key, detail::encode_event(event));
    }
    template <class E>
    pending<published> publish(std::string_view topic, std::string_view key, const E& event) {
        return publish_bytes(topic, key, detail::encode_event(event));
    }
    pending<published> publish_bytes(std::string_view topic, std::optional<std::string_view> key,
                                     std::optional<std::string_view> value);

    /// Calls HTTP services with this request's trace.
    http_client http() const;
    logger log() const;

    /// The framework's own: the answer to a body that is missing, of the wrong type or no `what`.
    std::optional<response> refuse_media_type() const;

private:
    service::RequestState* state_;
};

namespace detail {

/// The problem for a text that is no JSON (400), too deep or long (413) or no such event (422).
response problem_of(const json::error& error);
response problem_of(const violation& broken);

/// The request's body as a T, or the problem to answer.
template <class T>
expected<T, response> decode_body(const request& in) {
    if (auto refused = in.refuse_media_type()) return std::move(*refused);
    auto value = json::decode<T>(in.body());
    if (!value) return problem_of(value.error());
    if (const auto broken = violation_of(*value)) return problem_of(*broken);
    return std::move(*value);
}

}  // namespace detail
}  // namespace leat
