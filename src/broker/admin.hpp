// The admin address: /metrics for Prometheus, /health for whoever supervises the process.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/host_port.hpp"
#include "base/metrics.hpp"
#include "net/http_server.hpp"

namespace leat::broker {

class Broker;

/// Core thread.
class Admin {
public:
    Admin(const boost::asio::any_io_executor& core, Broker& broker, Metrics& metrics,
          const Clock& clock);

    /// Serves at `address` (port 0 takes a free one) and gives the port. Error: as
    /// net::listen_on().
    Result<std::uint16_t> listen(const HostPort& address);

private:
    void handle(const net::http::Request& request, const net::Responder& respond);

    Broker& broker_;
    Metrics& metrics_;
    net::HttpServer server_;
};

}  // namespace leat::broker
