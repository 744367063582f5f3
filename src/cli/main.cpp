// The one binary: one row for each command.
#include <CLI/CLI.hpp>
#include <array>

#include "cli/broker_command.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"

namespace {

using namespace leat::cli;

constexpr std::array commands{add_topic,  add_produce, add_consume,   add_group,
                              add_config, add_dlq,     add_completion};

constexpr const char* footer =
    "Exit codes: 0 done; 1 the broker refused, or a check failed; 2 wrong command line;\n"
    "3 no broker answered in time; 4 the topic, partition, group or key does not exist.\n"
    "The broker's address comes from --bootstrap, else from LEAT_BOOTSTRAP.";

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Leat: a durable Kafka-compatible broker, and tools for any Kafka", "leat"};
    Session session;
    int served = exit_ok;
    session.action = [&served] { return served; };
    app.fallthrough();
    app.require_subcommand(1);
    app.set_version_flag("--version", "leat " LEAT_VERSION);
    app.footer(footer);
    add_common_options(app, session);
    // The serving commands run while the command line is read; all others afterwards.
    add_broker_commands(app, served);
    for (const auto add : commands) add(app, session);
    return run_command_line(app, session, argc, argv);
}
