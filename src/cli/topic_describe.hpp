// `leat topic describe`.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace leat::cli {

/// Prints each topic's partitions, offsets, sizes on disk and configurations that are not defaults.
/// Gives the exit code.
int describe_topics(client::Cluster& cluster, const Session& session,
                    const std::vector<std::string>& topics);

}  // namespace leat::cli
