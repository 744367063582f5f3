#include "broker/admin.hpp"

#include "broker/broker.hpp"

namespace leat::broker {
namespace http = net::http;

Admin::Admin(const boost::asio::any_io_executor& core, Broker& broker, Metrics& metrics,
             const Clock& clock)
    : broker_(broker),
      metrics_(metrics),
      server_(
          core, {.listen_flag = "--admin"},
          [this](const http::Request& request, const net::Responder& respond) {
              handle(request, respond);
          },
          clock) {}

Result<std::uint16_t> Admin::listen(const HostPort& address) {
    return server_.listen(address.host, address.port);
}

void Admin::handle(const http::Request& request, const net::Responder& respond) {
    if (request.method != "GET" && request.method != "HEAD") {
        auto refused = http::problem(405, "Method Not Allowed", "Only GET and HEAD are answered.");
        refused.headers.add("Allow", "GET, HEAD");
        respond(std::move(refused));
    } else if (request.path == "/metrics") {
        http::Response response = http::text(metrics_.text());
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        respond(std::move(response));
    } else if (request.path == "/health/live") {
        respond(http::text("ok\n"));
    } else if (request.path == "/health/ready") {
        const auto trouble = broker_.trouble();
        respond(trouble.empty() ? http::text("ok\n") : http::text(trouble + "\n", 503));
    } else {
        respond(
            http::problem(404, "Not Found", "There are /metrics, /health/live and /health/ready."));
    }
}

}  // namespace leat::broker
