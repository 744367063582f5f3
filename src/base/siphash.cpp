#include "base/siphash.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "base/uuid.hpp"

namespace leat {
namespace {

constexpr int rounds_a_word = 2;
constexpr int final_rounds = 4;

std::uint64_t load_le(const std::byte* at, std::size_t count = 8) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i)
        word |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
    return word;
}

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void rounds(int count) {
        for (; count > 0; --count) {
            v0 += v1;
            v1 = std::rotl(v1, 13) ^ v0;
            v0 = std::rotl(v0, 32);
            v2 += v3;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1;
            v1 = std::rotl(v1, 17) ^ v2;
            v2 = std::rotl(v2, 32);
        }
    }
    void add(std::uint64_t word) {
        v3 ^= word;
        rounds(rounds_a_word);
        v0 ^= word;
    }
    std::uint64_t result() const { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

SipKey SipKey::random() {
    // Of the 128 bits of a Uuid six are fixed.
    const std::array ids{Uuid::random(), Uuid::random()};
    return {load_le(ids[0].bytes.data()) ^ load_le(ids[1].bytes.data() + 8),
            load_le(ids[0].bytes.data() + 8) ^ load_le(ids[1].bytes.data())};
}

Hash128 siphash128(const SipKey& key, ByteView bytes) {
    SipState state{key.low ^ 0x736f6d6570736575U, key.high ^ 0x646f72616e646f6dU ^ 0xeeU,
                   key.low ^ 0x6c7967656e657261U, key.high ^ 0x7465646279746573U};
    const auto size = bytes.size();
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) state.add(load_le(bytes.data()));
    state.add(load_le(bytes.data(), bytes.size()) | (std::uint64_t{size & 0xffU} << 56U));
    state.v2 ^= 0xeeU;
    state.rounds(final_rounds);
    Hash128 hash;
    hash.low = state.result();
    state.v1 ^= 0xddU;
    state.rounds(final_rounds);
    hash.high = state.result();
    return hash;
}

}  // namespace leat
