#include "runner/kills.hpp"

#include <algorithm>
#include <numeric>
#include <random>

namespace shop {

std::vector<Kill> plan_kills(const KillOptions& options) {
    std::mt19937_64 random{options.seed};
    const auto below = [&](std::int64_t limit) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
    };
    const auto milliseconds_below = [&](std::int64_t limit) {
        return std::chrono::milliseconds{below(limit)};
    };
    // Not at the very end: the last kill must hit a replay under way.
    std::vector<std::int64_t> moments(options.count);
    for (auto& moment : moments)
        moment = below(std::max<std::int64_t>(1, options.orders * 95 / 100));
    std::sort(moments.begin(), moments.end());

    std::vector<Kill> kills;
    std::vector<std::size_t> round;
    for (const auto moment : moments) {
        if (round.empty()) {
            round.resize(options.victims);
            std::iota(round.begin(), round.end(), std::size_t{0});
            std::shuffle(round.begin(), round.end(), random);
        }
        kills.push_back({moment, milliseconds_below(100), round.back(), milliseconds_below(400)});
        round.pop_back();
    }
    return kills;
}

}  // namespace shop
