// DescribeConfigs 1–4 (synonyms: KIP-226, types and documentation: KIP-569), of topics and of the
// broker. There are no named loggers (KIP-412), as in a Kafka without Log4j; client metrics and
// groups have no configurations here. Keys that are asked for and unknown are left out.
#include <algorithm>

#include "broker/api/config_resources.hpp"
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using Described = DescribeConfigsResponse::DescribeConfigsResult;
using DescribedConfig = Described::DescribeConfigsResourceResult;
using WantedKeys = std::optional<std::vector<std::string>>;

bool is_wanted(const WantedKeys& keys, std::string_view name) {
    return !keys || keys->empty() || std::ranges::find(*keys, name) != keys->end();
}

void refuse(Described& result, Refusal refusal) {
    result.error_code = refusal.code;
    result.error_message = std::move(refusal.message);
}

// A value's own source is that of the nearest synonym.
void add_entry(Described& result, const DescribeConfigsRequest& request, const ConfigKey& key,
               const std::vector<ConfigSynonym>& synonyms) {
    auto& entry = result.configs.emplace_back();
    entry.name = std::string{key.name};
    entry.config_type = static_cast<std::int8_t>(key.type);
    if (request.include_documentation) entry.documentation = std::string{key.doc};
    entry.config_source = static_cast<std::int8_t>(synonyms.empty() ? ConfigSource::default_config
                                                                    : synonyms.front().source);
    if (!request.include_synonyms) return;
    for (const auto& [name, value, source] : synonyms)
        entry.synonyms.push_back({name, value, static_cast<std::int8_t>(source)});
}

void describe_topic(Broker& broker, const DescribeConfigsRequest& request, const WantedKeys& keys,
                    Described& result) {
    if (auto named = check_topic_name(result.resource_name); !named)
        return refuse(result, {ErrorCode::invalid_topic_exception, named.error().what});
    const auto topic = broker.topics().find(result.resource_name);
    if (!topic)
        return refuse(result, {ErrorCode::unknown_topic_or_partition,
                               "The topic '" + result.resource_name + "' does not exist."});
    const auto& config = broker.config();
    for (const auto& key : topic_keys()) {
        if (!is_wanted(keys, key.name)) continue;
        std::vector<ConfigSynonym> synonyms;
        if (!key.broker_key.empty()) synonyms = config.synonyms(key.broker_key);
        if (const auto at = topic->overrides.find(key.name); at != topic->overrides.end())
            synonyms.insert(synonyms.begin(),
                            {std::string{key.name}, at->second, ConfigSource::dynamic_topic});
        add_entry(result, request, key, synonyms);
        result.configs.back().value = config.topic_value(key, topic->overrides);
    }
}

// What was set for all brokers, and nothing else.
void describe_all_brokers(const Config& config, const DescribeConfigsRequest& request,
                          const WantedKeys& keys, Described& result) {
    for (const auto& [name, value] : config.dynamics(DynamicFor::all_brokers)) {
        if (!is_wanted(keys, name)) continue;
        add_entry(result, request, *find_broker_key(name),
                  {{name, value, ConfigSource::dynamic_default_broker}});
        result.configs.back().value = value;
    }
}

void describe_broker(Broker& broker, const DescribeConfigsRequest& request, const WantedKeys& keys,
                     Described& result) {
    const auto& config = broker.config();
    if (result.resource_name.empty()) return describe_all_brokers(config, request, keys, result);
    auto refusal = check_broker_name(broker, result.resource_name, " or empty string");
    if (refusal.code != ErrorCode::none) return refuse(result, std::move(refusal));
    for (const auto& key : broker_keys()) {
        if (!is_wanted(keys, key.name)) continue;
        add_entry(result, request, key, config.synonyms(key.name));
        result.configs.back().value = config.find(key.name);
        result.configs.back().read_only = !key.dynamic;
    }
}

void describe_loggers(Broker& broker, Described& result) {
    if (result.resource_name.empty())
        return refuse(result, {ErrorCode::invalid_request, "Broker id must not be empty"});
    auto refusal = check_broker_name(broker, result.resource_name);
    if (refusal.code != ErrorCode::none) refuse(result, std::move(refusal));
}

}  // namespace

void describe_configs(Broker& broker, Request<DescribeConfigsRequest> request,
                      const Reply<DescribeConfigsResponse>& reply) {
    const auto& wanted = request.body.resources;
    DescribeConfigsResponse response;
    const auto stranger = std::ranges::find_if(wanted, [](const auto& resource) {
        return !is_kafkas(ConfigResource{resource.resource_type});
    });
    for (const auto& resource : wanted) {
        auto& result = response.results.emplace_back();
        result.resource_type = resource.resource_type;
        result.resource_name = resource.resource_name;
        result.error_message = "";  // not null, as Kafka has it here
        const auto& keys = resource.configuration_keys;
        const auto type = ConfigResource{resource.resource_type};
        if (stranger != wanted.end())  // Kafka refuses the request as a whole
            refuse(result, {ErrorCode::invalid_request,
                            "Unexpected resource type " + std::to_string(stranger->resource_type)
                                + " for resource " + stranger->resource_name});
        else if (type == ConfigResource::topic)
            describe_topic(broker, request.body, keys, result);
        else if (type == ConfigResource::broker)
            describe_broker(broker, request.body, keys, result);
        else if (type == ConfigResource::broker_logger)
            describe_loggers(broker, result);
        else
            refuse(result, no_such_configs(type));
    }
    reply(response);
}

}  // namespace leat::broker
