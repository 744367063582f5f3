// What operators ask: FindCoordinator, WriteTxnMarkers, and the lists of transactions and
// producers.
#include "states.hpp"

namespace leat::requests {
namespace {

using namespace kafka;

void find_coordinators(Script& script) {
    const std::vector<std::string> keys{script.named("any"), "", "ü", std::string(300, 'x')};
    for (std::int16_t version = 0; version <= 6; ++version)
        for (const std::int8_t type : {0, 1, 2, 3, -1}) {
            if (type == 2) continue;  // share groups
            script.say("type " + std::to_string(type));
            for (const auto& key : keys) {
                FindCoordinatorRequest request;
                request.key = key;
                request.key_type = version == 0 ? 0 : type;
                request.coordinator_keys = {key};
                script.both().ask<FindCoordinatorResponse>(request, version);
            }
            FindCoordinatorRequest all;
            all.key_type = version == 0 ? 0 : type;
            all.coordinator_keys = keys;
            script.both().ask<FindCoordinatorResponse>(all, version);
            all.coordinator_keys.clear();
            script.both().ask<FindCoordinatorResponse>(all, version);
        }
}

void list_filtered(Script& script, const std::vector<Producer>& producers) {
    const auto ask = [&](const std::string& label, auto set) {
        script.say(label);
        ListTransactionsRequest request;
        set(request);
        for (const std::int16_t version : {0, 1, 2}) script.list(request, version);
    };
    ask("all", [](auto&) {});
    for (const auto* state : {"Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit",
                              "CompleteAbort", "Dead", "PrepareEpochFence", "ongoing", "", "Any"}) {
        ask("state", [&](auto& request) { request.state_filters = {state}; });
        ask("states", [&](auto& request) { request.state_filters = {state, "Ongoing", "Any"}; });
    }
    for (const auto& producer : producers)
        ask("of one", [&](auto& request) { request.producer_id_filters = {producer.producer_id}; });
    ask("of several", [&](auto& request) {
        request.producer_id_filters = {producers[1].producer_id, stranger, -1};
    });
    ask("of several, ongoing", [&](auto& request) {
        request.state_filters = {"Ongoing"};
        request.producer_id_filters = {producers[1].producer_id, producers[2].producer_id};
    });
    for (const auto duration : {-2, 0, 1'000'000})
        ask("for a time", [&](auto& request) { request.duration_filter = duration; });
    const auto scope = script.named("");
    const std::vector<std::string> patterns{scope + ".*",
                                            scope + "empty",
                                            scope + "e",
                                            "empty",
                                            ".*empty.*",
                                            "",
                                            "(",
                                            "[a-z",
                                            "a{2",
                                            ".*v\\d",
                                            ".*(?i)EMPTY",
                                            ".*v[12]",
                                            "\\Q" + scope + "\\Eempty"};
    for (const auto& pattern : patterns)
        ask("pattern " + pattern,
            [&](auto& request) { request.transactional_id_pattern = pattern; });
}

void lists(Script& script) {
    const auto topic = script.topic("lists");
    std::vector<Producer> producers;
    for (const auto& [state, name] : all_states) {
        script.say(name);
        producers.push_back(in_state(script, state, script.named(name), topic));
    }
    list_filtered(script, producers);
    script.say("described");
    DescribeTransactionsRequest described;
    for (const auto& producer : producers) described.transactional_ids.push_back(producer.id);
    described.transactional_ids.insert(described.transactional_ids.end(),
                                       {"", "not-there", producers[1].id});
    script.both().ask<DescribeTransactionsResponse>(described);
    script.both().ask<DescribeTransactionsResponse>(DescribeTransactionsRequest{});
    script.both().ask<DescribeProducersResponse>(
        DescribeProducersRequest{{{topic, {0, 1, -1}},
                                  {script.named("not-there"), {0}},
                                  {"bad name!", {0}},
                                  {"", {0}},
                                  {topic, {}}}});
    script.both().ask<DescribeProducersResponse>(DescribeProducersRequest{});
    script.compare_all();
}

void mark(Script& script, const Producer& producer, const std::vector<std::string>& topics,
          bool commit, int coordinator_epoch) {
    WriteTxnMarkersRequest request;
    auto& marker = request.markers.emplace_back();
    marker.producer_id = producer.producer_id;
    marker.producer_epoch = producer.epoch;
    marker.transaction_result = commit;
    marker.coordinator_epoch = coordinator_epoch;
    for (const auto& topic : topics) marker.topics.push_back({topic, {0}});
    script.both().ask<WriteTxnMarkersResponse>(request, 1);
    script.describe(producer.id);
    script.describe_producers(topics.at(0), 0);
    script.fetch(topics.at(0), 0, Isolation::read_committed);
}

// As `kafka-transactions.sh abort` does it.
void markers(Script& script) {
    const auto topic = script.topic("markers");
    int number = 0;
    for (const auto coordinator_epoch : {0, -1, 1, 5})
        for (const int epoch : {0, -1, 1, 2, 32'767})
            for (const bool commit : {false, true})
                for (const std::int16_t version : {11, 12}) {
                    script.say("epoch + " + std::to_string(epoch) + ", coordinator "
                               + std::to_string(coordinator_epoch));
                    const auto one = script.topic("markers-" + std::to_string(++number));
                    const auto producer =
                        script.init(script.named("marked-" + std::to_string(number)));
                    if (version < 12) script.add(producer, {{one}});
                    script.write(producer, one, 0, version);
                    mark(script, producer.of_epoch(epoch), {one}, commit, coordinator_epoch);
                    script.write(producer, one, 1, version);
                    script.write(producer, one, 0, version);
                    mark(script, producer.of_epoch(epoch), {one}, !commit, coordinator_epoch);
                    script.write(producer.of_epoch(epoch), one, 0, version);
                    // One whose coordinator is fenced in the log has no end with Kafka.
                    if (coordinator_epoch > 0 || epoch > 0) continue;
                    script.end(producer, true, version < 12 ? 4 : 5);
                    script.fetch(one, 0, Isolation::read_committed);
                }
    script.say("of nobody");
    mark(script, {"", stranger, 0}, {topic}, false, 0);
    mark(script, {"", stranger + 1, 3}, {topic, script.named("not-there"), "bad name!"}, true, 0);
    mark(script, {"", -1, -1}, {topic}, true, 0);
    script.both().ask<WriteTxnMarkersResponse>(WriteTxnMarkersRequest{}, 1);
    WriteTxnMarkersRequest several;
    several.markers = {
        {stranger, 1, true, {{topic, {0, 5}}}, 0},
        {stranger + 2, 0, false, {{topic, {0}}}, 0}};  // one of no partitions Kafka never answers
    script.both().ask<WriteTxnMarkersResponse>(several, 1);
    script.compare_all();
}

void markers_of_offsets(Script& script) {
    const auto topic = script.topic("markers");
    const auto group = script.group("marked");
    auto producer = script.init(script.named("marked"));
    script.commit(producer, {group, topic, 4});
    script.offsets(group, true);
    producer = script.init(producer.id);
    script.offsets(group, true);
    script.commit(producer, {group, topic, 5});
    script.write(producer, topic, 0);
    producer = script.end(producer, true);
    script.compare_all();
}

}  // namespace

void add_admin(std::vector<NamedScript>& scripts) {
    scripts.push_back({"find coordinators", find_coordinators});
    scripts.push_back({"lists of transactions", lists});
    scripts.push_back({"markers", markers});
    scripts.push_back({"markers of offsets", markers_of_offsets});
}

}  // namespace leat::requests
