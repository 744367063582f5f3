// The broker's configuration: read once from a properties file and from flags, checked, typed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/config_keys.hpp"
#include "storage/log_config.hpp"

namespace leat::broker {

/// Overrides by key: a topic's, or the broker's.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

/// A host and a port, IPv6 hosts without brackets.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
/// Reads `HOST:PORT`, `[v6]:PORT`, `:PORT` (then `default_host`), with or without `NAME://`.
Result<HostPort> parse_host_port(std::string_view text, std::string_view default_host);

/// The broker's settings: defaults below the static ones (file, flags) below the dynamic ones
/// (IncrementalAlterConfigs). Core thread.
class Config {
public:
    /// Checks and sets one static key. A meaningless key is taken with a note (see notes()); a
    /// refused, unknown or invalid one is an error that says what to do.
    Result<void> set(std::string_view name, std::string_view value);
    /// set() for each `key=value` line of a Java properties file; errors name the line.
    Result<void> set_from_properties(std::string_view text);
    /// Checks and sets, or with nothing removes, one dynamic key. Error: as set(), or a key that
    /// is read at start only.
    Result<void> set_dynamic(std::string_view name, std::optional<std::string_view> value);

    /// The value in force; nothing if the key has no default and was not set.
    std::optional<std::string> find(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::int64_t number(std::string_view name) const;
    bool flag(std::string_view name) const;

    const ConfigMap& statics() const { return static_; }
    const ConfigMap& dynamics() const { return dynamic_; }
    /// One line for each meaningless key that was taken.
    const std::vector<std::string>& notes() const { return notes_; }

    /// The value that a topic key has where the topic does not override it, from its broker key
    /// and that key's relatives (log.retention.hours …).
    std::string topic_default(const ConfigKey& key) const;
    /// A topic's value in force.
    std::string topic_value(const ConfigKey& key, const ConfigMap& overrides) const;
    /// A topic's settings as its logs see them.
    std::shared_ptr<const storage::LogConfig> log_config(const ConfigMap& overrides) const;

private:
    ConfigMap static_;
    ConfigMap dynamic_;
    std::vector<std::string> notes_;
};

/// Whether a topic may have this override. Meaningless keys are allowed. Error: says which is near.
Result<void> check_topic_config(std::string_view name, std::string_view value);

}  // namespace leat::broker
