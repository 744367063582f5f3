#include "broker/listeners.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "broker/config.hpp"

namespace leat::broker {
namespace {

constexpr HostPortRules listen_rules{.any_host = true, .free_port = true};

bool is_v4(const std::string& host) {
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_v6(const std::string& host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_wildcard(const std::string& host) {
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return v4.s_addr == INADDR_ANY;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_UNSPECIFIED(&v6);
    return host.empty();
}

std::string upper(std::string_view text) {
    std::string result{text};
    for (auto& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

const std::map<std::string, SecurityProtocol, std::less<>>& protocols() {
    static const std::map<std::string, SecurityProtocol, std::less<>> names{
        {"PLAINTEXT", SecurityProtocol::plaintext},
        {"SSL", SecurityProtocol::ssl},
        {"SASL_PLAINTEXT", SecurityProtocol::sasl_plaintext},
        {"SASL_SSL", SecurityProtocol::sasl_ssl}};
    return names;
}

struct NamedAddress {
    std::string name;
    HostPort at;
};

// One reading of the configuration: gathers what it finds, good and bad.
class Reader {
public:
    explicit Reader(const Config& config) : config_(config) {
        const auto names = config.text("controller.listener.names");
        for (const auto name : split_list(names)) controllers_.push_back(upper(name));
    }

    Addresses read() {
        read_protocols();
        read_listeners();
        check_ports();
        read_advertised();
        read_admin();
        return std::move(found_);
    }

private:
    void problem(std::string_view key, const std::string& what) {
        found_.problems.push_back(std::string{key} + ": " + what);
    }

    bool is_controller(const std::string& name) const {
        return std::ranges::find(controllers_, name) != controllers_.end();
    }

    Listener* find(const std::string& name) {
        const auto at = std::ranges::find(found_.listeners, name, &Listener::name);
        return at == found_.listeners.end() ? nullptr : &*at;
    }

    void read_protocols() {
        constexpr std::string_view key = "listener.security.protocol.map";
        const auto map = config_.find(key);
        if (!map) protocol_of_ = protocols();
        const auto entries = map.value_or("");
        for (const auto entry : split_list(entries)) {
            const auto colon = entry.find(':');
            const auto name = upper(trimmed(entry.substr(0, colon)));
            const auto protocol = protocols().find(
                colon == std::string_view::npos ? "" : upper(trimmed(entry.substr(colon + 1))));
            if (name.empty() || protocol == protocols().end())
                problem(key, "'" + std::string{entry}
                                 + "' is not NAME:PROTOCOL with one of PLAINTEXT, SSL, "
                                   "SASL_PLAINTEXT, SASL_SSL");
            else if (!protocol_of_.emplace(name, protocol->second).second)
                problem(key, name + " stands in it twice");
        }
    }

    // NAME://HOST:PORT; without NAME, PLAINTEXT is meant. Nothing: it is a problem, or skipped.
    std::optional<NamedAddress> read_element(std::string_view key, std::string_view element) {
        const auto scheme = element.find("://");
        const bool named = scheme != std::string_view::npos;
        const auto name = named ? upper(trimmed(element.substr(0, scheme))) : "PLAINTEXT";
        if (is_controller(name)) {
            found_.notes.push_back(std::string{key} + ": " + std::string{element}
                                   + " is skipped: one node has no controllers to talk to");
            return std::nullopt;
        }
        if (name.empty()) {
            problem(key,
                    "'" + std::string{element} + "' begins with no name; write NAME://HOST:PORT");
            return std::nullopt;
        }
        auto at = parse_host_port(named ? element.substr(scheme + 3) : element, listen_rules);
        if (!at) {
            problem(key, at.error().what);
            return std::nullopt;
        }
        return NamedAddress{name, std::move(*at)};
    }

    void read_listeners() {
        constexpr std::string_view key = "listeners";
        bool any = false;
        const auto text = config_.text(key);
        for (const auto element : split_list(text)) {
            auto named = read_element(key, element);
            if (!named) continue;
            any = true;
            const auto protocol = protocol_of_.find(named->name);
            if (protocol == protocol_of_.end()) {
                problem(key, "no protocol is known for " + named->name + "; add " + named->name
                                 + ":PLAINTEXT to listener.security.protocol.map");
            } else if (protocol->second != SecurityProtocol::plaintext) {
                problem(key, "'" + std::string{element}
                                 + "' asks for TLS or SASL, which this broker does not have yet and "
                                   "will not start as if it had; take the listener away and keep "
                                   "the others on a trusted network");
            } else if (find(named->name) != nullptr) {
                problem(key, "two listeners are called " + named->name
                                 + "; give each a name of its own and its protocol in "
                                   "listener.security.protocol.map");
            } else {
                found_.listeners.push_back(
                    {named->name, protocol->second, named->at, std::nullopt, false});
            }
        }
        if (!any && found_.problems.empty())
            problem(key, "no listener for clients; write for example PLAINTEXT://127.0.0.1:9092");
    }

    // One port is for one listener, or for one IPv4 and one IPv6 address.
    void check_ports() {
        for (std::size_t i = 0; i < found_.listeners.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                auto& one = found_.listeners[j];
                auto& other = found_.listeners[i];
                if (one.bind.port == 0 || one.bind.port != other.bind.port) continue;
                one.v6_only = is_v6(one.bind.host);
                other.v6_only = is_v6(other.bind.host);
                if ((is_v4(one.bind.host) && other.v6_only)
                    || (one.v6_only && is_v4(other.bind.host)))
                    continue;
                problem("listeners", one.name + " and " + other.name + " have the same port "
                                         + std::to_string(one.bind.port)
                                         + ", which only one IPv4 and one IPv6 address may share");
            }
        }
    }

    void read_advertised() {
        constexpr std::string_view key = "advertised.listeners";
        const auto text = config_.text(key);
        for (const auto element : split_list(text)) {
            auto named = read_element(key, element);
            if (!named) continue;
            auto* listener = find(named->name);
            if (is_wildcard(named->at.host)) {
                problem(key, "'" + std::string{element}
                                 + "' names no host that a client could reach: a wildcard is for "
                                   "listeners; without " + std::string{key}
                                 + " each client is told the address that it has used");
            } else if (listener == nullptr) {
                if (found_.problems.empty())
                    problem(key, named->name + " is the name of no listener in listeners");
            } else if (listener->advertised) {
                problem(key, named->name + " stands in it twice");
            } else {
                listener->advertised = std::move(named->at);
            }
        }
    }

    void read_admin() {
        constexpr std::string_view key = "leat.admin.listener";
        auto text = config_.text(key);
        // Whoever takes a free port for Kafka runs several brokers, or a test.
        const auto& rows = found_.listeners;
        const bool all_free = !rows.empty() && std::ranges::all_of(rows, [](const Listener& row) {
            return row.bind.port == 0;
        });
        if (!config_.statics().contains(key) && all_free) text = "127.0.0.1:0";
        if (text.empty()) return;
        auto at = parse_host_port(text, listen_rules);
        if (!at) return problem(key, at.error().what);
        found_.admin = std::move(*at);
    }

    const Config& config_;
    std::vector<std::string> controllers_;
    std::map<std::string, SecurityProtocol, std::less<>> protocol_of_;
    Addresses found_;
};

}  // namespace

HostPort Listener::told(const std::string& local_host, std::uint16_t bound_port) const {
    if (advertised)
        return {advertised->host, advertised->port != 0 ? advertised->port : bound_port};
    return {is_wildcard(bind.host) ? local_host : bind.host, bound_port};
}

Addresses read_addresses(const Config& config) { return Reader{config}.read(); }

}  // namespace leat::broker
