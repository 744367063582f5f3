// The one binary.
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

int main(int argc, char** argv) {
    using namespace leat::cli;
    Command leat{"leat", "Leat: a durable Kafka-compatible broker, and tools for any Kafka"};
    Session session;
    leat.version("leat " LEAT_VERSION);
    add_common_options(leat, session);
    for (const auto add : all_commands) add(leat, session);
    return run_command_line(leat, argc, argv);
}
