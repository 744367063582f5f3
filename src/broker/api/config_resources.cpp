#include "broker/api/config_resources.hpp"

#include <charconv>

namespace leat::broker {
namespace {

using kafka::ErrorCode;

std::optional<std::int32_t> as_java_int(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

bool is_kafkas(ConfigResource type) {
    switch (type) {
        case ConfigResource::topic:
        case ConfigResource::broker:
        case ConfigResource::broker_logger:
        case ConfigResource::client_metrics:
        case ConfigResource::group:
            return true;
    }
    return false;
}

Refusal no_such_configs(ConfigResource type) {
    const bool groups = type == ConfigResource::group;
    return {ErrorCode::invalid_request,
            groups ? "Unsupported resource type: GROUP. Groups use the classic protocol, whose "
                     "settings are the members' own."
                   : "Unsupported resource type: CLIENT_METRICS. Clients' telemetry is not taken."};
}

Refusal check_broker_name(const Broker& broker, const std::string& name,
                          std::string_view expected) {
    const auto id = as_java_int(name);
    if (!id)
        return {ErrorCode::invalid_request, "Broker id must be an integer, but it is: " + name};
    if (*id == broker.node_id()) return {};
    return {ErrorCode::invalid_request, "Unexpected broker id, expected "
                                            + std::to_string(broker.node_id())
                                            + std::string{expected} + ", but received " + name};
}

}  // namespace leat::broker
