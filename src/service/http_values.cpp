// The public HTTP values: responses, problems, and what a route may ask its request.
#include <algorithm>

#include "leat/http.hpp"
#include "service/http_api.hpp"
#include "service/problem.hpp"

namespace leat {
namespace {

response answer_of(const Problem& problem) {
    return {problem.status, net::http::problem_media_type, {}, to_json(problem)};
}

// A publication of a route: nobody but the route itself waits for it.
class RoutePublication final : public detail::pending_result<published>, public rdkafka::Delivery {
public:
    explicit RoutePublication(std::string_view topic) : topic_(topic) {}

    void delivered(const rdkafka::DeliveryReport& report) override {
        if (report.delivered)
            value = published{topic_, report.partition, report.offset};
        else
            failure = std::make_exception_ptr(service::error_of(report, topic_));
        settle();
    }
    void fail(const publish_error& why) {
        failure = std::make_exception_ptr(why);
        settle();
    }

private:
    void settle() {
        finish();
        if (drop()) delete this;
    }
    std::string topic_;
};

}  // namespace

response text_response(std::string text, int status) {
    return {status, "text/plain; charset=utf-8", {}, std::move(text)};
}

response problem_response(int status, std::string_view detail, std::string_view pointer) {
    Problem problem{status, std::string{detail}, {}};
    if (!pointer.empty()) problem.errors.push_back({std::string{pointer}, std::string{detail}});
    return answer_of(problem);
}

namespace detail {

response problem_of(const json::error& error) { return answer_of(leat::problem_of(error)); }

response problem_of(const violation& broken) {
    Problem problem{422, broken.pointer + " " + broken.message + ".", {}};
    problem.errors.push_back({broken.pointer, broken.message});
    return answer_of(problem);
}

}  // namespace detail

std::string_view request::method() const { return state_->message.method; }
std::string_view request::path() const { return state_->message.path; }

std::string_view request::param(std::string_view name) const {
    const auto at = std::find_if(state_->params.begin(), state_->params.end(),
                                 [&](const auto& p) { return p.first == name; });
    return at == state_->params.end() ? std::string_view{} : at->second;
}

std::optional<std::string_view> request::query(std::string_view name) const {
    return state_->message.query_value(name);
}
std::optional<std::string_view> request::header(std::string_view name) const {
    return state_->message.headers.find(name);
}
std::string_view request::body() const { return state_->message.body; }
std::string request::trace_id() const { return state_->trace.trace_id_text(); }

std::optional<response> request::refuse_media_type() const {
    const auto type = state_->message.media_type();
    const bool json = type.empty() || type == "application/json"
                      || (type.size() > 5 && type.substr(type.size() - 5) == "+json");
    if (json) return std::nullopt;
    return problem_response(415, "The body is of type " + type + "; application/json is taken.");
}

pending<published> request::publish_bytes(std::string_view topic,
                                          std::optional<std::string_view> key,
                                          std::optional<std::string_view> value) {
    auto* publication = new RoutePublication{topic};
    publication->keep();
    const auto traceparent = child_of(state_->trace).traceparent();
    const rdkafka::HeaderView header{"traceparent", traceparent};
    if (const auto why = state_->api.why_not_ready(); !why.empty()) {
        publication->fail({"publishing to " + std::string{topic} + " failed: " + why,
                           publish_error::cause::away});
        return pending<published>{publication};
    }
    const auto refused =
        state_->api.publisher().send({topic, key, value, {&header, 1}, 0}, publication);
    if (refused) publication->delivered(*refused);
    return pending<published>{publication};
}

http_client request::http() const {
    return http_client{state_->api.http()->with(state_->trace, state_->deadline)};
}

logger request::log() const {
    return logger{{{"method", std::string{method()}},
                   {"path", std::string{path()}},
                   {"trace_id", trace_id()}}};
}

}  // namespace leat
