// A broker's address as people write it: host, host:port or [ipv6]:port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace leat::client {

inline constexpr std::uint16_t default_port = 9092;

struct HostPort {
    std::string host;
    std::uint16_t port = default_port;

    bool operator==(const HostPort&) const = default;
    /// `host:port`, with brackets around an IPv6 address.
    std::string to_string() const;
    /// Error: invalid_argument, naming what is wrong with `text`.
    static Result<HostPort> parse(std::string_view text);
};

/// A bootstrap list: addresses with commas between them, at least one. Error: invalid_argument.
Result<std::vector<HostPort>> parse_bootstrap(std::string_view text);

}  // namespace leat::client
