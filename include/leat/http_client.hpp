// leat::http_client: calls to other services from handlers, each with a deadline and a trace.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/json.hpp"
#include "leat/pending.hpp"

namespace leat {

namespace service {
class HttpCaller;
}

/// Thrown when there is no answer: refused, closed, timed out, or not what was asked for.
class http_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// An answer, whatever its status.
struct http_reply {
    int status = 0;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// Whether the status is 200 to 299.
    bool ok() const { return status >= 200 && status < 300; }
    /// The body as a T. Throws http_error naming the field that is wrong.
    template <class T>
    T json() const {
        auto value = json::decode<T>(body);
        if (!value)
            throw http_error("The answer is not what was expected: " + value.error().to_string());
        return std::move(*value);
    }
};

/// How a call is made. It has a constructor because g++ 12 destroys the strings of a braced
/// aggregate inside a co_await expression twice.
struct call_options {
    /// `within`, `key` and `fields` are `timeout`, `idempotency_key` and `headers`.
    explicit call_options(std::chrono::milliseconds within = std::chrono::milliseconds{5000},
                          std::optional<std::string> key = {},
                          std::vector<std::pair<std::string, std::string>> fields = {})
        : timeout(within), idempotency_key(std::move(key)), headers(std::move(fields)) {}

    /// For the whole call, connecting included; never beyond the deadline of the handler.
    std::chrono::milliseconds timeout;
    /// Becomes the header Idempotency-Key: the call may then be sent twice, and is, when a pooled
    /// connection turns out to be dead.
    std::optional<std::string> idempotency_key;
    std::vector<std::pair<std::string, std::string>> headers;
};

/// Calls HTTP services over pooled connections, at most `http_client.connections` (32) to one host
/// and port at a time: more calls wait for one to be free. `traceparent` is sent with every call.
/// Cheap to copy. Any thread; valid as long as the context or app that it came from.
class http_client {
public:
    explicit http_client(std::shared_ptr<const service::HttpCaller> caller)
        : caller_(std::move(caller)) {}

    /// `url` is `http://host[:port]/path?query` or `https://…`, percent-encoded. An https server
    /// must show a certificate for its host, signed by an authority of the file
    /// `http_client.ca_file`, or, if that is not set, of the system. `co_await` the reply in a
    /// coroutine, `.get()` it in a plain function; both throw http_error.
    pending<http_reply> get(std::string url, const call_options& options = call_options{}) const {
        return call("GET", std::move(url), {}, options);
    }
    /// Posts `body` as JSON.
    template <class T>
    pending<http_reply> post(std::string url, const T& body,
                             const call_options& options = call_options{}) const {
        std::string text = json::encode(body);
        return call("POST", std::move(url), std::move(text), options);
    }
    /// Any method; `body` is JSON text or empty.
    pending<http_reply> call(std::string method, std::string url, std::string body,
                             const call_options& options = call_options{}) const;

private:
    std::shared_ptr<const service::HttpCaller> caller_;
};

}  // namespace leat
