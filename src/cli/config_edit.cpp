// DescribeConfigs and IncrementalAlterConfigs for one resource.
#include "cli/config_edit.hpp"

#include <algorithm>
#include <charconv>

#include "kafka/messages/configs.hpp"

namespace leat::cli {
namespace {

using kafka::ErrorCode;

constexpr std::int8_t set_operation = 0;
constexpr std::int8_t delete_operation = 1;

// ConfigSource in Kafka's protocol.
std::string source_name(std::int8_t source) {
    switch (source) {
        case 1:
            return "dynamic-topic";
        case 2:
            return "dynamic-broker";
        case 3:
            return "dynamic-default-broker";
        case 4:
            return "static";
        case 5:
            return "default";
        case 6:
            return "dynamic-broker-logger";
        case 7:
            return "dynamic-client-metrics";
        case 8:
            return "dynamic-group";
        default:
            return "unknown";
    }
}

// A topic's own settings are its dynamic-topic ones; whatever else it shows it inherits.
bool is_default(const ConfigResource& resource, std::int8_t source) {
    return resource.type == ConfigResource::topic ? source != 1 : source == 5;
}

// A broker answers for itself; anybody answers for topics and for the default of all brokers.
Result<client::Target> target_of(const client::Cluster& cluster, const ConfigResource& resource) {
    const auto& name = resource.name;
    if (resource.type != ConfigResource::broker || name.empty()) return client::Target::any();
    std::int32_t id = -1;
    std::from_chars(name.data(), name.data() + name.size(), id);
    std::string known;
    for (const auto& broker : cluster.brokers()) {
        if (broker.node_id == id) return client::Target::node(id);
        known.append(known.empty() ? "" : ", ").append(std::to_string(broker.node_id));
    }
    return Error{Errc::not_found, "there is no broker " + name + "; the cluster has " + known};
}

}  // namespace

std::string ConfigResource::label() const {
    if (type == topic) return "topic '" + name + "'";
    return name.empty() ? "the default of all brokers" : "broker " + name;
}

Result<std::vector<ConfigEntry>> read_configs(client::Cluster& cluster,
                                              const ConfigResource& resource,
                                              const std::vector<std::string>& names) {
    const auto target = target_of(cluster, resource);
    if (!target) return target.error();
    kafka::DescribeConfigsRequest request;
    auto& wanted = request.resources.emplace_back();
    wanted.resource_type = resource.type;
    wanted.resource_name = resource.name;
    if (!names.empty()) wanted.configuration_keys = names;
    auto response = cluster.call<kafka::DescribeConfigsResponse>(*target, request);
    if (!response) return response.error();
    if (response->results.empty())
        return Error{Errc::corrupt, "the broker did not answer for " + resource.label()};
    const auto& result = response->results.front();
    if (result.error_code != ErrorCode::none)
        return client::broker_error("read the configurations of " + resource.label(),
                                    result.error_code, result.error_message);
    std::vector<ConfigEntry> entries;
    for (const auto& each : result.configs)
        entries.push_back({each.name, each.is_sensitive ? std::nullopt : each.value,
                           source_name(each.config_source),
                           is_default(resource, each.config_source), each.read_only,
                           each.is_sensitive});
    std::ranges::sort(entries, {}, &ConfigEntry::name);
    return entries;
}

ConfigEdit split_config(const std::string& text) {
    const auto equals = text.find('=');
    return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string is_config_assignment(const std::string& text) {
    const auto equals = text.find('=');
    if (equals != std::string::npos && equals > 0) return {};
    return "'" + text + "' is not KEY=VALUE";
}

Result<void> edit_configs(client::Cluster& cluster, const ConfigResource& resource,
                          const std::vector<ConfigEdit>& edits, bool validate_only) {
    const auto target = target_of(cluster, resource);
    if (!target) return target.error();
    kafka::IncrementalAlterConfigsRequest request;
    request.validate_only = validate_only;
    auto& changed = request.resources.emplace_back();
    changed.resource_type = resource.type;
    changed.resource_name = resource.name;
    for (const auto& edit : edits)
        changed.configs.push_back(
            {edit.name, edit.value ? set_operation : delete_operation, edit.value});
    auto response = cluster.call<kafka::IncrementalAlterConfigsResponse>(*target, request);
    if (!response) return response.error();
    for (const auto& result : response->responses)
        if (result.error_code != ErrorCode::none)
            return client::broker_error("change the configurations of " + resource.label(),
                                        result.error_code, result.error_message);
    return {};
}

}  // namespace leat::cli
