// Where a configuration value comes from, in the numbers of DescribeConfigs and CreateTopics.
#pragma once

#include "broker/config.hpp"

namespace leat::broker {

/// ConfigEntry.ConfigSource of Kafka's clients.
enum class ConfigSource : std::int8_t {
    dynamic_topic = 1,
    dynamic_broker = 2,
    dynamic_default_broker = 3,
    static_broker = 4,
    default_config = 5,
};

/// Where the value of a broker key comes from.
inline ConfigSource broker_config_source(const Config& config, std::string_view name) {
    if (config.dynamics().contains(name)) return ConfigSource::dynamic_default_broker;
    if (config.statics().contains(name)) return ConfigSource::static_broker;
    return ConfigSource::default_config;
}

/// Where a topic's value comes from.
inline std::int8_t topic_config_source(const Config& config, const ConfigKey& key,
                                       const ConfigMap& overrides) {
    return static_cast<std::int8_t>(overrides.contains(key.name)
                                        ? ConfigSource::dynamic_topic
                                        : broker_config_source(config, key.broker_key));
}

}  // namespace leat::broker
