#include "decisions.hpp"

#include <array>

namespace leat::configs {

namespace {

using F = Field;

constexpr std::string_view address = "each of the two brokers of the suite has its own";
constexpr std::string_view at_start = "listeners are opened when the broker starts";
constexpr std::string_view dynamic = "may be changed while the broker runs";
constexpr std::string_view number = "one node needs no number: it is 1";
constexpr std::string_view no_controller =
    "so that a file of Kafka's that names none is read as its";
constexpr std::string_view no_wait =
    "a first record need not wait; Kafka's own examples set 0, too";
constexpr std::string_view bounded = "open files are bounded, and half are kept for logs";
constexpr std::string_view of_a_connection = "counted for each connection, Kafka's for the broker";
constexpr std::string_view bursts = "a thousand clients may come at once, as after a restart";

// While log.retention.ms is set dynamically, Kafka shows the default of log.retention.hours, and
// still names the static value as its source.
constexpr std::string_view as_its_source = "the value that is told is that of its source";

constexpr std::array decisions = {
    Decision{"advertised.listeners", F::source, address},
    Decision{"advertised.listeners", F::synonyms, address},
    Decision{"advertised.listeners", F::value, address},
    Decision{"auto.create.topics.enable", F::read_only, dynamic},
    Decision{"broker.id", F::synonyms, number},
    Decision{"controller.listener.names", F::synonyms, no_controller},
    Decision{"group.initial.rebalance.delay.ms", F::synonyms, no_wait},
    Decision{"listener.security.protocol.map", F::read_only, at_start},
    Decision{"listener.security.protocol.map", F::source, address},
    Decision{"listener.security.protocol.map", F::synonyms, address},
    Decision{"listener.security.protocol.map", F::value, address},
    Decision{"listeners", F::read_only, at_start},
    Decision{"listeners", F::synonyms, address},
    Decision{"listeners", F::value, address},
    Decision{"log.dirs", F::synonyms, address},
    Decision{"log.dirs", F::value, address},
    Decision{"log.retention.hours", F::value, as_its_source},
    Decision{"log.roll.hours", F::value, as_its_source},
    Decision{"max.connections", F::synonyms, bounded},
    Decision{"max.connections", F::value, bounded},
    Decision{"node.id", F::synonyms, number},
    Decision{"num.partitions", F::read_only, dynamic},
    Decision{"queued.max.requests", F::synonyms, of_a_connection},
    Decision{"queued.max.requests", F::value, of_a_connection},
    Decision{"socket.listen.backlog.size", F::synonyms, bursts},
    Decision{"socket.listen.backlog.size", F::value, bursts},
};

}  // namespace

std::string_view name_of(Field field) {
    switch (field) {
        case Field::value:
            return "value";
        case Field::read_only:
            return "read_only";
        case Field::source:
            return "source";
        case Field::type:
            return "type";
        case Field::synonyms:
            return "synonyms";
    }
    return "";
}

std::span<const Decision> broker_decisions() { return decisions; }

}  // namespace leat::configs
