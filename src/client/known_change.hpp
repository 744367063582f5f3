// Changes of topics that a controller has made, and the brokers that have yet to hear of them.
#pragma once

#include <functional>

#include "client/cluster.hpp"

namespace leat::client {

/// Whether a broker shows a topic as it is after the change.
using ShowsChange = std::function<bool(const Topic&)>;

/// Waits until every broker shows each of `topics` changed, so that whoever is asked next knows.
/// A broker that cannot be asked is not waited for. Error: timed_out.
Result<void> wait_until_known(Cluster& cluster, const std::vector<std::string>& topics,
                              const ShowsChange& shows);

/// Of a topic that was created: it is there, each of its partitions has a leader.
bool shows_creation(const Topic& topic);

}  // namespace leat::client
