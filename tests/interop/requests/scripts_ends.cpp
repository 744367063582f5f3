// EndTxn in every state, by everybody, at every version (half of them commit, half abort).
#include "states.hpp"

namespace leat::requests {
namespace {

void end_everywhere(Script& script, State state, bool commit) {
    const auto versions =
        commit ? std::vector<std::int16_t>{0, 2, 4, 5} : std::vector<std::int16_t>{1, 3, 5};
    for (const auto version : versions)
        for_each_asker(script, state, "v" + std::to_string(version),
                       [&](const Producer& asker, const std::string& topic) {
                           const auto after = script.end(asker, commit, version);
                           script.end(asker, commit, version);  // its answer was lost
                           script.end(asker, !commit, version);
                           // Whoever that left, goes on.
                           script.write(after, topic, 0, version < 5 ? 11 : 12);
                           script.write(after, topic, 1, 12);
                           script.end(after, true, version);
                       });
}

// A client may change its protocol from one transaction to the next, though not within one.
void mixed_protocols(Script& script) {
    const auto topic = script.topic("mixed");
    for (const auto first_end : {0, 4, 5})
        for (const auto second_end : {0, 4, 5})
            for (const bool commit : {true, false}) {
                script.say("ends " + std::to_string(first_end) + " and "
                           + std::to_string(second_end));
                auto producer = script.init(script.named(
                    "mixed-"
                    + std::to_string(first_end * 100 + second_end * 10 + (commit ? 1 : 0))));
                script.add(producer, {{topic}}, 3);
                script.write(producer, topic, 0, 11);
                producer = script.end(producer, commit, static_cast<std::int16_t>(first_end));
                script.describe(producer.id);
                script.write(producer, topic, first_end < 5 ? 1 : 0, 12);
                script.describe_producers(topic, 0);
                producer = script.end(producer, !commit, static_cast<std::int16_t>(second_end));
                script.describe(producer.id);
                script.describe_producers(topic, 0);
                script.add(producer, {{topic}}, 3);
                script.write(producer, topic, 0, 11);
                script.write(producer, topic, 2, 11);
                producer = script.end(producer, commit, 5);
                script.end(producer, commit, 4);
                script.describe(producer.id);
            }
    script.compare_all();
}

void late_ends(Script& script) {
    const auto topic = script.topic("late");
    auto producer = script.init(script.named("late"));
    for (int round = 0; round < 4; ++round) {
        const bool commit = round % 2 == 0;
        script.say("round " + std::to_string(round));
        script.write(producer, topic, 0);
        const auto before = producer;
        producer = script.end(producer, commit);
        for (const auto version : {3, 4, 5})
            for (const bool says : {true, false})
                script.end(before, says, static_cast<std::int16_t>(version));
        script.write(producer, topic, 0);
        script.end(before, commit);  // of the transaction before
        script.end(before, !commit);
        script.describe(producer.id);
        const auto next = script.end(producer, commit);
        script.end(producer, commit);
        producer = next;
    }
    script.compare_all();
}

void timeouts(Script& script) {
    const auto topic = script.topic("timeouts");
    const auto group = script.group("timeouts");
    for (const auto version : {3, 4, 5}) {
        script.say("transactions end by themselves, v" + std::to_string(version));
        const auto v = static_cast<std::int16_t>(version);
        const auto id = script.named("timed-" + std::to_string(version));
        const auto producer = script.init(id, v, 100);
        script.write(producer, topic, 0, version < 5 ? 11 : 12);
        script.add(producer, {{topic}});
        script.write(producer, topic, 0, version < 5 ? 11 : 12);
        script.add_offsets(producer, group);
        script.commit(producer, {group, topic, 5}, 4);
        script.wait_for_abort(id);
        script.describe_producers(topic, 0);
        script.end(producer, true, v);
        script.end(producer, false, v);
        script.end(producer.of_epoch(producer.epoch + 1), false, v);
        script.write(producer, topic, 1, 11);
        script.write(producer, topic, 1, 12);
        script.add(producer, {{topic}});
        script.add_offsets(producer, group);
        script.commit(producer, {group, topic, 6}, v);
        // KIP-360: it may have a new epoch, since nobody else came.
        const auto again = script.init(id, v, 60'000, producer);
        script.write(again, topic, 0, 12);
        script.init(id, v, 60'000, producer);
        script.end(again, true, v);
    }
    script.compare_all();
}

}  // namespace

void add_ends(std::vector<NamedScript>& scripts) {
    for (const auto& [state, name] : all_states)
        for (const bool commit : {true, false})
            scripts.push_back({std::string{commit ? "commit" : "abort"} + " when " + name,
                               [state = state, commit](Script& script) {
                                   end_everywhere(script, state, commit);
                               }});
    scripts.push_back({"mixed protocols", mixed_protocols});
    scripts.push_back({"late ends", late_ends});
    scripts.push_back({"timeouts", timeouts});
}

}  // namespace leat::requests
