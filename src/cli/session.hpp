// What every command shares: the common options and the way to the cluster.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "client/cluster.hpp"

namespace leat::cli {

struct Session {
    std::string bootstrap = "127.0.0.1:9092";
    bool json = false;
    std::chrono::milliseconds timeout{30'000};

    /// The timeout as requests carry it.
    std::int32_t timeout_ms() const { return static_cast<std::int32_t>(timeout.count()); }

    /// The cluster that `bootstrap` names. Errors: those of Cluster::connect().
    Result<client::Cluster> connect() const;
};

/// Adds --bootstrap (default: LEAT_BOOTSTRAP, then 127.0.0.1:9092), --json and --timeout.
void add_common_options(Command& root, Session& session);

/// Connects and calls `act` with the cluster; reports what fails.
int with_cluster(const Session& session, const std::function<int(client::Cluster&)>& act);

}  // namespace leat::cli
