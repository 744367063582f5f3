#include "service/settings.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/check.hpp"
#include "base/host_port.hpp"
#include "base/nearest.hpp"
#include "base/text.hpp"
#include "leat/setting.hpp"
#include "net/tls.hpp"
#include "service/rdkafka.hpp"

namespace leat::service {
namespace {

enum class Kind { flag, number, count, duration, bytes, choice, address, addresses, certificates };
struct Known {
    const char* name;
    const char* fallback;
    Kind kind;
    const char* help;
    const char* choices = "";
};

constexpr HostPortRules listen_rules{.free_port = true};
// As librdkafka reads them.
constexpr HostPortRules broker_rules{.default_port = 9092};

// Every setting of the framework; the defaults are stated here and nowhere else.
constexpr std::array known_settings{
    Known{"bootstrap", "127.0.0.1:9092", Kind::addresses,
          "Kafka brokers, host:port, comma-separated"},
    Known{"http", "127.0.0.1:8080", Kind::address, "where to serve HTTP; port 0 takes a free one"},
    Known{"http.max_body", "1MiB", Kind::bytes, "largest request body"},
    Known{"http_client.connections", "32", Kind::count,
          "HTTP client: open connections to one host and port; calls beyond wait"},
    Known{"http_client.ca_file", "", Kind::certificates,
          "HTTP client: PEM file of the authorities believed for https; none: the system's"},
    Known{"log.level", "info", Kind::choice, "the least that is logged",
          "debug, info, warn, error, off"},
    Known{"log.format", "auto", Kind::choice, "auto: text on a terminal, else json",
          "auto, json, text"},
    Known{"embedded", "false", Kind::flag, "true: the host program handles signals and logging"},
    Known{"threads", "1", Kind::count, "threads of the executor, which runs coroutines"},
    Known{"workers", "0", Kind::number, "threads for plain functions; 0: four a core"},
    Known{"inflight.records", "1000", Kind::count, "records in flight for each partition"},
    Known{"inflight.bytes", "64MiB", Kind::bytes, "bytes in flight for each partition"},
    Known{"commit.interval", "1s", Kind::duration, "longest time between commits"},
    Known{"commit.records", "1000", Kind::count, "records done that make a commit due sooner"},
    Known{"retry.attempts", "5", Kind::number, "attempts before a record is dead-lettered"},
    Known{"retry.first", "200ms", Kind::duration, "delay after the first failed attempt"},
    Known{"retry.max", "30s", Kind::duration, "longest delay between attempts"},
    Known{"dlq.retention", "90d", Kind::duration,
          "how long a dead-letter topic that is made keeps"},
    Known{"handler.concurrency", "256", Kind::count, "records at once for each handler"},
    Known{"handler.timeout", "30s", Kind::duration, "time for one attempt"},
    Known{"group.session_timeout", "10s", Kind::duration, "silence that ends a membership"},
    Known{"fetch.queue", "32MiB", Kind::bytes, "bytes fetched ahead for each partition"},
    Known{"producer.linger", "1ms", Kind::duration, "how long records wait for company"},
    Known{"producer.compression", "lz4", Kind::choice, "of batches",
          "none, gzip, snappy, lz4, zstd"},
    Known{"producer.deadline", "30s", Kind::duration, "time for a delivery, retries included"},
    Known{"producer.queue", "64MiB", Kind::bytes, "bytes that wait for delivery; beyond: 503"},
    Known{"producer.queue_records", "100000", Kind::count, "the same as records"},
    Known{"idempotency.window", "10min", Kind::duration, "how long an Idempotency-Key is known"},
    Known{"idempotency.entries", "100000", Kind::count, "how many are known at most"},
    Known{"revoke.timeout", "5s", Kind::duration, "time to finish and commit on a rebalance"},
    Known{"shutdown.timeout", "25s", Kind::duration, "time for a clean stop"},
};

// What the text of a setting should be, as "a duration such as …"; empty if it is.
std::string missed_form(const Known& known, const std::string& text) {
    using Duration = leat::detail::setting_form<std::chrono::milliseconds>;
    using Bytes = leat::detail::setting_form<byte_size>;
    switch (known.kind) {
        case Kind::duration:
            return Duration::read(text) ? "" : Duration::expected();
        case Kind::bytes:
            return Bytes::read(text) ? "" : Bytes::expected();
        case Kind::number:
        case Kind::count: {
            const std::int32_t least = known.kind == Kind::count ? 1 : 0;
            const auto number = leat::detail::setting_form<std::int32_t>::read(text);
            if (number && *number >= least) return "";
            return fmt::format("a whole number from {} to {}", least, INT32_MAX);
        }
        case Kind::flag:
            return leat::detail::setting_form<bool>::read(text)
                       ? ""
                       : leat::detail::setting_form<bool>::expected();
        case Kind::choice: {
            const std::string_view choices{known.choices};
            const auto all = split_list(choices);
            if (std::find(all.begin(), all.end(), text) != all.end()) return "";
            return fmt::format("one of {}", known.choices);
        }
        case Kind::address:
        case Kind::addresses:
        case Kind::certificates:
            break;
    }
    return "";
}

// What is wrong with the addresses or certificates in a setting, as a sentence without its full
// stop; empty if nothing is.
std::string unusable_in(const Known& known, const std::string& text) {
    if (known.kind == Kind::certificates && !text.empty()) {
        const auto usable = net::TlsContext::for_client(text);
        return usable ? "" : usable.error().what;
    }
    if (known.kind == Kind::address) {
        const auto address = parse_host_port(text, listen_rules);
        return address ? "" : address.error().what;
    }
    if (known.kind != Kind::addresses) return "";
    const auto elements = split_list(text);
    if (elements.empty()) return parse_host_port("").error().what;
    for (const auto element : elements)
        if (const auto address = parse_host_port(element, broker_rules); !address)
            return address.error().what;
    return "";
}

// Kubernetes gives every container variables for each Service, also for one called like ours:
// LEAT_PORT=tcp://10.0.0.1:9092, LEAT_SERVICE_HOST, LEAT_PORT_9092_TCP_ADDR and so on. They come
// together, and only the first is told from a setting by its value.
bool is_of_kubernetes(std::string_view name, const std::set<std::string, std::less<>>& links) {
    return std::any_of(links.begin(), links.end(), [&](const auto& link) {
        if (name.substr(0, link.size()) != link) return false;
        const auto rest = name.substr(link.size());
        return rest == "_PORT" || rest.substr(0, 6) == "_PORT_" || rest == "_SERVICE_HOST"
               || rest == "_SERVICE_PORT" || rest.substr(0, 14) == "_SERVICE_PORT_";
    });
}

// "LEAT" of LEAT_PORT=tcp://10.0.0.1:9092; nothing for other variables.
std::optional<std::string> link_of(std::string_view name, std::string_view value) {
    constexpr std::string_view suffix = "_PORT";
    const bool address = value.rfind("tcp://", 0) == 0 || value.rfind("udp://", 0) == 0
                         || value.rfind("sctp://", 0) == 0;
    if (!address || name.size() <= suffix.size()
        || name.substr(name.size() - suffix.size()) != suffix)
        return std::nullopt;
    return std::string{name.substr(0, name.size() - suffix.size())};
}

// Variables that are read elsewhere: librdkafka's properties, and what this project's tests are
// told.
bool is_of_others(std::string_view variable) {
    return variable.substr(0, 11) == "LEAT_KAFKA_" || variable.substr(0, 10) == "LEAT_TEST_";
}

// A property of both clients is refused by each.
void add_once(std::vector<std::string>& sentences, const std::string& sentence) {
    if (std::find(sentences.begin(), sentences.end(), sentence) == sentences.end())
        sentences.push_back(sentence);
}

bool is_kafka(std::string_view name) { return name.substr(0, 6) == "kafka."; }

// LEAT_LOG_FORMAT for log.format: case and punctuation do not count.
std::string variable_of(std::string_view name) {
    std::string variable = "LEAT_";
    for (const char c : name)
        variable += std::isalnum(static_cast<unsigned char>(c)) != 0
                        ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
                        : '_';
    return variable;
}

void flatten(const YAML::Node& node, const std::string& prefix,
             std::vector<std::pair<std::string, std::string>>& into) {
    if (node.IsMap()) {
        for (const auto& child : node) {
            const auto name = child.first.as<std::string>();
            flatten(child.second, prefix.empty() ? name : prefix + "." + name, into);
        }
    } else {
        into.emplace_back(prefix, node.IsNull() ? std::string{} : node.as<std::string>());
    }
}

}  // namespace

Settings::Settings() {
    for (const auto& known : known_settings)
        declare(known.name, known.fallback,
                known.kind == Kind::choice ? fmt::format("{}; {}", known.choices, known.help)
                                           : known.help);
}

void Settings::declare(const std::string& name, const std::string& fallback,
                       const std::string& help) {
    auto& entry = entries_[name];
    entry.fallback = fallback;
    entry.value = fallback;
    entry.help = help;
    for (const auto& given : given_) apply(given);
}

void Settings::give(Given given) {
    apply(given);
    given_.push_back(std::move(given));
}

void Settings::apply(const Given& given) {
    for (auto& [name, entry] : entries_) {
        const bool matches = given.source == Source::environment ? variable_of(name) == given.name
                                                                 : name == given.name;
        if (!matches || given.source < entry.source) continue;
        entry.value = given.value;
        entry.source = given.source;
        entry.where = given.where;
    }
}

Result<void> Settings::read(int argc, const char* const* argv, const char* const* environment) {
    std::vector<Given> variables;
    std::set<std::string, std::less<>> links;
    std::string file;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view entry{*environment};
        if (entry.substr(0, 5) != "LEAT_") continue;
        const auto equals = entry.find('=');
        const std::string name{entry.substr(0, equals)};
        const std::string value{entry.substr(equals + 1)};
        if (name == "LEAT_CONFIG")
            file = value;
        else
            variables.push_back({name, value, Source::environment, name});
        if (auto link = link_of(name, value)) links.insert(std::move(*link));
    }
    if (auto done = read_flags(argc, argv, file); !done) return done;
    if (!file.empty())
        if (auto done = read_file(file); !done) return done;
    for (auto& variable : variables)
        if (!is_of_kubernetes(variable.name, links)) give(std::move(variable));
    return {};
}

