// DescribeConfigs: every key that both have, of every resource, at every version.
#include <algorithm>

#include "both.hpp"
#include "broker/config_keys.hpp"

namespace leat::configs {
namespace {

using namespace kafka;
using Result = DescribeConfigsResponse::DescribeConfigsResult;
using Entry = Result::DescribeConfigsResourceResult;
using Keys = std::optional<std::vector<std::string>>;

const Entry* find(const Result& result, const std::string& name) {
    const auto at = std::ranges::find(result.configs, name, &Entry::name);
    return at == result.configs.end() ? nullptr : &*at;
}

bool is_unnamed(std::int8_t type, std::string_view key) {
    return type == broker_type ? broker::find_broker_key(key) == nullptr
                               : broker::find_topic_key(key) == nullptr;
}

// What is decided to differ is made the same.
void settle_field(Field field, Entry& theirs, const Entry& ours) {
    switch (field) {
        case Field::value:
            theirs.value = ours.value;
            break;
        case Field::read_only:
            theirs.read_only = ours.read_only;
            break;
        case Field::source:
            theirs.config_source = ours.config_source;
            break;
        case Field::type:
            theirs.config_type = ours.config_type;
            break;
        case Field::synonyms:
            theirs.synonyms = ours.synonyms;
            break;
    }
}

Entry in(const Result& result, const std::string& name) {
    const auto* entry = find(result, name);
    return entry != nullptr ? *entry : Entry{};
}

DescribeConfigsRequest of(std::int8_t type, const std::string& name, Keys keys = {}) {
    DescribeConfigsRequest request;
    request.resources.push_back({type, name, std::move(keys)});
    return request;
}

void at_every_version(Both& both, DescribeConfigsRequest request) {
    for (std::int16_t version = 1; version <= 4; ++version)
        for (const bool synonyms : {false, true})
            for (const bool documentation : {false, true}) {
                request.include_synonyms = synonyms;
                request.include_documentation = documentation && version >= 3;
                if (documentation && version < 3) continue;
                both.ask<DescribeConfigsResponse>(request, version);
            }
}

// Kafka's keys are ours, or we say why they are not; ours are Kafka's, or begin with "leat.".
void compare_names(Both& both, std::int8_t type, const std::string& name) {
    const auto request = of(type, name);
    const auto theirs = Both::call<DescribeConfigsResponse>(both.kafka(), request, 4).results.at(0);
    const auto ours = Both::call<DescribeConfigsResponse>(both.leat(), request, 4).results.at(0);
    std::size_t shared = 0;
    for (const auto& entry : theirs.configs) {
        if (find(ours, entry.name) != nullptr)
            ++shared;
        else if (entry.name == "log.dir")  // we read it as log.dirs
            continue;
        else if (type == topic_type
                 || (!broker::why_meaningless(entry.name) && !broker::why_refused(entry.name)))
            both.differs("we do not know Kafka's key " + entry.name);
    }
    for (const auto& entry : ours.configs)
        if (find(theirs, entry.name) == nullptr && !entry.name.starts_with("leat."))
            both.differs("Kafka does not know our key " + entry.name);
    std::cout << "resources of type " << static_cast<int>(type) << ": " << shared << " of "
              << theirs.configs.size() << " keys of Kafka's are ours" << std::endl;
}

void compare_keys_asked(Both& both, std::int8_t type, const std::string& name) {
    both.say("no key and any");
    at_every_version(both, of(type, name));
    at_every_version(both, of(type, name, Keys{std::vector<std::string>{}}));
    both.say("chosen keys");
    for (const auto& keys : std::vector<std::vector<std::string>>{
             {"compression.type"},
             {"min.insync.replicas", "compression.type", "compression.type"},
             {"no.such.key"},
             {"", "compression.type", "COMPRESSION.TYPE", "compression.type "},
             {"retention.ms", "log.retention.ms", "log.retention.hours", "segment.ms"},
             {"ssl.keystore.password", "no.such.key"}})
        at_every_version(both, of(type, name, keys));
}

void compare_refusals(Both& both) {
    both.say("topics that are none");
    for (const auto* name : {"not-there", "", ".", "..", "a/b", "ü", "a b"}) {
        at_every_version(both, of(topic_type, name));
        at_every_version(both, of(topic_type, name, Keys{{"retention.ms"}}));
    }
    at_every_version(both, of(topic_type, std::string(249, 'x')));
    at_every_version(both, of(topic_type, std::string(250, 'x')));
    both.say("brokers that are none");
    for (const auto* name : {"2", "-1", "01", "+1", " 1", "1 ", "x", "1.0", "99999999999", "-01"})
        at_every_version(both, of(broker_type, name));
    both.say("types that are none");
    for (const std::int8_t type : {0, 1, 3, 5, 64, 127, -1, -128})
        for (const auto* name : {"", "1", "configs"}) at_every_version(both, of(type, name));
    auto mixed = of(topic_type, "configs");
    mixed.resources.push_back({3, "x", {}});
    mixed.resources.push_back({broker_type, "1", {}});
    at_every_version(both, mixed);
    both.say("broker loggers that are none");
    for (const auto* name : {"", "2", "x"}) at_every_version(both, of(8, name));
    both.say("several");
    auto several = of(topic_type, "configs");
    several.resources.push_back({broker_type, "1", Keys{{"compression.type"}}});
    several.resources.push_back({topic_type, "configs", Keys{{"compression.type"}}});
    several.resources.push_back({topic_type, "not-there", {}});
    several.resources.push_back({broker_type, "", {}});
    at_every_version(both, several);
    both.say("nothing");
    at_every_version(both, {});
}

}  // namespace

void Both::settle(DescribeConfigsResponse& theirs, DescribeConfigsResponse& ours) {
    for (auto& result : ours.results) {
        const auto of_kafka = std::ranges::find_if(theirs.results, [&](const Result& other) {
            return other.resource_type == result.resource_type
                   && other.resource_name == result.resource_name;
        });
        std::erase_if(result.configs,
                      [](const Entry& entry) { return entry.name.starts_with("leat."); });
        if (of_kafka == theirs.results.end()) continue;
        const auto type = result.resource_type;
        std::erase_if(of_kafka->configs,
                      [&](const Entry& entry) { return is_unnamed(type, entry.name); });
        if (type != broker_type) continue;
        for (auto& entry : of_kafka->configs)
            for (const auto& decision : broker_decisions()) {
                if (decision.key != entry.name) continue;
                const auto before = entry;
                settle_field(decision.field, entry, in(result, entry.name));
                if (!(before == entry)) meet(decision);
            }
    }
}

// Entry by entry: an answer has a hundred.
std::string Both::difference(const DescribeConfigsResponse& theirs,
                             const DescribeConfigsResponse& ours, std::int16_t version) {
    std::string text;
    const auto line = [&](const auto& one, const auto& other) {
        if (!(one == other))
            text += "\n    Kafka " + requests::dump(one, version).text() + "\n    Leat  "
                    + requests::dump(other, version).text();
    };
    for (std::size_t i = 0; i < std::max(theirs.results.size(), ours.results.size()); ++i) {
        auto one = i < theirs.results.size() ? theirs.results[i] : Result{};
        auto other = i < ours.results.size() ? ours.results[i] : Result{};
        std::set<std::string> names;
        for (const auto& entry : one.configs) names.insert(entry.name);
        for (const auto& entry : other.configs) names.insert(entry.name);
        for (const auto& name : names) line(in(one, name), in(other, name));
        one.configs.clear();
        other.configs.clear();
        line(one, other);
    }
    return text;
}

void compare_described(Both& both) {
    CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "configs";
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    both.say("the topic");
    both.change<CreateTopicsResponse>(request);
    auto& other = request.topics.at(0);
    other.name = "overrides";
    other.configs = {{"cleanup.policy", "compact, delete"},
                     {"preallocate", "TRUE"},
                     {"retention.ms", " 1000 "},
                     {"min.cleanable.dirty.ratio", "0.250"},
                     {"compression.type", "zstd"},
                     {"segment.ms", "+77"}};
    both.change<CreateTopicsResponse>(request);
    for (const auto* name : {"configs", "overrides"}) {
        both.say(std::string{"topic "} + name);
        both.ask<DescribeConfigsResponse>(of(topic_type, name));
        compare_names(both, topic_type, name);
        compare_keys_asked(both, topic_type, name);
    }
    both.say("the broker");
    compare_names(both, broker_type, "1");
    compare_keys_asked(both, broker_type, "1");
    both.say("all brokers");
    compare_keys_asked(both, broker_type, "");
    compare_refusals(both);
}

}  // namespace leat::configs
