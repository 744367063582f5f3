#include "service/retry.hpp"

#include <algorithm>
#include <cmath>

namespace leat::service {

std::chrono::milliseconds backoff(const retry_options& options, int attempt) {
    const double first = static_cast<double>(options.first.count());
    const double limit = static_cast<double>(options.max.count());
    const double delay = first * std::pow(options.factor, std::clamp(attempt - 1, 0, 64));
    return std::chrono::milliseconds{std::llround(std::min(delay, limit))};
}

std::optional<std::chrono::milliseconds> RetryPolicy::next_delay(int attempt) {
    if (options_.attempts > 0 && attempt >= options_.attempts) return std::nullopt;
    return spread(attempt);
}

std::optional<std::chrono::milliseconds> RetryPolicy::next_delay_of_few(int attempt) {
    const int most = options_.attempts > 0 ? options_.attempts : retry_options{}.attempts;
    if (attempt >= most) return std::nullopt;
    return spread(attempt);
}

std::chrono::milliseconds RetryPolicy::spread(int attempt) {
    const double base = static_cast<double>(backoff(options_, attempt).count());
    std::uniform_real_distribution<double> share(1.0 - options_.jitter, 1.0 + options_.jitter);
    return std::chrono::milliseconds{std::llround(base * share(random_))};
}

}  // namespace leat::service
