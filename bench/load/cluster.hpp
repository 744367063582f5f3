// Our own client as the load programs use it: what fails ends the program.
#pragma once

#include "client/cluster.hpp"
#include "load/client.hpp"

namespace leat::bench {

/// A cluster that may take its time: how long is what is measured.
inline constexpr std::chrono::minutes cluster_patience{5};

template <class T>
T must(Result<T> result) {
    if (!result) give_up(result.error().what);
    return std::move(result).value();
}

/// Asks until the broker answers.
client::Cluster reach(const Options& options);

/// Asks every partition of `topic` for its end until all have told it. A topic that is acknowledged
/// need not be served yet: Apache Kafka makes its logs afterwards.
void wait_for_ends(client::Cluster& cluster, const std::string& topic, int partitions);

/// A Produce request with one batch, acks=all, of a version that names topics.
Bytes produce_frame(const std::string& topic, std::int32_t partition, Bytes batch,
                    std::int16_t version);

/// Seconds of the monotonic clock, which all processes of a machine share.
inline double monotonic_seconds() {
    return std::chrono::duration<double>{Clock::now().time_since_epoch()}.count();
}

}  // namespace leat::bench