Result<void> Settings::read_flags(int argc, const char* const* argv, std::string& file) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument{argv[i]};
        if (argument == "--help") {
            help_wanted_ = true;
            continue;
        }
        if (argument == "--print-config") {
            print_wanted_ = true;
            continue;
        }
        if (argument.substr(0, 2) != "--")
            return Error{Errc::invalid_argument,
                         fmt::format("'{}' is no flag; flags are --name VALUE.", argument)};
        std::string name{argument.substr(2)};
        std::string value;
        if (const auto equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        } else if (i + 1 < argc) {
            value = argv[++i];
        } else {
            return Error{Errc::invalid_argument, fmt::format("The flag --{} needs a value.", name)};
        }
        if (name == "set") {
            const auto equals = value.find('=');
            if (equals == std::string::npos)
                return Error{Errc::invalid_argument, "--set takes name=value."};
            name = value.substr(0, equals);
            value = value.substr(equals + 1);
        }
        if (name == "config")
            file = value;
        else
            give({name, value, Source::flag, "--" + name});
    }
    return {};
}

Result<void> Settings::read_file(const std::string& file) {
    std::vector<std::pair<std::string, std::string>> values;
    try {
        flatten(YAML::LoadFile(file), "", values);
    } catch (const YAML::Exception& e) {
        return Error{Errc::invalid_argument,
                     fmt::format("The configuration {} cannot be read: {}.", file, e.what())};
    }
    for (auto& [name, value] : values) give({name, value, Source::file, file});
    return {};
}

