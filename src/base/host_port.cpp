// Reads and writes HOST:PORT.
#include "base/host_port.hpp"

#include <charconv>

namespace leat {
namespace {

constexpr auto npos = std::string_view::npos;

Error bad_address(std::string_view text, std::string_view why) {
    return {Errc::invalid_argument, "'" + std::string{text} + "' is not an address: "
                                        + std::string{why}
                                        + "; write HOST:PORT or [IPV6]:PORT, for example "
                                          "127.0.0.1:9092 or [::1]:9092"};
}

struct Parts {
    std::string_view host;
    std::optional<std::string_view> port;  // nothing: no colon that begins one
    bool in_brackets = false;
};

// Nothing if the brackets are not a pair around the host.
std::optional<Parts> split(std::string_view text, bool port_may_be_missing) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == npos) return std::nullopt;
        const auto rest = text.substr(close + 1);
        Parts parts{text.substr(1, close - 1), std::nullopt, true};
        if (rest.empty()) return parts;
        if (rest.front() != ':') return std::nullopt;
        parts.port = rest.substr(1);
        return parts;
    }
    const auto first = text.find(':');
    const bool several = first != npos && text.find(':', first + 1) != npos;
    if (first == npos || (several && port_may_be_missing))
        return Parts{text, std::nullopt, several};
    return Parts{text.substr(0, first), text.substr(first + 1)};
}

// Empty if the host can be one, else what is wrong with it.
std::string_view fault_of(const Parts& parts) {
    for (const char c : parts.host)
        if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f
            || std::string_view{"[]/@,;\"'\\?#"}.find(c) != npos)
            return "the host holds a character that no host has";
    if (!parts.in_brackets) return "";
    const auto address = parts.host.substr(0, parts.host.find('%'));
    if (address.find(':') == npos || address.find_first_not_of("0123456789abcdefABCDEF:.") != npos)
        return "what stands in brackets is not an IPv6 address";
    return "";
}

}  // namespace

std::string HostPort::to_string() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> parse_host_port(std::string_view text, const HostPortRules& rules) {
    if (text.empty()) return bad_address(text, "it is empty");
    const auto parts = split(text, rules.default_port.has_value());
    if (!parts) return bad_address(text, "its brackets do not stand around the host");
    if (const auto fault = fault_of(*parts); !fault.empty()) return bad_address(text, fault);
    if (parts->host.empty() && (parts->in_brackets || !rules.any_host))
        return bad_address(text, "the host is missing");
    if (!parts->port && !rules.default_port) return bad_address(text, "the port is missing");
    HostPort result{std::string{parts->host}, rules.default_port.value_or(0)};
    if (!parts->port) return result;
    const auto digits = *parts->port;
    if (digits.find(':') != npos)
        return bad_address(text, "an IPv6 address before a port stands in brackets");
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    if (fault != std::errc{} || end != digits.data() + digits.size()
        || (result.port == 0 && !rules.free_port))
        return bad_address(text, rules.free_port ? "the port is not a number from 0 to 65535"
                                                 : "the port is not a number from 1 to 65535");
    return result;
}

}  // namespace leat
