// CreateTopics and CreatePartitions: what is only to be judged is judged as what is to be done.
#include "both.hpp"

namespace leat::configs {
namespace {

using namespace kafka;
using Topic = CreateTopicsRequest::CreatableTopic;
using Growth = CreatePartitionsRequest::CreatePartitionsTopic;

Topic topic(const std::string& name, std::int32_t partitions = 1, std::int16_t replicas = 1) {
    Topic wanted;
    wanted.name = name;
    wanted.num_partitions = partitions;
    wanted.replication_factor = replicas;
    return wanted;
}
Topic with(Topic wanted, std::vector<Topic::CreatableTopicConfig> configs) {
    wanted.configs = std::move(configs);
    return wanted;
}
Topic placed(const std::string& name,
             const std::vector<std::pair<std::int32_t, std::vector<std::int32_t>>>& places) {
    auto wanted = topic(name, -1, -1);
    for (const auto& [partition, brokers] : places)
        wanted.assignments.push_back({partition, brokers});
    return wanted;
}

// What there is.
void see_topics(Both& both) {
    MetadataRequest request;
    request.topics = std::nullopt;
    both.ask<MetadataResponse>(request, 12);
}

// Judged only, twice, then done, then refused since it is there.
void create(Both& both, const std::string& what, const std::vector<Topic>& topics,
            std::int16_t version = 7) {
    both.say(what);
    CreateTopicsRequest request;
    request.topics = topics;
    request.validate_only = true;
    both.ask<CreateTopicsResponse>(request, version);
    both.ask<CreateTopicsResponse>(request, version);
    both.say(what + ": nothing happened");
    see_topics(both);
    both.say(what + ": in earnest");
    request.validate_only = false;
    both.change<CreateTopicsResponse>(request, version);
    see_topics(both);
    both.say(what + ": again");
    request.validate_only = true;
    both.ask<CreateTopicsResponse>(request, version);
    request.validate_only = false;
    both.change<CreateTopicsResponse>(request, version);
}

void creations(Both& both) {
    for (std::int16_t version = 2; version <= 7; ++version)
        create(both, "version",
               {with(topic("version" + std::to_string(version), 2),
                     {{"retention.ms", "5"}, {"cleanup.policy", "compact"}})},
               version);
    create(both, "by default", {topic("default", -1, -1)});
    create(both, "replication factors", {topic("none", 1, 0), topic("less", 1, -2)});
    create(both, "numbers of partitions",
           {topic("zero", 0), topic("minus-two", -2), topic("both", 0, 0)});
    create(both, "names",
           {topic(""), topic("."), topic("a/b"), topic(std::string(249, 'y')),
            topic(std::string(250, 'y')), topic("ü")});
    create(both, "colliding names", {topic("col.lide")});
    create(both, "colliding names", {topic("col_lide"), topic("col.lid_e")});
    create(both, "twice", {topic("twice"), topic("once"), topic("twice"), topic("twice")});
    create(both, "a bad one among good ones",
           {topic("good-1"), topic("bad", 0), topic("good-2", 3)});
    create(both, "nothing", {});
    create(both, "an internal name", {topic("__cluster_metadata")});
}

void configured_creations(Both& both) {
    int number = 0;
    for (const auto& configs : std::vector<std::vector<Topic::CreatableTopicConfig>>{
             {{"no.such.key", "1"}},
             {{"retention.ms", std::nullopt}},
             {{"retention.ms", "x"}},
             {{"retention.ms", ""}},
             {{"retention.ms", "-2"}},
             {{"retention.ms", "1"}, {"retention.ms", "2"}},
             {{"log.retention.ms", "1"}},
             {{"cleanup.policy", ""}},
             {{"cleanup.policy", "compact"}, {"cleanup.policy", "delete"}},
             {{"cleanup.policy", "delete,compact"}},
             {{"cleanup.policy", "delete,delete"}},
             {{"cleanup.policy", "delete,"}},
             {{"cleanup.policy", "deletes"}},
             {{"cleanup.policy", "Delete"}},
             {{"min.compaction.lag.ms", "5"}, {"max.compaction.lag.ms", "4"}},
             {{"compression.type", "none"}},
             {{"compression.type", "zstd"}, {"compression.zstd.level", "23"}},
             {{"compression.gzip.level", "0"}},
             {{"compression.lz4.level", "0"}},
             {{"min.cleanable.dirty.ratio", "1.5"}},
             {{"min.cleanable.dirty.ratio", "-0.1"}},
             {{"remote.storage.enable", "true"}},
             {{"remote.storage.enable", "false"}},
             {{"segment.bytes", "1048576"}},
             {{"segment.bytes", "2147483648"}},
             {{"preallocate", "yes"}},
             {{"leader.replication.throttled.replicas", "0:1,1:1"}},
             {{"leader.replication.throttled.replicas", "*"}},
             {{"leader.replication.throttled.replicas", "none"}},
             {{"leader.replication.throttled.replicas", "x"}},
             {{"message.timestamp.type", "logappendtime"}},
             {{"min.insync.replicas", "0"}},
             {{"min.insync.replicas", "5"}},
             {{"", "x"}},
         })
        create(both,
               "configurations " + configs.at(0).name + "=" + configs.at(0).value.value_or("null"),
               {with(topic("configured-" + std::to_string(number++)), configs)});
}

void placed_creations(Both& both) {
    create(both, "places", {placed("placed", {{0, {1}}, {1, {1}}})});
    create(both, "no such places",
           {placed("placed-2", {{0, {2}}}), placed("placed-3", {{0, {1, 1}}}),
            placed("placed-4", {{0, {}}}), placed("placed-5", {{1, {1}}}),
            placed("placed-6", {{0, {1}}, {0, {1}}}), placed("placed-7", {{0, {1}}, {2, {1}}}),
            placed("placed-8", {{-1, {1}}}), placed("placed-9", {{0, {-1}}})});
    auto counted = placed("placed-10", {{0, {1}}});
    counted.num_partitions = 1;
    auto replicated = placed("placed-11", {{0, {1}}});
    replicated.replication_factor = 1;
    create(both, "places and numbers", {counted, replicated});
}

using Places = std::vector<std::vector<std::int32_t>>;
Growth growth(const std::string& name, std::int32_t count, std::optional<Places> places = {}) {
    Growth wanted;
    wanted.name = name;
    wanted.count = count;
    if (!places) return wanted;
    wanted.assignments.emplace();
    for (auto& brokers : *places) wanted.assignments->push_back({std::move(brokers)});
    return wanted;
}

void grow(Both& both, const std::string& what, const std::vector<Growth>& topics,
          std::int16_t version = 3) {
    both.say(what);
    CreatePartitionsRequest request;
    request.timeout_ms = 60'000;
    request.topics = topics;
    request.validate_only = true;
    both.ask<CreatePartitionsResponse>(request, version);
    both.ask<CreatePartitionsResponse>(request, version);
    both.say(what + ": nothing happened");
    see_topics(both);
    both.say(what + ": in earnest");
    request.validate_only = false;
    both.change<CreatePartitionsResponse>(request, version);
    see_topics(both);
}

void growths(Both& both) {
    create(both, "topics that grow", {topic("grows", 2), topic("grows-too"), topic("stays", 3)});
    for (std::int16_t version = 0; version <= 3; ++version)
        grow(both, "version", {growth("grows", 3 + version)}, version);
    grow(both, "not more", {growth("stays", 3), growth("grows", 2), growth("grows-too", 0)});
    grow(both, "less than nothing", {growth("stays", -1)});
    grow(both, "unknown", {growth("not-there", 3), growth("a/b", 3), growth("", 3)});
    grow(both, "twice", {growth("stays", 4), growth("grows-too", 2), growth("stays", 5)});
    grow(both, "nothing", {});
    grow(both, "places", {growth("stays", 5, Places{{1}, {1}})});
    grow(both, "too few places", {growth("stays", 7, Places{{1}})});
    grow(both, "too many places", {growth("stays", 6, Places{{1}, {1}})});
    grow(both, "no places", {growth("stays", 6, Places{})});
    grow(both, "unknown places", {growth("stays", 6, Places{{2}})});
    grow(both, "a place twice", {growth("stays", 6, Places{{1, 1}})});
    grow(both, "an empty place", {growth("stays", 6, Places{{}})});
    grow(both, "places, and not more",
         {growth("stays", 5, Places{{1}}), growth("grows", 1, Places{{9}})});
}

}  // namespace

void compare_creates(Both& both) {
    creations(both);
    configured_creations(both);
    placed_creations(both);
    growths(both);
}

}  // namespace leat::configs
