// What readers of both isolation levels are given of a topic, in two ways that share no code.
#pragma once

#include "client/cluster.hpp"
#include "copy_judge.hpp"

namespace leat::crash {

enum class Isolation { read_uncommitted, read_committed };

/// The values of every partition, from its beginning to its end, through librdkafka. Throws
/// std::runtime_error when nothing comes for 20 s.
std::vector<CopyContent> read_isolated_with_librdkafka(const std::string& bootstrap,
                                                       const std::string& topic, int partitions,
                                                       Isolation isolation);
/// The same with Fetch requests of our own. Throws std::runtime_error, too, when one is refused, or
/// if the last stable offset is not the partition's end: a transaction is open.
std::vector<CopyContent> read_isolated_with_fetch(client::Cluster& cluster,
                                                  const std::string& topic, int partitions,
                                                  Isolation isolation);

}  // namespace leat::crash
