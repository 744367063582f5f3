// InitProducerId, AddPartitionsToTxn and AddOffsetsToTxn in every state, by everybody, at the
// versions at which something changed; and oddly, at every version.
#include <limits>

#include "states.hpp"

namespace leat::requests {
namespace {

void init_everywhere(Script& script, State state) {
    for (const std::int16_t version : {1, 3, 4, 5})
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           const auto named = version >= 3 ? std::optional{asker} : std::nullopt;
                           const auto next = script.init(asker.id, version, 60'000, named);
                           script.init(asker.id, version, 60'000, named);
                           script.write(next, topic, 0, 12);
                           script.init(asker.id, version, 30'000, named);
                       });
}

void add_everywhere(Script& script, State state) {
    for (const std::int16_t version : {1, 2, 3, 5})
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           if (version >= 4) script.verify(asker, {{topic}}, version);
                           script.add(asker, {{topic}}, version);
                           script.add(asker, {{topic}}, version);
                           script.verify(asker, {{topic}});
                           script.write(asker, topic, 0, 11);
                       });
}

void add_offsets_everywhere(Script& script, State state) {
    const auto group = script.group("group");
    for (const std::int16_t version : {1, 2, 4}) {
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           script.add_offsets(asker, group, version);
                           script.add_offsets(asker, "", version);
                           script.commit(asker, {group, topic, 1}, 4);
                       });
        script.offsets(group, false);
        script.offsets(group, true);
    }
}

