// The listener table: where clients connect to, how, and what they are told to connect to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/host_port.hpp"

namespace leat::broker {

class Config;

/// Kafka's; what a connection begins with.
enum class SecurityProtocol { plaintext, ssl, sasl_plaintext, sasl_ssl };

/// One row.
struct Listener {
    std::string name;  // upper case, as in listeners=NAME://HOST:PORT
    SecurityProtocol protocol = SecurityProtocol::plaintext;
    HostPort bind;                       // empty host: every address; port 0: a free one
    std::optional<HostPort> advertised;  // port 0: the bound one
    bool v6_only = false;                // the IPv4 side of its port belongs to another row

    /// What a client is told to connect to that came in at `local_host`, when the row is bound to
    /// `bound_port`. A wildcard is nobody's address: the one that the client has used is told.
    HostPort told(const std::string& local_host, std::uint16_t bound_port) const;
};

/// What a configuration says of addresses.
struct Addresses {
    std::vector<Listener> listeners;
    std::optional<HostPort> admin;  // nothing: /metrics and /health are not served
    std::vector<std::string> notes;
    /// Everything that is wrong, a sentence each. Not empty: the rest is not to be used.
    std::vector<std::string> problems;
};

/// Reads listeners, advertised.listeners, listener.security.protocol.map,
/// controller.listener.names and leat.admin.listener by Kafka's rules.
Addresses read_addresses(const Config& config);

}  // namespace leat::broker
