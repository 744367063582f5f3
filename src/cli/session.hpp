// What every command shares: the common options, the way to the cluster, the action to run.
#pragma once

#include <functional>
#include <string>

#include "cli/exit_code.hpp"
#include "client/cluster.hpp"

namespace CLI {
class App;
}

namespace leat::cli {

struct Session {
    std::string bootstrap;
    bool json = false;
    int timeout_s = 30;
    /// Set by the command that was chosen; run after the whole command line has been read.
    std::function<int()> action;

    /// The cluster that `bootstrap` names. Errors: those of Cluster::connect().
    Result<client::Cluster> connect() const;
};

/// Adds --bootstrap (default: LEAT_BOOTSTRAP, then 127.0.0.1:9092), --json and --timeout.
void add_common_options(CLI::App& app, Session& session);

/// Connects and calls `act` with the cluster; reports what fails.
int with_cluster(const Session& session, const std::function<int(client::Cluster&)>& act);

}  // namespace leat::cli
