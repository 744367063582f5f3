// Ties a verb of the command line to the function that does it.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/session.hpp"

namespace leat::cli {

/// What a verb does with the cluster; gives the exit code.
template <class Options>
using Verb = int (*)(client::Cluster&, const Session&, const Options&);

/// Makes `verb` the session's action when `command` is chosen; `options` are filled by then.
template <class Options>
void run_with(CLI::App* command, Session& session, std::shared_ptr<Options> options,
              Verb<Options> verb) {
    command->callback([&session, options = std::move(options), verb] {
        session.action = [&session, options, verb] {
            return with_cluster(session, [&](client::Cluster& cluster) {
                return verb(cluster, session, *options);
            });
        };
    });
}

}  // namespace leat::cli
