// Every configuration key the broker knows: one row each. The defaults, the checks, DescribeConfigs
// and the "did you mean" of an unknown key all come from these tables.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace leat::broker {

/// Numbered as in DescribeConfigs' answers (KIP-569).
enum class ConfigType : std::int8_t {
    boolean = 1,
    string = 2,
    int32 = 3,
    int16 = 4,
    int64 = 5,
    floating = 6,
    list = 7,
};

struct ConfigKey {
    std::string_view name;
    ConfigType type = ConfigType::string;
    /// Nothing: the key has no default ("null" in Kafka's documentation).
    std::optional<std::string_view> default_value;
    std::string_view doc;
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    /// Comma-separated values that a string, or each element of a list, may have; empty: any.
    std::string_view one_of = {};
    /// May be changed while the broker runs (IncrementalAlterConfigs on the broker).
    bool dynamic = false;
    /// Of a topic key: the broker key that gives its default.
    std::string_view broker_key = {};
};

/// The broker's own keys, by name.
std::span<const ConfigKey> broker_keys();
/// The keys of a topic, by name.
std::span<const ConfigKey> topic_keys();

const ConfigKey* find_broker_key(std::string_view name);
const ConfigKey* find_topic_key(std::string_view name);

/// For a key of Kafka's that means nothing on one node: a sentence that says why. Nothing for
/// other names.
std::optional<std::string_view> why_meaningless(std::string_view name);
/// For a key of Kafka's whose silent neglect would be unsafe (security, tiered storage): why the
/// broker refuses to start with it.
std::optional<std::string_view> why_refused(std::string_view name);

/// Whether `value` is one that the key may have. Error invalid_argument names key, value and rule.
Result<void> check_value(const ConfigKey& key, std::string_view value);

/// "unknown configuration key …; did you mean …?" among broker or topic keys.
Error unknown_broker_key(std::string_view name);
Error unknown_topic_key(std::string_view name);

}  // namespace leat::broker
