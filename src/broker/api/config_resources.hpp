// What DescribeConfigs, AlterConfigs and IncrementalAlterConfigs are asked about.
#pragma once

#include <cstdint>
#include <string>

#include "broker/broker.hpp"

namespace leat::broker {

/// ConfigResource.Type of Kafka's clients; clients may send any number.
enum class ConfigResource : std::int8_t {
    topic = 2,
    broker = 4,
    broker_logger = 8,
    client_metrics = 16,
    group = 32,
};

/// Whether Kafka knows such resources.
bool is_kafkas(ConfigResource type);

/// For Kafka's resources that nothing is configured of here: why a request is refused.
Refusal no_such_configs(ConfigResource type);

/// Nothing if `name` is this broker's id, written as Java reads numbers. `expected`: what else
/// might have been given, as in " or empty string".
Refusal check_broker_name(const Broker& broker, const std::string& name,
                          std::string_view expected = "");

}  // namespace leat::broker
