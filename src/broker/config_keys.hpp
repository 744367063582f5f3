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
    /// Comma-separated values that a string or a number, or each element of a list, may have;
    /// empty: any.
    std::string_view one_of = {};
    /// May be changed while the broker runs (IncrementalAlterConfigs on the broker).
    bool dynamic = false;
    /// Of a topic key: the broker key that gives its default; empty: there is none.
    std::string_view broker_key = {};
    /// Why a value other than the default changes nothing; empty: it does what it says.
    std::string_view no_effect = {};
};

inline constexpr std::string_view codecs = "uncompressed,gzip,snappy,lz4,zstd,producer";
/// Kafka takes zlib's default and what compresses, but not zlib's level 0, which does not.
inline constexpr std::string_view gzip_levels = "-1,1,2,3,4,5,6,7,8,9";
/// As one_of: `*` or PARTITION:BROKER.
inline constexpr std::string_view replicas_or_all = "*,PARTITION:BROKER";
inline constexpr auto int_max = std::numeric_limits<std::int32_t>::max();
inline constexpr auto long_min = std::numeric_limits<std::int64_t>::min();
inline constexpr auto long_max = std::numeric_limits<std::int64_t>::max();
inline constexpr std::string_view long_max_text = "9223372036854775807";

// Reasons that keys of several tables share.
inline constexpr std::string_view one_node =
    "there is one node, so nothing is replicated or elected";
inline constexpr std::string_view not_yet =
    "the feature that it tunes is not part of this broker yet";
inline constexpr std::string_view automatic = "the broker adapts this by itself";
inline constexpr std::string_view no_tiered_storage = "there is no tiered storage";

/// The broker's own keys, by name.
std::span<const ConfigKey> broker_keys();
/// The keys of a topic, by name.
std::span<const ConfigKey> topic_keys();

const ConfigKey* find_broker_key(std::string_view name);
const ConfigKey* find_topic_key(std::string_view name);

/// For a broker key of Kafka's that means nothing on one node: a sentence that says why, and what
/// to do. Nothing for other names.
std::optional<std::string_view> why_meaningless(std::string_view name);
/// For a key of Kafka's whose silent neglect would be unsafe (security, tiered storage): why the
/// broker refuses to start with it.
std::optional<std::string_view> why_refused(std::string_view name);

/// `value` in the form in which it is kept and shown: without white space around it and its list's
/// elements, numbers in digits, booleans in lower case. Error: invalid_argument, naming key, value
/// and rule.
Result<std::string> canonical_value(const ConfigKey& key, std::string_view value);

/// Why the (canonical) value changes nothing, or less than it says; nothing if it does.
std::optional<std::string_view> why_without_effect(const ConfigKey& key, std::string_view value);

/// "unknown configuration key …; did you mean …?" among broker or topic keys.
Error unknown_broker_key(std::string_view name);
Error unknown_topic_key(std::string_view name);

}  // namespace leat::broker
