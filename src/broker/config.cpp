#include "broker/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.hpp"
#include "base/text.hpp"
#include "broker/properties.hpp"

namespace leat::broker {
namespace {

constexpr std::int64_t ms_per_minute = 60'000;
constexpr std::int64_t ms_per_hour = 60 * ms_per_minute;

std::int64_t to_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    check(error == std::errc{} && end == text.data() + text.size(), "a checked value is a number");
    return number;
}

double to_real(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    check(error == std::errc{} && end == text.data() + text.size(), "a checked value is a number");
    return number;
}

Error invalid(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

// The keys that Kafka still reads in place of a missing one, the nearest first.
struct Relative {
    std::string_view key;
    std::string_view in_place_of;
    std::int64_t factor;
};
constexpr Relative relatives[] = {
    {"log.retention.minutes", "log.retention.ms", ms_per_minute},
    {"log.retention.hours", "log.retention.ms", ms_per_hour},
    {"log.roll.hours", "log.roll.ms", ms_per_hour},
    {"log.roll.jitter.hours", "log.roll.jitter.ms", ms_per_hour},
};

// A key and all that stand for the same, the nearest first.
std::vector<std::string_view> family_of(std::string_view name) {
    for (const auto& relative : relatives)
        if (relative.key == name) name = relative.in_place_of;
    std::vector family{name};
    for (const auto& relative : relatives)
        if (relative.in_place_of == name) family.push_back(relative.key);
    return family;
}

constexpr std::array layers = {ConfigSource::dynamic_broker, ConfigSource::dynamic_default_broker,
                               ConfigSource::static_broker, ConfigSource::default_config};

std::string_view known_as(std::string_view name) { return name == "log.dir" ? "log.dirs" : name; }

// Two names of one number.
std::string_view twin_of(std::string_view name) {
    if (name == "node.id") return "broker.id";
    return name == "broker.id" ? "node.id" : "";
}

}  // namespace

Result<void> Config::set(std::string_view name, std::string_view value) {
    name = known_as(name);
    if (const auto why = why_refused(name))
        return invalid("configuration key '" + std::string{name}
                       + "' is refused: " + std::string{*why});
    const auto note = [&](std::string_view why) {
        notes_.push_back(std::string{name} + "=" + std::string{value}
                         + " has no effect: " + std::string{why});
    };
    const auto* key = find_broker_key(name);
    if (key == nullptr) {
        const auto why = why_meaningless(name);
        if (!why) return unknown_broker_key(name);
        note(*why);
        return {};
    }
    auto canonical = canonical_value(*key, value);
    if (!canonical) return canonical.error();
    if (auto fits = check_static(name, *canonical); !fits) return fits;
    if (const auto why = why_without_effect(*key, *canonical)) note(*why);
    static_.insert_or_assign(std::string{name}, std::move(*canonical));
    return {};
}

// What a static value may not be beside the others.
Result<void> Config::check_static(std::string_view name, const std::string& value) {
    if (name == "log.dirs" && value.find(',') != std::string::npos)
        return invalid("log.dirs must name one directory, not a list");
    const auto other = static_.find(twin_of(name));
    if (other != static_.end() && other->second != value)
        return invalid("node.id and broker.id are one number, and here they are " + other->second
                       + " and " + value + "; take one of them away");
    return {};
}

std::vector<Error> Config::set_from_properties(std::string_view text) {
    std::vector<Error> errors;
    for (const auto& [line, key, value] : parse_properties(text)) {
        auto done = set(key, value);
        if (!done)
            errors.push_back(
                {done.error().code, "line " + std::to_string(line) + ": " + done.error().what});
    }
    return errors;
}

Result<void> Config::set_dynamic(DynamicFor whom, std::string_view name,
                                 std::optional<std::string_view> value) {
    auto& layer = whom == DynamicFor::this_broker ? own_ : everybodys_;
    if (!value) {
        layer.erase(std::string{name});
        return {};
    }
    const auto* key = find_broker_key(name);
    if (key == nullptr) {
        const auto why = why_refused(name) ? why_refused(name) : why_meaningless(name);
        if (!why) return unknown_broker_key(name);
        return invalid("configuration key '" + std::string{name}
                       + "' is not taken while the broker " + "runs: " + std::string{*why});
    }
    if (!key->dynamic)
        return invalid("configuration key '" + std::string{name}
                       + "' is read when the broker starts and cannot be changed while it runs");
    auto canonical = canonical_value(*key, *value);
    if (!canonical) return canonical.error();
    layer.insert_or_assign(std::string{name}, std::move(*canonical));
    return {};
}

std::optional<std::string> Config::find_in(ConfigSource layer, std::string_view name) const {
    const auto in = [&](const ConfigMap& map, std::string_view key) -> std::optional<std::string> {
        const auto at = map.find(key);
        return at == map.end() ? std::nullopt : std::optional{at->second};
    };
    switch (layer) {
        case ConfigSource::dynamic_topic:
            break;
        case ConfigSource::dynamic_broker:
            return in(own_, name);
        case ConfigSource::dynamic_default_broker:
            return in(everybodys_, name);
        case ConfigSource::static_broker:
            if (auto own = in(static_, name)) return own;
            return in(static_, twin_of(name));
        case ConfigSource::default_config:
            if (const auto* key = find_broker_key(name); key != nullptr && key->default_value)
                return std::string{*key->default_value};
            break;
    }
    return std::nullopt;
}

std::optional<std::string> Config::find(std::string_view name) const {
    check(find_broker_key(name) != nullptr, "the broker reads only keys that it knows");
    for (const auto layer : layers)
        if (auto value = find_in(layer, name)) return value;
    return std::nullopt;
}

std::vector<ConfigSynonym> Config::synonyms(std::string_view name) const {
    std::vector<ConfigSynonym> all;
    for (const auto layer : layers)
        for (const auto key : family_of(name))
            if (auto value = find_in(layer, key))
                all.push_back({std::string{key}, std::move(*value), layer});
    all.erase(all.begin(), std::ranges::find(all, name, &ConfigSynonym::name));
    return all;
}

std::string Config::text(std::string_view name) const { return find(name).value_or(""); }
std::int64_t Config::number(std::string_view name) const { return to_number(text(name)); }
double Config::real(std::string_view name) const { return to_real(text(name)); }
bool Config::flag(std::string_view name) const { return text(name) == "true"; }

std::string Config::topic_default(const ConfigKey& key) const {
    if (key.broker_key.empty()) return std::string{key.default_value.value_or("")};
    if (const auto own = find(key.broker_key)) return *own;
    for (const auto& [name, in_place_of, factor] : relatives) {
        if (in_place_of != key.broker_key) continue;
        const auto value = find(name);
        if (!value) continue;
        const auto number = to_number(*value);
        return std::to_string(number < 0 ? number : number * factor);
    }
    return std::string{key.default_value.value_or("")};
}

ConfigSource Config::topic_default_source(const ConfigKey& key) const {
    for (const auto layer : layers)
        for (const auto name : family_of(key.broker_key))
            if (find_in(layer, name)) return layer;
    return ConfigSource::default_config;
}

std::string Config::topic_value(const ConfigKey& key, const ConfigMap& overrides) const {
    const auto at = overrides.find(key.name);
    return at == overrides.end() ? topic_default(key) : at->second;
}

std::shared_ptr<const storage::LogConfig> Config::log_config(const ConfigMap& overrides) const {
    const auto value = [&](std::string_view name) {
        const auto* key = find_topic_key(name);
        check(key != nullptr, "logs read only topic keys that exist");
        return topic_value(*key, overrides);
    };
    auto log = std::make_shared<storage::LogConfig>();
    log->segment_bytes = to_number(value("segment.bytes"));
    log->segment_ms = to_number(value("segment.ms"));
    log->segment_index_bytes = to_number(value("segment.index.bytes"));
    log->index_interval_bytes = to_number(value("index.interval.bytes"));
    log->retention_bytes = to_number(value("retention.bytes"));
    log->retention_ms = to_number(value("retention.ms"));
    log->cleanup_delete = value("cleanup.policy").find("delete") != std::string::npos;
    log->cleanup_compact = value("cleanup.policy").find("compact") != std::string::npos;
    log->delete_retention_ms = to_number(value("delete.retention.ms"));
    log->min_compaction_lag_ms = to_number(value("min.compaction.lag.ms"));
    log->max_compaction_lag_ms = to_number(value("max.compaction.lag.ms"));
    log->min_cleanable_dirty_ratio = to_real(value("min.cleanable.dirty.ratio"));
    // What is not closed cannot be compacted.
    if (log->cleanup_compact)
        log->segment_ms = std::min(log->segment_ms, log->max_compaction_lag_ms);
    log->file_delete_delay_ms = to_number(value("file.delete.delay.ms"));
    log->flush_messages = to_number(value("flush.messages"));
    log->flush_ms = to_number(value("flush.ms"));
    log->timestamp_type = value("message.timestamp.type") == "LogAppendTime"
                              ? storage::TimestampType::log_append_time
                              : storage::TimestampType::create_time;
    log->producer_id_expiration_ms = number("producer.id.expiration.ms");
    log->durability = text("leat.durability") == "sync" ? storage::Durability::sync
                                                        : storage::Durability::page_cache;
    return log;
}

std::optional<kafka::Compression> Config::compression(const ConfigMap& overrides) const {
    const auto value = [&](const std::string& name) {
        return topic_value(*find_topic_key(name), overrides);
    };
    const auto type = value("compression.type");
    if (type == "uncompressed") return kafka::Compression{};
    const auto codec = kafka::codec_of(type);
    if (!codec) return std::nullopt;
    const auto level = "compression." + type + ".level";
    if (find_topic_key(level) == nullptr) return kafka::Compression{*codec};
    return kafka::Compression{*codec, static_cast<int>(to_number(value(level)))};
}

Result<std::string> topic_config_value(std::string_view name, std::string_view value) {
    if (const auto* key = find_topic_key(name)) return canonical_value(*key, value);
    if (const auto why = why_refused(name))
        return invalid("configuration key '" + std::string{name}
                       + "' is refused: " + std::string{*why});
    return unknown_topic_key(name);
}

Result<ConfigMap> checked_topic_config(const Config& config, const ConfigMap& overrides) {
    ConfigMap checked;
    for (const auto& [name, value] : overrides) {
        auto canonical = topic_config_value(name, value);
        if (!canonical) return canonical.error();
        checked.emplace(name, std::move(*canonical));
    }
    const auto lag = [&](std::string_view name) {
        return to_number(config.topic_value(*find_topic_key(name), checked));
    };
    if (lag("min.compaction.lag.ms") > lag("max.compaction.lag.ms"))
        return invalid("min.compaction.lag.ms must not be more than max.compaction.lag.ms");
    return checked;
}

}  // namespace leat::broker
