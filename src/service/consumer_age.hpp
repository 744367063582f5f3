// How far behind a partition's consumer is in time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "service/commit_tracker.hpp"

namespace leat::service {

/// For how long the oldest record that is not done has been with the service; 0 when all are done.
double oldest_inflight_seconds(const CommitTracker& tracker, const Clock& clock);

/// How old the oldest record that is not done is by its own timestamp. When all that came is done:
/// 0 at the end of the log, `log_end`, and before it how old the last record was when it came. That
/// does not grow on its own: the markers of transactions lie before the end, too, and are never
/// delivered. Nothing when it cannot be told: no record came yet, or it bears no timestamp.
std::optional<double> lag_seconds(const CommitTracker& tracker, std::optional<std::int64_t> log_end,
                                  const Clock& clock);

}  // namespace leat::service
