// The options of topics and handlers, with their defaults.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace leat {

/// How often and when a failed record is tried again. Its key waits meanwhile; other keys go on.
struct retry_options {
    /// Attempts in all, the first included; 0 means for ever.
    int attempts = 5;
    /// Delay after the first failed attempt.
    std::chrono::milliseconds first{200};
    /// Each further delay is this many times the one before.
    double factor = 2.0;
    /// No delay is longer, jitter aside.
    std::chrono::milliseconds max{30'000};
    /// Every delay is spread evenly by this share to both sides; 0 to 1.
    double jitter = 0.2;
};

/// A topic that the service creates at its start if the cluster does not have it.
struct topic_options {
    /// -1: the broker's default (`num.partitions`).
    int partitions = -1;
    /// -1: the broker's default.
    int replication = -1;
    /// Kafka's topic configuration, e.g. {"retention.ms", "86400000"}.
    std::vector<std::pair<std::string, std::string>> configs = {};
};

/// Which records of a partition may run at the same time.
enum class order {
    /// Records of one key run one after the other, different keys in parallel; records without a
    /// key run one after the other.
    by_key,
    /// One record at a time.
    by_partition,
    /// Any.
    none,
};

}  // namespace leat
