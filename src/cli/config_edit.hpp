// Reading and changing configurations of topics and brokers, for the commands that do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/cluster.hpp"

namespace leat::cli {

/// Whose configurations. An empty broker name stands for the default of all brokers.
struct ConfigResource {
    enum Type : std::int8_t { topic = 2, broker = 4 };
    Type type = topic;
    std::string name;

    /// "topic 'orders'", "broker 1", "the default of all brokers".
    std::string label() const;
};

struct ConfigEntry {
    std::string name;
    std::optional<std::string> value;  // nothing if it is sensitive
    std::string source;  // "default", "static", "dynamic-topic", "dynamic-broker", ...
    bool is_default = false;
    bool read_only = false;
    bool sensitive = false;
};

/// The named configurations of `resource`, or all, by name. Errors: not_found, invalid_argument
/// (what the broker refuses), unavailable.
Result<std::vector<ConfigEntry>> read_configs(client::Cluster& cluster,
                                              const ConfigResource& resource,
                                              const std::vector<std::string>& names);

/// A new value, or nothing to go back to the default.
struct ConfigEdit {
    std::string name;
    std::optional<std::string> value;
};

/// Splits KEY=VALUE; the key is all in front of the first '='.
ConfigEdit split_config(const std::string& text);

/// Empty if `text` is KEY=VALUE, else why not: a check for command-line options.
std::string is_config_assignment(const std::string& text);

/// Makes `edits` all at once, or only has them checked. Errors as read_configs().
Result<void> edit_configs(client::Cluster& cluster, const ConfigResource& resource,
                          const std::vector<ConfigEdit>& edits, bool validate_only);

}  // namespace leat::cli
