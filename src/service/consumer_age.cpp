#include "service/consumer_age.hpp"

#include <algorithm>
#include <chrono>

namespace leat::service {
namespace {

using Seconds = std::chrono::duration<double>;

// Another machine's clock has written the timestamp: it may be ahead of ours.
std::optional<double> since(TimestampMs timestamp_ms, TimestampMs now_ms) {
    if (timestamp_ms <= 0) return std::nullopt;
    return static_cast<double>(std::max<TimestampMs>(0, now_ms - timestamp_ms)) / 1000.0;
}

}  // namespace

double oldest_inflight_seconds(const CommitTracker& tracker, const Clock& clock) {
    const auto oldest = tracker.oldest_undone();
    return oldest ? Seconds{clock.now() - oldest->at}.count() : 0;
}

std::optional<double> lag_seconds(const CommitTracker& tracker, std::optional<std::int64_t> log_end,
                                  const Clock& clock) {
    if (const auto oldest = tracker.oldest_undone())
        return since(oldest->timestamp_ms, clock.wall_ms());
    const auto& last = tracker.last_arrival();
    if (!last) return std::nullopt;
    if (log_end && *log_end <= tracker.watermark()) return 0;
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - last->at);
    return since(last->timestamp_ms, clock.wall_ms() - passed.count());
}

}  // namespace leat::service
