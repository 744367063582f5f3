// The bank's bad moments: a rule that makes it fail now and then, the same way for the same seed.
#pragma once

#include <cstdint>

namespace shop {

/// Whether the bank fails at being asked for `order_id` when it has failed at it `failures` times
/// before: one time in 200, by `seed` alone. Asking again gets through sooner or later.
constexpr bool bank_fails(std::uint64_t seed, std::int64_t order_id, std::uint64_t failures) {
    // SplitMix64: close inputs give unrelated numbers.
    std::uint64_t x = seed + static_cast<std::uint64_t>(order_id) * 0x9e3779b97f4a7c15
                      + failures * 0xd1b54a32d192ed03;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
    return (x ^ (x >> 31U)) % 200 == 0;
}

}  // namespace shop
