// Reads and writes broker addresses.
#include "client/host_port.hpp"

#include <charconv>

namespace leat::client {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
    std::string what = "'";
    what.append(text).append("' is no broker address: ").append(why);
    return {Errc::invalid_argument, what + "; write HOST:PORT, for example 127.0.0.1:9092"};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// Where the port's colon stands; npos without a port. An address with several colons and no
// brackets is IPv6 without a port.
std::size_t port_colon(std::string_view text) {
    if (text.front() == '[') {
        const auto close = text.find(']');
        return close == std::string_view::npos ? close : text.find(':', close);
    }
    const auto first = text.find(':');
    return text.find(':', first + 1) == std::string_view::npos ? first : std::string_view::npos;
}

}  // namespace

std::string HostPort::to_string() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<HostPort> HostPort::parse(std::string_view text) {
    if (text.empty()) return bad_address(text, "it is empty");
    HostPort parsed;
    const auto colon = port_colon(text);
    auto host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    if (host.empty()) return bad_address(text, "the host is missing");
    if (host.find_first_of("[]/ ") != std::string_view::npos)
        return bad_address(text, "the host holds a character that no host has");
    parsed.host = host;
    if (colon == std::string_view::npos) return parsed;
    const auto digits = text.substr(colon + 1);
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), parsed.port);
    if (fault != std::errc{} || end != digits.data() + digits.size() || parsed.port == 0)
        return bad_address(text, "the port is not a number from 1 to 65535");
    return parsed;
}

Result<std::vector<HostPort>> parse_bootstrap(std::string_view text) {
    std::vector<HostPort> brokers;
    for (std::size_t from = 0; from <= text.size();) {
        const auto comma = std::min(text.find(',', from), text.size());
        auto broker = HostPort::parse(trimmed(text.substr(from, comma - from)));
        if (!broker) return broker.error();
        brokers.push_back(*broker);
        from = comma + 1;
    }
    return brokers;
}

}  // namespace leat::client