Settings::Findings Settings::check() const {
    Findings found;
    std::vector<std::string_view> names{"config", "set", "help", "print-config"};
    for (const auto& [name, entry] : entries_) names.push_back(name);
    for (const auto& given : given_) {
        if (given.source == Source::environment) {
            const bool known = std::any_of(entries_.begin(), entries_.end(), [&](const auto& e) {
                return variable_of(e.first) == given.name;
            });
            if (!known && !is_of_others(given.name)) found.unknown_variables.push_back(given.name);
        } else if (!is_kafka(given.name) && entries_.count(given.name) == 0) {
            found.faults.push_back(fmt::format(
                "{} (from {}).", unknown_name("setting", given.name, names), given.where));
        }
    }
    for (const auto* role : {"producer", "consumer"})
        for (const auto& [name, value] : kafka(role))
            if (auto fine = rdkafka::check_setting(name, value); !fine)
                add_once(found.faults, fine.error().what);
    for (const auto& known : known_settings) {
        const auto& value = text(known.name);
        if (const auto form = missed_form(known, value); !form.empty())
            found.faults.push_back(refusal(known.name, form));
        if (const auto fault = unusable_in(known, value); !fault.empty())
            found.faults.push_back(
                fmt::format("{}: {} (from {}).", known.name, fault, source_of(known.name)));
    }
    return found;
}