void odd_inits(Script& script) {
    const auto id = script.named("odd");
    for (const std::int16_t version : {0, 1, 2, 3, 4, 5}) {
        script.say("odd v" + std::to_string(version));
        script.init_idempotent(version);
        for (const auto timeout : {-1, 0, 1, 900'000, 900'001, std::numeric_limits<int>::max()})
            script.init(id, version, timeout);
        script.init("", version);
        script.init(script.named(std::string(249, 'x')), version);
        script.init(script.named("ü \t\"x\""), version);
        if (version < 3) continue;
        // An id without an epoch, and the other way around.
        const auto producer = script.init(id, version);
        script.init(id, version, 60'000, producer.of_epoch(-1));
        script.init(id, version, 60'000, producer.of_id(-1));
        script.init(id, version, 60'000, producer.of_epoch(-2));
        script.init(id, version, 60'000, Producer{id, -2, 0});
        script.init(id, version, 60'000,
                    producer.of_epoch(std::numeric_limits<std::int16_t>::max()));
        script.init(script.named("new-" + std::to_string(version)), version, 60'000,
                    Producer{"", stranger, 7});
        script.describe(id);
        kafka::InitProducerIdRequest idempotent;
        idempotent.producer_id = producer.producer_id;
        idempotent.producer_epoch = producer.epoch;
        script.both().ask<kafka::InitProducerIdResponse>(idempotent, version);
        idempotent.producer_epoch = -1;
        script.both().ask<kafka::InitProducerIdResponse>(idempotent, version);
        idempotent.transactional_id.emplace();
        script.both().ask<kafka::InitProducerIdResponse>(idempotent, version);
    }
    script.compare_all();
}

// Asked again by a producer of such an epoch, Kafka 4.1 breaks off with "Cannot allocate any more
// producer epochs", UNKNOWN_SERVER_ERROR; ours says who is fenced.
constexpr int kafka_trips_from = 32'764;

// Brings an id close to its last epoch, which takes that many requests.
Producer nearly_exhausted(Script& script, const std::string& name, int epoch) {
    const auto id = script.named(name);
    script.init(id);
    kafka::InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = 60'000;
    script.both().spin<kafka::InitProducerIdResponse>(request, 5, epoch - 1);
    return script.init(id);
}

void exhausted_by_transactions(Script& script) {
    const auto topic = script.topic("exhausted");
    auto producer = nearly_exhausted(script, "by transactions", 32'763);
    for (int round = 0; round < 7; ++round) {
        script.say("round " + std::to_string(round));
        script.describe(producer.id);
        script.write(producer, topic, 0, 12);
        const auto next = script.end(producer, round % 2 == 0, 5);
        script.end(producer, round % 2 == 0, 5);
        script.end(producer, round % 2 != 0, 5);
        script.end(producer, round % 2 == 0, 4);
        producer = next;
    }
    script.compare_all();
}

void exhausted_by_fencing(Script& script) {
    const auto topic = script.topic("exhausted");
    auto producer = nearly_exhausted(script, "by fencing", 32'762);
    for (int round = 0; round < 7; ++round) {
        script.say("round " + std::to_string(round));
        script.describe(producer.id);
        script.write(producer, topic, 0, 12);
        const auto before = producer;
        producer = script.init(producer.id);
        script.end(before, true, 5);
        script.describe(producer.id);
        script.write(before, topic, 1, 12);
        if (before.epoch < kafka_trips_from) script.init(before.id, 5, 60'000, before);
    }
    script.compare_all();
}

void exhausted_by_itself(Script& script) {
    const auto topic = script.topic("exhausted");
    auto producer = nearly_exhausted(script, "by itself", 32'763);
    for (int round = 0; round < 7; ++round) {
        script.say("round " + std::to_string(round));
        script.add(producer, {{topic}});
        script.write(producer, topic, 0, 11);
        script.end(producer, round % 2 == 0, 4);
        const auto before = producer;
        producer = script.init(producer.id, 4, 60'000, before);
        if (before.epoch < kafka_trips_from)
            script.init(producer.id, 4, 60'000, before);  // its answer was lost
        script.end(before, round % 2 == 0, 4);
        script.describe(producer.id);
    }
    script.compare_all();
}

void added_together(Script& script) {
    using namespace kafka;
    const auto topic = script.topic("together", 3);
    const auto first = script.init(script.named("first"));
    const auto second = script.init(script.named("second"));
    for (const std::int16_t version : {0, 1, 2, 3, 4, 5}) {
        script.say("several partitions, v" + std::to_string(version));
        script.add(first, {{topic, {0, 1}}, {script.named("not-there"), {0}}}, version);
        script.add(first, {{topic, {0, 7}}}, version);
        script.add(first, {{topic, {-1}}}, version);
        script.add(first, {}, version);
        script.add(first, {{topic, {}}}, version);
        script.add(first, {{"__consumer_offsets", {0}}}, version);
        script.add(first, {{"__transaction_state", {0}}}, version);
        script.add(first, {{topic, {1, 1}}}, version);
        script.add(first, {{"bad name!", {0}}}, version);
        script.describe(first.id);
    }
    for (const std::int16_t version : {4, 5}) {
        script.say("several transactions, v" + std::to_string(version));
        AddPartitionsToTxnRequest request;
        request.transactions = {
            {first.id, first.producer_id, first.epoch, false, {{topic, {0, 1}}}},
            {second.id, second.producer_id, second.epoch, true, {{topic, {0, 2}}}},
            {script.named("third"), stranger, 0, false, {{topic, {0}}}},
            {"", first.producer_id, 0, false, {{topic, {0}}}},
        };
        script.both().ask<AddPartitionsToTxnResponse>(request, version);
        request.transactions[1].verify_only = false;
        script.both().ask<AddPartitionsToTxnResponse>(request, version);
        request.transactions[1].verify_only = true;
        script.both().ask<AddPartitionsToTxnResponse>(request, version);
        request.transactions[0].producer_epoch = 9;
        request.transactions[1].producer_epoch = -1;
        script.both().ask<AddPartitionsToTxnResponse>(request, version);
        // One of no transactions at all Kafka never answers.
        script.verify(second, {{topic, {0, 1, 2, 3}}, {script.named("not-there"), {0}}}, version);
    }
    script.compare_all();
}

}  // namespace

void add_inits(std::vector<NamedScript>& scripts) {
    for (const auto& [state, name] : all_states) {
        const auto add = [&, state = state, name = name](const std::string& what, auto run) {
            scripts.push_back(
                {what + " when " + name, [state, run](Script& script) { run(script, state); }});
        };
        add("init", init_everywhere);
        add("add partitions", add_everywhere);
        add("add offsets", add_offsets_everywhere);
    }
    scripts.push_back({"odd inits", odd_inits});
    scripts.push_back({"partitions added together", added_together});
}

void add_long(std::vector<NamedScript>& scripts) {
    scripts.push_back({"epochs exhausted by transactions", exhausted_by_transactions});
    scripts.push_back({"epochs exhausted by fencing", exhausted_by_fencing});
    scripts.push_back({"epochs exhausted by itself", exhausted_by_itself});
}

}  // namespace leat::requests
