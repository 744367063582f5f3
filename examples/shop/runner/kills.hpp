// Which process is killed when: a plan made of a seed, so that a run can be repeated.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shop {

struct Kill {
    /// Due once so many orders are accepted, and `delay` later.
    std::int64_t after_orders = 0;
    std::chrono::milliseconds delay{0};
    /// Index of the process.
    std::size_t victim = 0;
    /// How long it stays dead.
    std::chrono::milliseconds down{0};
    bool operator==(const Kill&) const = default;
};

struct KillOptions {
    std::size_t count = 0;
    std::uint64_t seed = 0;
    std::int64_t orders = 0;
    std::size_t victims = 0;
};

/// `count` kills at random points of the replay, in their order; everybody gets his turn before
/// anybody gets another.
std::vector<Kill> plan_kills(const KillOptions& options);

}  // namespace shop
