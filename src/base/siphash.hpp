// SipHash-2-4 with 128 bits: a keyed hash of which nobody outside can make two inputs collide.
#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.hpp"

namespace leat {

/// Secret, if others choose the inputs.
struct SipKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    static SipKey random();
};

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    auto operator<=>(const Hash128&) const = default;
};

/// Pure; any thread.
Hash128 siphash128(const SipKey& key, ByteView bytes);

}  // namespace leat
