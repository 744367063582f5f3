// What leat::http_client stands on: the shared HTTP client with a trace and a deadline.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "leat/http_client.hpp"
#include "net/http_client.hpp"
#include "service/trace.hpp"

namespace leat::service {

/// Calls for one record or request: its trace, and the time when its handler's time is up.
class HttpCaller {
public:
    HttpCaller(net::HttpClient& client, const Clock& clock, TraceContext trace = {},
               MonoTime deadline = MonoTime::max())
        : client_(client), clock_(clock), trace_(trace), deadline_(deadline) {}

    /// The same client for another trace and deadline.
    std::shared_ptr<const HttpCaller> with(const TraceContext& trace, MonoTime deadline) const {
        return std::make_shared<HttpCaller>(client_, clock_, trace, deadline);
    }

    pending<http_reply> call(std::string method, std::string url, std::string body,
                             const call_options& options) const;

private:
    net::HttpClient& client_;
    const Clock& clock_;
    TraceContext trace_;
    MonoTime deadline_;
};

}  // namespace leat::service
