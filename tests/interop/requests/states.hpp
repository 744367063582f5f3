// A transactional id in each state that it can be left in, and who may ask something of it.
#pragma once

#include <array>
#include <string>
#include <utility>

#include "script.hpp"

namespace leat::requests {

enum class State {
    unknown,
    empty,
    ongoing_v1,  // partitions were added, then written to
    ongoing_v2,  // a partition was added by writing to it
    only_added,  // nothing was written
    committed_v1,
    committed_v2,
    aborted_v1,
    aborted_v2,
    aborted_empty_v2,  // nothing was ever done in it
    fenced,            // aborted by whoever came after; the producer is the first
    reborn,            // aborted so; the producer is the second
};
constexpr std::array all_states = {
    std::pair{State::unknown, "unknown"},
    std::pair{State::empty, "empty"},
    std::pair{State::ongoing_v1, "ongoing v1"},
    std::pair{State::ongoing_v2, "ongoing v2"},
    std::pair{State::only_added, "only added"},
    std::pair{State::committed_v1, "committed v1"},
    std::pair{State::committed_v2, "committed v2"},
    std::pair{State::aborted_v1, "aborted v1"},
    std::pair{State::aborted_v2, "aborted v2"},
    std::pair{State::aborted_empty_v2, "aborted empty v2"},
    std::pair{State::fenced, "fenced"},
    std::pair{State::reborn, "reborn"},
};

/// Brings a fresh id there, by way of `topic`.
inline Producer in_state(Script& script, State state, const std::string& id,
                         const std::string& topic) {
    if (state == State::unknown) return {id, stranger, 0};
    const auto producer = script.init(id);
    const auto v1 = [&] {
        script.add(producer, {{topic}});
        script.write(producer, topic, 0, 11);
    };
    const auto v2 = [&] { script.write(producer, topic, 0, 12); };
    switch (state) {
        case State::unknown:
        case State::empty:
            return producer;
        case State::ongoing_v1:
            v1();
            return producer;
        case State::ongoing_v2:
            v2();
            return producer;
        case State::only_added:
            script.add(producer, {{topic}});
            return producer;
        case State::committed_v1:
        case State::aborted_v1:
            v1();
            return script.end(producer, state == State::committed_v1, 4);
        case State::committed_v2:
        case State::aborted_v2:
            v2();
            return script.end(producer, state == State::committed_v2, 5);
        case State::aborted_empty_v2:
            return script.end(producer, false, 5);
        case State::fenced:
        case State::reborn:
            v2();
            const auto next = script.init(id);
            return state == State::fenced ? producer : next;
    }
    return producer;
}

/// Those who may come with a request beside the producer itself, and what they are called.
inline std::vector<std::pair<std::string, Producer>> askers(const Producer& producer) {
    return {{"itself", producer},
            {"epoch - 1", producer.of_epoch(producer.epoch - 1)},
            {"epoch + 1", producer.of_epoch(producer.epoch + 1)},
            {"a stranger's id", producer.of_id(stranger)},
            {"another name", producer.named(producer.id + " of another")},
            {"no name", producer.named("")}};
}

/// Runs `act` for each asker, each with an id of its own in that state, and compares what became
/// of it.
inline void for_each_asker(Script& script, State state, const std::string& label,
                           const std::function<void(const Producer&, const std::string&)>& act) {
    const auto topic = script.topic("topic-" + label);
    const auto count = askers({}).size();
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = script.named(label + "-" + std::to_string(i));
        script.say(label + ", before");
        const auto [name, asker] = askers(in_state(script, state, id, topic)).at(i);
        script.say(label + ", " + name);
        act(asker, topic);
        script.describe(id);
        script.describe_producers(topic, 0);
    }
    script.fetch(topic, 0, Isolation::read_committed);
    script.fetch(topic, 0, Isolation::read_uncommitted);
}

}  // namespace leat::requests
