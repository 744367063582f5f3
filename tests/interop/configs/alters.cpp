// AlterConfigs and IncrementalAlterConfigs: each change is judged only, then made, and looked at.
#include "both.hpp"

namespace leat::configs {
namespace {

using namespace kafka;

enum Op : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };

struct Change {
    std::string name;
    std::int8_t op = set;
    std::optional<std::string> value;
};
struct Resource {
    std::int8_t type = topic_type;
    std::string name;
};

// What a change may have changed.
void see_configs(Both& both) {
    DescribeConfigsRequest request;
    request.include_synonyms = true;
    request.resources = {{topic_type, "altered", {}},
                         {topic_type, "configs", {}},
                         {broker_type, "", {}},
                         {broker_type, "1", {}}};
    both.ask<DescribeConfigsResponse>(request);
}

template <class Response, class Request>
void judge_and_change(Both& both, const std::string& what, Request request, std::int16_t version) {
    both.say(what + ", judged");
    request.validate_only = true;
    both.ask<Response>(request, version);
    both.say(what + ", only judged");
    see_configs(both);
    both.say(what);
    request.validate_only = false;
    both.change<Response>(request, version);
    both.say(what + ", done");
    see_configs(both);
}

void alter(Both& both, const std::string& what,
           const std::vector<std::pair<Resource, std::vector<Change>>>& resources,
           std::int16_t version = 1) {
    IncrementalAlterConfigsRequest request;
    for (const auto& [resource, changes] : resources) {
        auto& wanted = request.resources.emplace_back();
        wanted.resource_type = resource.type;
        wanted.resource_name = resource.name;
        for (const auto& change : changes)
            wanted.configs.push_back({change.name, change.op, change.value});
    }
    judge_and_change<IncrementalAlterConfigsResponse>(both, "incremental: " + what, request,
                                                      version);
}

void replace(Both& both, const std::string& what,
             const std::vector<std::pair<Resource, std::vector<Change>>>& resources,
             std::int16_t version = 2) {
    AlterConfigsRequest request;
    for (const auto& [resource, changes] : resources) {
        auto& wanted = request.resources.emplace_back();
        wanted.resource_type = resource.type;
        wanted.resource_name = resource.name;
        for (const auto& change : changes) wanted.configs.push_back({change.name, change.value});
    }
    judge_and_change<AlterConfigsResponse>(both, "all at once: " + what, request, version);
}

const Resource altered{topic_type, "altered"};
const Resource every_broker{broker_type, ""};
const Resource this_broker{broker_type, "1"};

void topics(Both& both) {
    alter(both, "set", {{altered, {{"retention.ms", set, "5000"}, {"flush.ms", set, " 7 "}}}});
    alter(both, "version 0", {{altered, {{"retention.ms", set, "5001"}}}}, 0);
    alter(both, "delete", {{altered, {{"retention.ms", remove, "x"}}}});
    alter(both, "delete what is not set", {{altered, {{"segment.ms", remove, {}}}}});
    alter(both, "delete what does not exist", {{altered, {{"no.such.key", remove, {}}}}});
    alter(both, "no change", {{altered, {}}});
    alter(both, "no resource", {});
    alter(both, "append to the default", {{altered, {{"cleanup.policy", append, "compact"}}}});
    alter(both, "append what is there", {{altered, {{"cleanup.policy", append, "delete"}}}});
    alter(both, "append a bad one", {{altered, {{"cleanup.policy", append, "shred"}}}});
    alter(both, "subtract", {{altered, {{"cleanup.policy", subtract, "delete"}}}});
    alter(both, "subtract what is not there",
          {{altered, {{"cleanup.policy", subtract, "x,delete"}}}});
    alter(both, "subtract all", {{altered, {{"cleanup.policy", subtract, "compact,delete"}}}});
    alter(both, "append to nothing", {{altered, {{"cleanup.policy", append, "compact"}}}});
    alter(both, "append nothing", {{altered, {{"cleanup.policy", append, ""}}}});
    alter(both, "delete a list", {{altered, {{"cleanup.policy", remove, {}}}}});
    alter(both, "subtract the default", {{altered, {{"cleanup.policy", subtract, "delete"}}}});
    alter(both, "throttles",
          {{altered, {{"leader.replication.throttled.replicas", append, "0:1"}}}});
    alter(both, "more throttles",
          {{altered, {{"leader.replication.throttled.replicas", append, "1:1,0:1"}}}});
    alter(both, "append to a number", {{altered, {{"retention.ms", append, "5"}}}});
    alter(both, "subtract from a number", {{altered, {{"retention.ms", subtract, "5"}}}});
    alter(both, "append to what is unknown", {{altered, {{"no.such.key", append, "5"}}}});
    alter(both, "null", {{altered, {{"retention.ms", set, {}}, {"segment.ms", append, {}}}}});
    alter(both, "twice the same key",
          {{altered, {{"retention.ms", set, "5"}, {"retention.ms", remove, {}}}}});
    alter(both, "unknown", {{altered, {{"retention.ms", set, "6"}, {"no.such.key", set, "5"}}}});
    for (const auto* value : {"x", "", "-2", "1.5", "0x10", "9223372036854775808", "1_000"})
        alter(both, std::string{"value "} + value, {{altered, {{"retention.ms", set, value}}}});
    for (const auto* value :
         {"0.125", "1e-1", "0", "1", "1.0", ".5", "0.5f", "0.00001", "Infinity"})
        alter(both, std::string{"value "} + value,
              {{altered, {{"min.cleanable.dirty.ratio", set, value}}}});
    alter(both, "together wrong",
          {{altered, {{"min.compaction.lag.ms", set, "9"}, {"max.compaction.lag.ms", set, "8"}}}});
    alter(both, "right", {{altered, {{"min.compaction.lag.ms", set, "9"}}}});
    alter(both, "then wrong", {{altered, {{"max.compaction.lag.ms", set, "8"}}}});
    const auto replicas = [](int from) {
        std::string list;
        for (int i = from; i < from + 4000; ++i)
            list += (i > from ? "," : "") + std::to_string(i) + ":1";
        return list;
    };
    const std::string throttled = "leader.replication.throttled.replicas";
    alter(both, "a long value", {{altered, {{throttled, set, replicas(1000)}}}});
    alter(both, "a value that is too long", {{altered, {{throttled, append, replicas(5000)}}}});
    alter(both, "a shorter one", {{altered, {{throttled, subtract, replicas(1001)}}}});
}

void resources(Both& both) {
    const std::vector<Change> good{{"flush.ms", set, "11"}};
    const std::vector<Change> bad{{"flush.ms", set, "x"}};
    for (const auto& changes : {good, bad, std::vector<Change>{}})
        for (const auto* name : {"not-there", "", "a/b", "."}) {
            alter(both, std::string{"topic '"} + name + "'", {{{topic_type, name}, changes}});
            replace(both, std::string{"topic '"} + name + "'", {{{topic_type, name}, changes}});
        }
    for (const auto* name : {"2", "x", "-1", " 1"}) {
        alter(both, std::string{"broker '"} + name + "'",
              {{{broker_type, name}, {{"message.max.bytes", set, "1000012"}}}});
        replace(both, std::string{"broker '"} + name + "'", {{{broker_type, name}, {}}});
    }
    for (const std::int8_t type : {0, 1, 3, 64, -1}) {
        alter(both, "type " + std::to_string(type), {{{type, "1"}, good}});
        replace(both, "type " + std::to_string(type), {{{type, "1"}, good}});
    }
    replace(both, "broker loggers", {{{8, "1"}, {{"root", set, "INFO"}}}});
    for (const auto* name : {"", "2", "x"})
        alter(both, "broker loggers", {{{8, name}, {{"root", set, "INFO"}}}});
    alter(both, "a broker logger", {{{8, "1"}, {{"no.such.logger", set, "INFO"}}}});
    alter(both, "one resource twice",
          {{altered, good}, {{topic_type, "configs"}, {{"flush.ms", set, "12"}}}, {altered, good}});
    alter(both, "some of them bad",
          {{altered, bad}, {{topic_type, "configs"}, good}, {{3, "x"}, good}, {this_broker, {}}});
}

void replacements(Both& both) {
    replace(both, "set", {{altered, {{"retention.ms", set, "5000"}, {"flush.ms", set, "7"}}}});
    for (std::int16_t version = 0; version <= 2; ++version)
        replace(both, "version", {{altered, {{"segment.ms", set, std::to_string(100 + version)}}}},
                version);
    replace(both, "unknown", {{altered, {{"no.such.key", set, "5"}}}});
    replace(both, "null", {{altered, {{"retention.ms", set, {}}}}});
    replace(both, "twice", {{altered, {{"retention.ms", set, "1"}, {"retention.ms", set, "1"}}}});
    replace(both, "bad", {{altered, {{"retention.ms", set, "x"}}}});
    replace(both, "nothing", {{altered, {}}});
}

void brokers(Both& both, const Resource& resource) {
    const auto of = (resource.name.empty() ? "all brokers: " : "this broker: ");
    const auto change = [&](const std::string& what, const std::vector<Change>& changes) {
        alter(both, of + what, {{resource, changes}});
    };
    const auto base = resource.name.empty() ? 1'000'000 : 2'000'000;
    const auto number = [&](int more) { return std::to_string(base + more); };
    change("set", {{"message.max.bytes", set, number(1)}, {"log.retention.ms", set, number(2)}});
    change("more", {{"log.roll.ms", set, number(3)}, {"log.preallocate", set, "true"}});
    change("append", {{"log.cleanup.policy", append, "compact"}});
    change("subtract", {{"log.cleanup.policy", subtract, "delete"}});
    change("compression", {{"compression.type", set, "lz4"}});
    change("producers", {{"producer.id.expiration.ms", set, number(4)}});
    change("verification", {{"transaction.partition.verification.enable", set, "false"}});
    change("verification, as it was", {{"transaction.partition.verification.enable", remove, {}}});
    change("connections",
           {{"max.connections", set, "777"}, {"max.connections.per.ip", set, "666"}});
    change("read only", {{"log.dirs", set, "/tmp"}});
    change("delete what is read only", {{"log.dirs", remove, {}}});
    change("read only, and another",
           {{"message.max.bytes", set, number(5)}, {"node.id", set, "1"}});
    change("bad", {{"message.max.bytes", set, "x"}});
    change("too small", {{"message.max.bytes", set, "-1"}});
    change("append to a number", {{"message.max.bytes", append, "1"}});
    change("null", {{"message.max.bytes", set, {}}});
    change("twice", {{"message.max.bytes", set, "1"}, {"message.max.bytes", set, "1"}});
    change("an operation that is none", {{"message.max.bytes", 9, "1"}});
    change("ratio", {{"log.cleaner.min.cleanable.ratio", set, "0.75"}});
    change("delete", {{"message.max.bytes", remove, {}}});
    replace(
        both, std::string{of} + "set",
        {{resource,
          {{"message.max.bytes", set, number(6)}, {"log.cleanup.policy", set, "compact,delete"}}}});
    replace(both, std::string{of} + "bad", {{resource, {{"message.max.bytes", set, "x"}}}});
    replace(both, std::string{of} + "read only", {{resource, {{"node.id", set, "1"}}}});
}

void clear(Both& both) {
    for (const auto& resource : {this_broker, every_broker}) {
        alter(
            both, "take back",
            {{resource, {{"message.max.bytes", remove, {}}, {"log.cleanup.policy", remove, {}}}}});
        alter(both, "set one", {{resource, {{"log.segment.delete.delay.ms", set, "1234"}}}});
    }
    alter(both, "of the broker first",
          {{this_broker, {{"log.segment.delete.delay.ms", remove, {}}}}});
}

}  // namespace

void compare_alters(Both& both) {
    CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = "altered";
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    both.say("the topic");
    both.change<CreateTopicsResponse>(request);
    see_configs(both);
    topics(both);
    replacements(both);
    resources(both);
    brokers(both, every_broker);
    brokers(both, this_broker);
    clear(both);
}

}  // namespace leat::configs
