// What the running broker serves of every partition, read in two ways that share as little code as
// can be; LogFiles is the third.
#pragma once

#include "client/cluster.hpp"
#include "judge.hpp"

namespace leat::crash {

/// The `to` of a range up to the high watermark.
constexpr std::int64_t open_end = -1;

/// With Fetch requests of our own; an open end is filled in. Throws std::runtime_error when
/// something cannot be read, or was torn.
Contents read_with_fetch(client::Cluster& cluster, const std::vector<Place>& places,
                         Ranges& ranges);
/// The same by another client.
Contents read_with_librdkafka(const std::string& bootstrap, const std::vector<Place>& places,
                              const Ranges& ranges);

}  // namespace leat::crash
