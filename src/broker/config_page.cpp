#include "broker/config_page.hpp"

#include "broker/config_keys.hpp"

namespace leat::broker {
namespace {

// What may be given, where a reader could not guess it.
std::string values_of(const ConfigKey& key) {
    switch (key.type) {
        case ConfigType::boolean:
            return "true, false";
        case ConfigType::int16:
        case ConfigType::int32:
        case ConfigType::int64:
        case ConfigType::floating: {
            if (!key.one_of.empty()) break;
            const bool from = key.min != std::numeric_limits<std::int64_t>::min();
            const bool to = key.max < std::numeric_limits<std::int32_t>::max();
            if (from && to) return std::to_string(key.min) + " to " + std::to_string(key.max);
            if (from) return "from " + std::to_string(key.min);
            return "a number";
        }
        case ConfigType::string:
        case ConfigType::list:
            break;
    }
    std::string values;
    for (const char c : key.one_of) {
        values += c;
        if (c == ',') values += ' ';
    }
    return values.empty() ? "text" : values;
}

std::string default_of(const ConfigKey& key) {
    if (!key.default_value) return "–";
    return key.default_value->empty() ? "empty" : "`" + std::string{*key.default_value} + "`";
}

void append_table(std::string& page, std::span<const ConfigKey> keys) {
    page += "| key | default | values | meaning |\n|---|---|---|---|\n";
    for (const auto& key : keys) {
        page += "| `" + std::string{key.name} + "`" + (key.dynamic ? "" : " ¹") + " | "
                + default_of(key) + " | " + values_of(key) + " | " + std::string{key.doc};
        if (!key.no_effect.empty()) page += " No effect: " + std::string{key.no_effect} + ".";
        page += " |\n";
    }
}

}  // namespace

std::string config_page() {
    std::string page = "### The broker's keys\n\n";
    append_table(page, broker_keys());
    page +=
        "\n¹ Read at the start. The others can be changed while the broker runs "
        "(`leat config set --all-brokers`).\n\n### A topic's keys\n\n";
    append_table(page, topic_keys());
    return page;
}

}  // namespace leat::broker
