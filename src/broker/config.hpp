// The broker's configuration: read once from a properties file and from flags, checked, typed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/config_keys.hpp"
#include "kafka/compression.hpp"
#include "storage/log_config.hpp"

namespace leat::broker {

/// Overrides by key: a topic's, or the broker's.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

/// ConfigEntry.ConfigSource of Kafka's clients.
enum class ConfigSource : std::int8_t {
    dynamic_topic = 1,
    dynamic_broker = 2,
    dynamic_default_broker = 3,
    static_broker = 4,
    default_config = 5,
};

/// Whom a dynamic broker value was set for. What is set for one is nearer.
enum class DynamicFor { this_broker, all_brokers };

/// A value that a key has, or would have if nothing nearer were set.
struct ConfigSynonym {
    std::string name;
    std::string value;
    ConfigSource source;
};

/// The broker's settings: defaults below the static ones (file, flags) below the dynamic ones
/// (IncrementalAlterConfigs), those of all brokers below this one's. Core thread.
class Config {
public:
    /// Checks and sets one static key. A meaningless key is taken with a note (see notes()); a
    /// refused, unknown or invalid one is an error that says what to do.
    Result<void> set(std::string_view name, std::string_view value);
    /// set() for each line of a Java properties file. Every line is read, whatever is wrong with
    /// others; the errors name theirs.
    [[nodiscard]] std::vector<Error> set_from_properties(std::string_view text);
    /// Checks and sets, or with nothing removes, one dynamic key; what is not set is removed,
    /// whatever it is. Error: as set(), or a key that is read at start only, or has no effect.
    Result<void> set_dynamic(DynamicFor whom, std::string_view name,
                             std::optional<std::string_view> value);

    /// The value in force; nothing if the key has no default and was not set.
    std::optional<std::string> find(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::int64_t number(std::string_view name) const;
    double real(std::string_view name) const;
    bool flag(std::string_view name) const;

    const ConfigMap& statics() const { return static_; }
    const ConfigMap& dynamics(DynamicFor whom) const {
        return whom == DynamicFor::this_broker ? own_ : everybodys_;
    }
    /// Where the value of a broker key comes from, and what stands below it, as DescribeConfigs
    /// tells it: layer by layer the key, and the others that Kafka reads in its place
    /// (log.retention.hours …); what is above the key's own first value is left out.
    std::vector<ConfigSynonym> synonyms(std::string_view name) const;
    /// One line for each key that was taken and has no effect: it means nothing on one node, or its
    /// feature is missing.
    const std::vector<std::string>& notes() const { return notes_; }

    /// The value that a topic key has where the topic does not override it, from its broker key
    /// and that key's relatives (log.retention.hours …).
    std::string topic_default(const ConfigKey& key) const;
    /// Where that default comes from, as CreateTopics tells it: the keys in the place of the broker
    /// key count like it.
    ConfigSource topic_default_source(const ConfigKey& key) const;
    /// A topic's value in force.
    std::string topic_value(const ConfigKey& key, const ConfigMap& overrides) const;
    /// A topic's settings as its logs see them.
    std::shared_ptr<const storage::LogConfig> log_config(const ConfigMap& overrides) const;
    /// How a topic compresses what it stores; nothing: as its producers do.
    std::optional<kafka::Compression> compression(const ConfigMap& overrides) const;

private:
    Result<void> check_static(std::string_view name, const std::string& value);
    std::optional<std::string> find_in(ConfigSource layer, std::string_view name) const;

    ConfigMap static_;
    ConfigMap everybodys_;
    ConfigMap own_;
    std::vector<std::string> notes_;
};

/// The value that a topic with this override has, in the form in which it is shown. Error: the key
/// is unknown (says which is near), is refused, or may not have the value.
Result<std::string> topic_config_value(std::string_view name, std::string_view value);
/// The same for all overrides of one topic, and what they may not be together.
Result<ConfigMap> checked_topic_config(const Config& config, const ConfigMap& overrides);

}  // namespace leat::broker