bool Settings::given(std::string_view name) const {
    const auto at = entries_.find(name);
    return at != entries_.end() && at->second.source != Source::fallback;
}

std::string Settings::refusal(std::string_view name, std::string_view expected) const {
    return fmt::format("{} is {}, not '{}' (from {}).", name, expected, text(name),
                       source_of(name));
}

std::string Settings::source_of(std::string_view name) const {
    const auto& entry = entries_.find(name)->second;
    return entry.source == Source::fallback ? "its default" : entry.where;
}

const std::string& Settings::text(std::string_view name) const {
    const auto at = entries_.find(name);
    leat::check(at != entries_.end(), "a setting is declared before it is read");
    return at->second.value;
}

std::int64_t Settings::number(std::string_view name) const {
    return leat::detail::setting_form<std::int64_t>::read(text(name)).value_or(0);
}

std::chrono::milliseconds Settings::duration(std::string_view name) const {
    return leat::detail::setting_form<std::chrono::milliseconds>::read(text(name))
        .value_or(std::chrono::milliseconds{0});
}

std::size_t Settings::bytes(std::string_view name) const {
    return static_cast<std::size_t>(leat::detail::read_bytes(text(name)).value_or(0));
}

std::vector<std::pair<std::string, std::string>> Settings::kafka(std::string_view role) const {
    std::vector<std::pair<std::string, std::string>> properties;
    const std::string own = fmt::format("kafka.{}.", role);
    const auto is_own = [&](const std::string& name) { return name.rfind(own, 0) == 0; };
    const auto is_other = [&](const std::string& name) {
        return name.rfind("kafka.producer.", 0) == 0 || name.rfind("kafka.consumer.", 0) == 0;
    };
    for (const bool specific : {false, true}) {
        for (const auto& given : given_) {
            std::string name = given.name;
            if (given.source == Source::environment) {
                if (name.rfind("LEAT_KAFKA_", 0) != 0) continue;
                name.erase(0, 5);
                std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
                    return c == '_' ? '.' : static_cast<char>(std::tolower(c));
                });
            }
            if (specific && is_own(name))
                properties.emplace_back(name.substr(own.size()), given.value);
            else if (!specific && is_kafka(name) && !is_other(name))
                properties.emplace_back(name.substr(6), given.value);
        }
    }
    return properties;
}

std::string Settings::print() const {
    std::string out;
    const auto line = [&](const std::string& name, const std::string& value, Source source,
                          const std::string& where) {
        out += fmt::format("{:<26}{:<24}# {}\n", name, value,
                           source == Source::fallback ? "default" : where);
    };
    for (const auto& [name, entry] : entries_) line(name, entry.value, entry.source, entry.where);
    for (const auto& given : given_)
        if (is_kafka(given.name)) line(given.name, given.value, given.source, given.where);
    return out;
}

std::string Settings::help(std::string_view program) const {
    std::string out = fmt::format(
        "{} [--name VALUE]…\n\nEvery setting is a flag, a LEAT_* variable (LEAT_LOG_FORMAT for "
        "log.format) and an entry of the\nYAML file that --config names; flags win, then "
        "variables, then the file; what one of these gives wins over the code as well. "
        "--kafka.NAME sets librdkafka's property NAME.\n--print-config shows the "
        "effective values and their sources.\n\n",
        program);
    for (const auto& [name, entry] : entries_)
        out += fmt::format("  --{:<24}{} [{}]\n", name, entry.help, entry.fallback);
    return out;
}

}  // namespace leat::service
