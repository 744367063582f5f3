// The one binary: one row for each command.
#include <array>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace {

using namespace leat::cli;

constexpr std::array commands{add_broker, add_up,     add_topic, add_produce,   add_consume,
                              add_group,  add_config, add_dlq,   add_completion};

}  // namespace

int main(int argc, char** argv) {
    Command leat{"leat", "Leat: a durable Kafka-compatible broker, and tools for any Kafka"};
    Session session;
    leat.version("leat " LEAT_VERSION);
    add_common_options(leat, session);
    for (const auto add : commands) add(leat, session);
    return run_command_line(leat, argc, argv);
}
