// Ties a verb of the command line to the function that does it.
#pragma once

#include <memory>

#include "cli/command.hpp"
#include "cli/session.hpp"

namespace leat::cli {

/// What a verb does with the cluster; gives the exit code.
template <class Options>
using Verb = int (*)(client::Cluster&, const Session&, const Options&);

/// Makes `verb` the action of `command`; `options` are filled by then.
template <class Options>
void run_with(Command& command, Session& session, std::shared_ptr<Options> options,
              Verb<Options> verb) {
    command.does([&session, options = std::move(options), verb] {
        return with_cluster(
            session, [&](client::Cluster& cluster) { return verb(cluster, session, *options); });
    });
}

}  // namespace leat::cli
