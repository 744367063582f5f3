// The service's HTTP side: routes, publishing, probes and metrics behind the server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "leat/route.hpp"
#include "net/http_server.hpp"
#include "service/coroutine.hpp"
#include "service/http_caller.hpp"
#include "service/idempotency.hpp"
#include "service/publisher.hpp"
#include "service/trace.hpp"
#include "service/workers.hpp"

namespace leat::service {

class HttpApi;

/// A path such as `/orders/{id}`, split at its slashes.
class PathPattern {
public:
    explicit PathPattern(const std::string& path);
    /// Whether decoded segments match; fills the parameters.
    bool match(const std::vector<std::string>& segments,
               std::vector<std::pair<std::string, std::string>>& params) const;

private:
    struct Segment {
        std::string text;
        bool is_param;
    };
    std::vector<Segment> segments_;
};

/// What app.post<E>(path).publish(topic) declares.
struct PublishRoute {
    std::string topic;
    publish_options options;
    detail::event_decoder decode = nullptr;
};

/// One route: exactly one of `user` and `publish` is there.
struct Route {
    Route(std::string m, const std::string& p) : method(std::move(m)), path(p), pattern(p) {}
    std::string method;
    std::string path;
    PathPattern pattern;
    detail::erased_route user;
    std::unique_ptr<PublishRoute> publish;
    std::map<int, Histogram> durations;  // by status; guarded by HttpApi
};

/// One request under way. Frees itself when it has been answered.
struct RequestState final : Job {
    RequestState(HttpApi& a, Route& r, net::http::Request m, net::Responder responder);
    void run_on_worker() override;

    HttpApi& api;
    Route& route;
    net::http::Request message;
    net::Responder respond;
    std::vector<std::pair<std::string, std::string>> params;
    TraceContext trace;
    MonoTime started;
    MonoTime deadline;
    request in;
};

struct HttpApiTools {
    Publisher& publisher;
    Workers& workers;
    Metrics& metrics;
    const Clock& clock;
    std::shared_ptr<const HttpCaller> http;
    /// Why records cannot be published; empty if they can, since a broker answers and the topics
    /// are there.
    std::function<std::string()> why_not_ready;
    std::function<bool()> alive;
    /// Whether the service has been ready once; true from then on.
    std::function<bool()> started;
};

/// Answers every request of the server. handle() runs on the executor.
class HttpApi {
public:
    HttpApi(HttpApiTools tools, std::vector<std::unique_ptr<Route>> routes,
            std::size_t idempotency_entries, std::chrono::milliseconds idempotency_window);
    ~HttpApi();

    void handle(net::http::Request message, net::Responder respond);

    /// Answers a request of a route and counts it.
    void answer(Route& route, const net::Responder& respond, MonoTime started,
                net::http::Response response);
    void answer(RequestState& state, response answer);

    Publisher& publisher() { return tools_.publisher; }
    std::string why_not_ready() const { return tools_.why_not_ready(); }
    const Clock& clock() const { return tools_.clock; }
    const std::shared_ptr<const HttpCaller>& http() const { return tools_.http; }

private:
    struct Acknowledged {
        std::int32_t partition;
        std::int64_t offset;
    };
    /// A request that waits for the answer to an equal one.
    struct Waiter {
        Route* route;
        net::Responder respond;
        MonoTime started;
    };
    class Publication;
    using Memory = IdempotencyMemory<Acknowledged, Waiter>;

    bool serve_probe(const net::http::Request& message, const net::Responder& respond);
    void refuse(const net::http::Request& message, const net::Responder& respond,
                const std::string& allowed);
    void run(std::unique_ptr<RequestState> state);
    void publish(std::unique_ptr<RequestState> state);
    /// True: the request is the first of its key (or has none) and is to be done.
    bool admit(const RequestState& state, const std::string& key);
    net::http::Response accepted(const Route& route, const Acknowledged& where) const;

    HttpApiTools tools_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::mutex mutex_;  // guards memory_ and the durations of routes
    Memory memory_;
};

/// The answer to a publication that cannot be had now: 503 with Retry-After.
net::http::Response overloaded(const std::string& why);
net::http::Response to_http(response answer);
/// The answer to a request whose record was not taken.
response response_to(const publish_error& error, bool too_large = false);
response response_to_failure(const std::exception_ptr& failure, const request& in);

}  // namespace leat::service
