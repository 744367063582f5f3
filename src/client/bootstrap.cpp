// Takes a bootstrap list apart.
#include "client/bootstrap.hpp"

#include "base/text.hpp"

namespace leat::client {
namespace {

constexpr std::uint16_t default_port = 9092;

}  // namespace

Result<std::vector<HostPort>> parse_bootstrap(std::string_view text) {
    std::vector<HostPort> brokers;
    auto elements = split_list(text);
    if (elements.empty()) elements.emplace_back();
    for (const auto element : elements) {
        auto broker = parse_host_port(element, {.default_port = default_port});
        if (!broker) return broker.error();
        brokers.push_back(*broker);
    }
    return brokers;
}

}  // namespace leat::client
