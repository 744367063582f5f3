#include "service/http_caller.hpp"

#include <algorithm>

#include "service/coroutine.hpp"

namespace leat {

pending<http_reply> http_client::call(std::string method, std::string url, std::string body,
                                      const call_options& options) const {
    return caller_->call(std::move(method), std::move(url), std::move(body), options);
}

}  // namespace leat

namespace leat::service {
namespace {

using Reply = detail::pending_result<http_reply>;

http_reply to_reply(net::http::Response answer) {
    http_reply reply;
    reply.status = answer.status;
    reply.content_type = std::move(answer.content_type);
    for (std::size_t i = 0; i < answer.headers.size(); ++i) {
        const auto field = answer.headers.at(i);
        reply.headers.emplace_back(field.name, field.value);
    }
    reply.body = std::move(answer.body);
    return reply;
}

void settle(Reply& reply, const std::string& what, Result<net::http::Response> answer) {
    if (answer)
        reply.value = to_reply(std::move(*answer));
    else
        reply.failure = std::make_exception_ptr(http_error{what + ": " + answer.error().what});
    reply.finish();
    if (reply.drop()) delete &reply;
}

}  // namespace

pending<http_reply> HttpCaller::call(std::string method, std::string url, std::string body,
                                     const call_options& options) const {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    if (!body.empty()) request.content_type = "application/json";
    request.body = std::move(body);
    for (const auto& [name, value] : options.headers) request.headers.add(name, value);
    if (options.idempotency_key) {
        request.headers.set("Idempotency-Key", *options.idempotency_key);
        request.idempotent = true;
    }
    const auto trace = trace_.valid() ? child_of(trace_) : new_trace();
    request.headers.set("traceparent", trace.traceparent());

    auto* reply = new Reply;
    reply->keep();  // one use for the caller, one for the answer
    const std::string what = request.method + " " + request.url;
    const auto until = std::min(deadline_, clock_.now() + options.timeout);
    client_.call(request, until, [reply, what](Result<net::http::Response> answer) {
        mark_executor_thread();
        settle(*reply, what, std::move(answer));
    });
    return pending<http_reply>{reply};
}

}  // namespace leat::service
