#include "broker/config.hpp"

#include <charconv>

#include "base/check.hpp"

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

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

Error invalid(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

// The keys that Kafka still reads in place of a missing one.
struct Relative {
    std::string_view key;
    std::string_view in_place_of;
    std::int64_t factor;
};
constexpr Relative relatives[] = {
    {"log.retention.minutes", "log.retention.ms", ms_per_minute},
    {"log.retention.hours", "log.retention.ms", ms_per_hour},
    {"log.roll.hours", "log.roll.ms", ms_per_hour},
};

std::string_view known_as(std::string_view name) {
    if (name == "log.dir") return "log.dirs";
    return name;
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text, std::string_view default_host) {
    const auto bad = [&] {
        return invalid("'" + std::string{text} + "' is not an address of the form HOST:PORT");
    };
    auto rest = text;
    if (const auto scheme = rest.find("://"); scheme != std::string_view::npos)
        rest.remove_prefix(scheme + 3);
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) return bad();
    auto host = rest.substr(0, colon);
    const auto port_text = rest.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    HostPort result{std::string{host.empty() ? default_host : host}, 0};
    const auto [end, error] =
        std::from_chars(port_text.data(), port_text.data() + port_text.size(), result.port);
    if (error != std::errc{} || end != port_text.data() + port_text.size()) return bad();
    return result;
}

Result<void> Config::set(std::string_view name, std::string_view value) {
    name = known_as(name);
    if (const auto why = why_refused(name))
        return invalid("configuration key '" + std::string{name}
                       + "' is refused: " + std::string{*why});
    const auto* key = find_broker_key(name);
    if (key == nullptr) {
        const auto why = why_meaningless(name);
        if (!why) return unknown_broker_key(name);
        notes_.push_back(std::string{name} + "=" + std::string{value}
                         + " has no effect: " + std::string{*why});
        return {};
    }
    if (auto checked = check_value(*key, value); !checked) return checked;
    if (name == "log.dirs" && value.find(',') != std::string_view::npos)
        return invalid("log.dirs must name one directory, not a list");
    static_.insert_or_assign(std::string{name}, std::string{value});
    if (name == "broker.id") static_.insert_or_assign("node.id", std::string{value});
    return {};
}

Result<void> Config::set_from_properties(std::string_view text) {
    int line_number = 0;
    while (!text.empty()) {
        const auto newline = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, newline));
        text.remove_prefix(std::min(newline + 1, text.size()));
        ++line_number;
        if (line.empty() || line.front() == '#' || line.front() == '!') continue;
        const auto equals = line.find('=');
        const auto where = "line " + std::to_string(line_number) + ": ";
        if (equals == std::string_view::npos)
            return invalid(where + "'" + std::string{line} + "' has no '='");
        auto set_line = set(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
        if (!set_line) return invalid(where + set_line.error().what);
    }
    return {};
}

Result<void> Config::set_dynamic(std::string_view name, std::optional<std::string_view> value) {
    const auto* key = find_broker_key(name);
    if (key == nullptr) return unknown_broker_key(name);
    if (!key->dynamic)
        return invalid("configuration key '" + std::string{name}
                       + "' is read when the broker starts and cannot be changed while it runs");
    if (!value) {
        dynamic_.erase(std::string{name});
        return {};
    }
    if (auto checked = check_value(*key, *value); !checked) return checked;
    dynamic_.insert_or_assign(std::string{name}, std::string{*value});
    return {};
}

std::optional<std::string> Config::find(std::string_view name) const {
    if (const auto at = dynamic_.find(name); at != dynamic_.end()) return at->second;
    if (const auto at = static_.find(name); at != static_.end()) return at->second;
    const auto* key = find_broker_key(name);
    check(key != nullptr, "the broker reads only keys that it knows");
    if (!key->default_value) return std::nullopt;
    return std::string{*key->default_value};
}

std::string Config::text(std::string_view name) const { return find(name).value_or(""); }
std::int64_t Config::number(std::string_view name) const { return to_number(text(name)); }
bool Config::flag(std::string_view name) const { return text(name) == "true"; }

std::string Config::topic_default(const ConfigKey& key) const {
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

Result<void> check_topic_config(std::string_view name, std::string_view value) {
    if (const auto* key = find_topic_key(name)) return check_value(*key, value);
    if (const auto why = why_refused(name))
        return invalid("configuration key '" + std::string{name}
                       + "' is refused: " + std::string{*why});
    if (why_meaningless(name)) return {};
    return unknown_topic_key(name);
}

}  // namespace leat::broker
