// The content of every partition, read in three ways that share as little code as can be.
#pragma once

#include "client/cluster.hpp"
#include "judge.hpp"

namespace leat::crash {

/// Throws std::runtime_error when something cannot be read, or was torn.
Contents read_with_librdkafka(const std::string& bootstrap, const std::vector<Place>& places,
                              const std::vector<std::int64_t>& ends);
/// With Fetch requests of our own, from `start` on; `ends` is filled with the high watermarks.
Contents read_with_fetch(client::Cluster& cluster, const std::vector<Place>& places,
                         std::vector<std::int64_t>& ends, std::int64_t start = 0);
/// From the files of a broker that does not run. After a kill a torn batch may be the last thing
/// in a log.
enum class Tail { whole, may_be_torn };
Contents read_offline(const std::string& data_dir, const std::vector<Place>& places, Tail tail);

}  // namespace leat::crash
