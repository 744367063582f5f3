// HOST:PORT as people write and read it, IPv6 in brackets: the one place that takes it apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace leat {

struct HostPort {
    std::string host;  // an IPv6 address stands without its brackets
    std::uint16_t port = 0;

    bool operator==(const HostPort&) const = default;
    /// `host:port`, with brackets around an IPv6 address.
    std::string to_string() const;
};

/// What a place takes beside HOST:PORT and [IPV6]:PORT.
struct HostPortRules {
    /// The port of an address that names none; nothing: it must name one. Only where a port may be
    /// missing, an IPv6 address may stand without brackets.
    std::optional<std::uint16_t> default_port = std::nullopt;
    bool any_host = false;   // `:PORT`, with an empty host
    bool free_port = false;  // port 0, where a free one is taken
};

/// Error: invalid_argument, a whole sentence that names `text` and what is wrong with it.
Result<HostPort> parse_host_port(std::string_view text, const HostPortRules& rules = {});

}  // namespace leat
