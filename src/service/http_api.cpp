#include "service/http_api.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "base/check.hpp"
#include "service/runner.hpp"

namespace leat::service {
namespace {

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> parts;
    std::size_t begin = 1;
    while (begin <= path.size() && path.size() > 1) {
        const auto end = std::min(path.find('/', begin), path.size());
        parts.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

constexpr std::chrono::seconds request_limit{30};

// The server answers HEAD with the head of what GET would get (RFC 9110).
bool is_get(const net::http::Request& message) {
    return message.method == "GET" || message.method == "HEAD";
}

}  // namespace

PathPattern::PathPattern(const std::string& path) {
    for (auto& part : split(path)) {
        const bool is_param = part.size() > 2 && part.front() == '{' && part.back() == '}';
        segments_.push_back({is_param ? part.substr(1, part.size() - 2) : part, is_param});
    }
}

bool PathPattern::match(const std::vector<std::string>& segments,
                        std::vector<std::pair<std::string, std::string>>& params) const {
    params.clear();
    if (segments.size() != segments_.size()) return false;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (segments_[i].is_param)
            params.emplace_back(segments_[i].text, segments[i]);
        else if (segments_[i].text != segments[i])
            return false;
    }
    return true;
}

RequestState::RequestState(HttpApi& a, Route& r, net::http::Request m, net::Responder responder)
    : api(a),
      route(r),
      message(std::move(m)),
      respond(std::move(responder)),
      trace(continue_trace(message.headers.find("traceparent"))),
      started(a.clock().now()),
      deadline(started + request_limit),
      in(*this) {}

void RequestState::run_on_worker() {
    const std::unique_ptr<RequestState> self{this};
    response result;
    try {
        result = route.user.call(in);
    } catch (...) {
        result = response_to_failure(std::current_exception(), in);
    }
    api.answer(*this, std::move(result));
}

net::http::Response to_http(response answer) {
    net::http::Response out;
    out.status = answer.status;
    out.content_type = net::http::one_line(answer.content_type);
    for (const auto& [name, value] : answer.headers)
        if (net::http::is_token(name)) out.headers.add(name, net::http::one_line(value));
    out.body = std::move(answer.body);
    return out;
}

net::http::Response overloaded(const std::string& why) {
    return to_http(response_to(publish_error{why, publish_error::cause::overloaded}));
}

response response_to(const publish_error& error, bool too_large) {
    if (too_large) return problem_response(413, error.what());
    if (error.why() == publish_error::cause::refused) return problem_response(500, error.what());
    auto answer = problem_response(503, error.what());
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

response response_to_failure(const std::exception_ptr& failure, const request& in) {
    try {
        std::rethrow_exception(failure);
    } catch (const publish_error& e) {
        return response_to(e);
    } catch (...) {
    }
    const auto what = verdict_of(failure);
    in.log().error("route failed", {{"error_type", what.type}, {"error", what.reason}});
    return problem_response(
        500, "The service failed to answer; see its log for trace " + in.trace_id() + ".");
}

HttpApi::HttpApi(HttpApiTools tools, std::vector<std::unique_ptr<Route>> routes,
                 std::size_t idempotency_entries, std::chrono::milliseconds idempotency_window)
    : tools_(std::move(tools)),
      routes_(std::move(routes)),
      memory_(idempotency_entries, idempotency_window) {}

HttpApi::~HttpApi() = default;

bool HttpApi::serve_probe(const net::http::Request& message, const net::Responder& respond) {
    constexpr std::array<std::string_view, 4> ours{"/health/live", "/health/ready",
                                                   "/health/started", "/metrics"};
    if (std::find(ours.begin(), ours.end(), message.path) == ours.end()) return false;
    if (!is_get(message)) {
        refuse(message, respond, "GET, HEAD");
        return true;
    }
    const auto say = [&](const std::string& trouble) {
        auto answer =
            net::http::text((trouble.empty() ? "ok" : trouble) + "\n", trouble.empty() ? 200 : 503);
        if (!trouble.empty()) answer.headers.add("Retry-After", "1");
        respond(std::move(answer));
    };
    if (message.path == "/health/live")
        say(tools_.alive() ? "" : "the poll thread does not tick");
    else if (message.path == "/health/ready")
        say(tools_.why_not_ready());
    else if (message.path == "/health/started")
        say(tools_.started() ? "" : "the service is starting");
    else {
        auto out = net::http::text(tools_.metrics.text());
        out.content_type = "text/plain; version=0.0.4; charset=utf-8";
        respond(std::move(out));
    }
    return true;
}

void HttpApi::handle(net::http::Request message, net::Responder respond) {
    mark_executor_thread();
    if (serve_probe(message, respond)) return;
    std::string allowed;
    std::vector<std::pair<std::string, std::string>> params;
    for (const auto& route : routes_) {
        if (!route->pattern.match(message.segments, params)) continue;
        if (route->method != message.method && !(route->method == "GET" && is_get(message))) {
            allowed += (allowed.empty() ? "" : ", ") + route->method;
            if (route->method == "GET") allowed += ", HEAD";
            continue;
        }
        auto state =
            std::make_unique<RequestState>(*this, *route, std::move(message), std::move(respond));
        state->params = std::move(params);
        if (route->publish != nullptr)
            publish(std::move(state));
        else
            run(std::move(state));
        return;
    }
    refuse(message, respond, allowed);
}

void HttpApi::refuse(const net::http::Request& message, const net::Responder& respond,
                     const std::string& allowed) {
    if (allowed.empty()) {
        respond(to_http(problem_response(404, "There is no " + message.path + " here.")));
        return;
    }
    auto out = to_http(problem_response(
        405, message.path + " takes " + allowed + ", not " + message.method + "."));
    out.headers.add("Allow", allowed);
    respond(std::move(out));
}

void HttpApi::answer(Route& route, const net::Responder& respond, MonoTime started,
                     net::http::Response response) {
    const int status = response.status;
    respond(std::move(response));
    const std::chrono::duration<double> took = tools_.clock.now() - started;
    const std::lock_guard lock{mutex_};
    auto at = route.durations.find(status);
    if (at == route.durations.end())
        at = route.durations
                 .emplace(status, tools_.metrics.histogram(
                                      "http_server_request_duration_seconds",
                                      "Time from a request to its answer",
                                      {{"http_request_method", route.method},
                                       {"http_route", route.path},
                                       {"http_response_status_code", std::to_string(status)}},
                                      Metrics::duration_bounds()))
                 .first;
    at->second.observe(took.count());
}

void HttpApi::answer(RequestState& state, response answer) {
    this->answer(state.route, state.respond, state.started, to_http(std::move(answer)));
}

void HttpApi::run(std::unique_ptr<RequestState> state) {
    RequestState& request = *state.release();  // answered and freed by whoever ends the route
    if (request.route.user.call) {
        tools_.workers.push_urgent(request);
        return;
    }
    service::start(request.route.user.start(request.in), [&request](std::optional<response> result,
                                                                    std::exception_ptr failure) {
        const std::unique_ptr<RequestState> self{&request};
        request.api.answer(request,
                           failure ? response_to_failure(failure, request.in) : std::move(*result));
    });
}

}  // namespace leat::service
