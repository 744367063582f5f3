// MurmurHash2 with Kafka's seed, four bytes at a time, little-endian.
#include "client/murmur2.hpp"

namespace leat::client {

std::int32_t murmur2(ByteView data) {
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t m = 0x5bd1e995;
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(data[i]); };
    auto hash = seed ^ static_cast<std::uint32_t>(data.size());
    std::size_t at = 0;
    for (; at + 4 <= data.size(); at += 4) {
        auto k = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        hash *= m;
        hash ^= k;
    }
    if (at < data.size()) {
        for (auto i = data.size(); i-- > at;) hash ^= byte(i) << (8 * (i - at));
        hash *= m;
    }
    hash ^= hash >> 13;
    hash *= m;
    hash ^= hash >> 15;
    return static_cast<std::int32_t>(hash);
}

std::int32_t partition_of_key(ByteView key, std::int32_t partitions) {
    return (murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace leat::client
