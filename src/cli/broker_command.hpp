// `leat broker` and `leat up`: the commands that serve.
#pragma once

namespace CLI {
class App;
}

namespace leat::cli {

/// Adds `broker` and `up` to the command line. Their exit code is the process's: 0 after a clean
/// stop by SIGTERM or SIGINT, 1 if the broker could not serve, 2 for a configuration that is
/// refused.
void add_broker_commands(CLI::App& app, int& exit_code);

}  // namespace leat::cli
