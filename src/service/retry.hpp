// When a failed record is tried again: how often, and after how long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

#include "leat/options.hpp"

namespace leat::service {

/// The delay before the next attempt after attempt number `attempt` (from 1) has failed, without
/// jitter: `first` times `factor` to the power of `attempt - 1`, at most `max`.
std::chrono::milliseconds backoff(const retry_options& options, int attempt);

/// Decides about retries. Pure: randomness comes from the seed. Belongs to one thread.
class RetryPolicy {
public:
    RetryPolicy(retry_options options, std::uint64_t seed) : options_(options), random_(seed) {}

    /// The delay before the next attempt, jitter included, after attempt number `attempt` (from 1)
    /// has failed; nothing when it was the last one.
    std::optional<std::chrono::milliseconds> next_delay(int attempt);

    /// The same with an end: where attempts are endless, after as many as by default. For what may
    /// never work.
    std::optional<std::chrono::milliseconds> next_delay_of_few(int attempt);

    const retry_options& options() const { return options_; }

private:
    std::chrono::milliseconds spread(int attempt);
    retry_options options_;
    std::mt19937_64 random_;
};

}  // namespace leat::service
