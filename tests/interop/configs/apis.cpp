// The table of Kafka's APIs that docs/protocol.md shows, beside what a real broker advertises.
#include "both.hpp"
#include "broker/api_table.hpp"
#include "broker/kafka_apis.hpp"

namespace leat::configs {
namespace {

std::string text_of(std::int16_t min, std::int16_t max) {
    return std::to_string(min) + "-" + std::to_string(max);
}

}  // namespace

void compare_apis(Both& both) {
    both.say("the table of Kafka's APIs");
    std::map<std::int16_t, std::string> advertised;
    for (const auto& api : both.kafka().spoken().api_keys)
        advertised[api.api_key] = text_of(api.min_version, api.max_version);
    for (const auto& api : broker::kafka_apis()) {
        const auto* ours = broker::find_api(api.key);
        const auto min = ours != nullptr ? ours->advertised_min : api.versions.min;
        const bool any = api.versions.max >= api.versions.min;
        const auto said = any ? text_of(min, api.versions.max) : "";
        const auto at = advertised.find(api.key);
        const auto is = at == advertised.end() ? "" : at->second;
        if (said == is)
            both.same();
        else
            both.differs(std::string{api.name} + ": the table says '" + said + "', Kafka '" + is
                         + "'");
        advertised.erase(api.key);
    }
    for (const auto& [key, versions] : advertised)
        both.differs("an API that the table does not know: " + std::to_string(key));
}

}  // namespace leat::configs
