// Produce in transactions, at every version.
#include "states.hpp"

namespace leat::requests {
namespace {

void write_everywhere(Script& script, State state) {
    const auto other = script.topic("other");
    for (const std::int16_t version : {3, 11, 12, 13}) {
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           script.write(asker, topic, 0, version);
                           script.write(asker, topic, 1, version);
                           script.write(asker, other, 0, version);
                           script.write(asker, topic, 5, version);
                           script.end(asker, true, version < 12 ? 4 : 5);
                           script.write(asker, topic, 2, version);
                       });
        script.describe_producers(other, 0);
    }
}

void without_transaction(Script& script) {
    const auto topic = script.topic("without", 2);
    for (const std::int16_t version : {3, 5, 7, 8, 9, 10, 11, 12, 13}) {
        script.say("v" + std::to_string(version));
        auto producer = script.init(script.named("without v" + std::to_string(version)));
        const auto id = producer.producer_id;
        // A batch that is in none, of an id that has none open, has one open, is told or not.
        script.produce(producer.id, {{topic, 0, id, 0, 0, false}}, version);
        script.produce(std::nullopt, {{topic, 0, id, 0, 1, false}}, version);
        script.describe(producer.id);
        if (version < 12) script.add(producer, {{topic, {0}}});
        script.produce(producer.id, {{topic, 0, id, 0, 2, true}}, version);
        script.produce(producer.id, {{topic, 0, id, 0, 3, false}}, version);
        script.produce(std::nullopt, {{topic, 0, id, 0, 3, false}}, version);
        script.produce(std::nullopt, {{topic, 1, id, 0, 0, false}}, version);
        // A transactional one without the id, with an empty one.
        script.produce(std::nullopt, {{topic, 0, id, 0, 3, true}}, version);
        script.produce("", {{topic, 0, id, 0, 3, true}}, version);
        // Without a producer's id, or epoch, or sequence.
        script.produce(producer.id, {{topic, 0, nobody, -1, -1, true}}, version);
        script.produce(producer.id, {{topic, 0, id, -1, 3, true}}, version);
        script.produce(producer.id, {{topic, 0, id, 0, -1, true}}, version);
        script.produce(producer.id, {{topic, 0, nobody, -1, -1, false}}, version);
        script.produce(std::nullopt, {{topic, 0, nobody, -1, -1, false}}, version);
        script.describe(producer.id);
        script.describe_producers(topic, 0);
        producer = script.end(producer, false, version < 12 ? 4 : 5);
        script.produce(producer.id, {{topic, 0, id, producer.epoch, 0, false}}, version);
        script.produce(producer.id, {{topic, 0, id, producer.epoch, 3, false}}, version);
        script.describe_producers(topic, 0);
    }
    script.compare_all();
}

void several_producers(Script& script) {
    const auto topic = script.topic("several", 4);
    for (const std::int16_t version : {3, 9, 11, 12, 13}) {
        script.say("v" + std::to_string(version));
        const auto label = " v" + std::to_string(version);
        const auto first = script.init(script.named("first" + label));
        const auto second = script.init(script.named("second" + label));
        const auto a = first.producer_id;
        const auto b = second.producer_id;
        if (version < 12) {
            script.add(first, {{topic, {0, 1}}});
            script.add(second, {{topic, {0, 1}}});
        }
        script.produce(first.id, {{topic, 0, a, 0, 0}, {topic, 1, b, 0, 0}}, version);
        script.produce(first.id, {{topic, 0, a, 0, 0}, {topic, 1, a, 1, 0}}, version);
        script.produce(first.id, {{topic, 0, a, 0, 0}, {topic, 1, b, 0, 0, false}}, version);
        script.produce(first.id, {{topic, 0, a, 0, 1}, {topic, 1, nobody, -1, -1, false}}, version);
        // One partition of a request is refused, the other is not.
        script.produce(first.id, {{topic, 0, a, 0, 2}, {topic, 2, a, 0, 7}}, version);
        script.produce(first.id, {{topic, 0, a, 0, 9}, {topic, 1, a, 0, 0}}, version);
        script.produce(first.id, {{topic, 0, a, 0, 3}, {topic, 9, a, 0, 0}}, version);
        script.produce(first.id, {{topic, 3, a, 0, 0}, {script.named("not-there"), 0, a, 0, 0}},
                       version);
        script.produce(first.id, {{topic, 0, a, 0, 4, true, 3}, {topic, 1, a, 0, 1, true, 2}},
                       version);
        script.describe(first.id);
        script.describe(second.id);
        script.end(first, true, version < 12 ? 4 : 5);
    }
    script.compare_all();
}

void sequences(Script& script) {
    const auto topic = script.topic("sequences");
    for (const std::int16_t version : {11, 12}) {
        script.say("v" + std::to_string(version));
        auto producer = script.init(script.named("sequences v" + std::to_string(version)));
        for (int round = 0; round < 3; ++round) {
            if (version < 12) script.add(producer, {{topic}});
            for (const auto sequence : {1, 0, 0, 1, 3, 2, 1, 0, 3, 4, 5, 6, 7, 2, 0, 8})
                script.write(producer, topic, sequence, version);
            script.produce(producer.id,
                           {{topic, 0, producer.producer_id, producer.epoch, 9, true, 3}}, version);
            script.write(producer, topic, 10, version);
            script.write(producer, topic, 12, version);
            script.describe_producers(topic, 0);
            const auto before = producer;
            producer = round == 1 ? script.init(producer.id)
                                  : script.end(producer, true, version < 12 ? 4 : 5);
            script.write(before, topic, 12, version);  // the last again, after its end
            script.write(before, topic, 13, version);
            script.describe(producer.id);
        }
        script.end(producer, false, version < 12 ? 4 : 5);
    }
    for (const std::int16_t acks : {0, 1, -1, 2}) {
        script.say("acks " + std::to_string(acks));
        auto producer = script.init(script.named("acks " + std::to_string(acks)));
        if (acks != 0)
            script.produce(producer.id, {{topic, 0, producer.producer_id, 0, 0}}, 12, acks);
        script.write(producer, topic, 0);
        script.write(producer, topic, 1);
        script.describe_producers(topic, 0);
        script.end(producer, true);
    }
    script.compare_all();
}

void idempotent(Script& script) {
    const auto topic = script.topic("idempotent");
    for (const std::int16_t version : {3, 11, 12}) {
        script.say("v" + std::to_string(version));
        const auto producer = script.init_idempotent(version == 3 ? 0 : 5);
        const auto id = producer.producer_id;
        const auto write = [&](int epoch, int sequence) {
            script.produce(std::nullopt,
                           {{topic, 0, id, static_cast<std::int16_t>(epoch), sequence, false}},
                           version);
        };
        for (const auto sequence : {3, 4, 3, 0, 6, 5}) write(0, sequence);
        write(1, 1);
        write(1, 0);
        write(0, 6);
        write(3, 0);
        script.produce("any", {{topic, 0, id, 3, 1, true}}, version);
        script.describe_producers(topic, 0);
    }
    script.compare_all();
}

}  // namespace

void add_produces(std::vector<NamedScript>& scripts) {
    for (const auto& [state, name] : all_states)
        scripts.push_back({std::string{"write when "} + name,
                           [state = state](Script& script) { write_everywhere(script, state); }});
    scripts.push_back({"batches without transaction", without_transaction});
    scripts.push_back({"several producers", several_producers});
    scripts.push_back({"sequences", sequences});
    scripts.push_back({"idempotent producers", idempotent});
}

}  // namespace leat::requests
