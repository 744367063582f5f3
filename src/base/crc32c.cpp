#include "base/crc32c.hpp"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace leat {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? polynomial : 0);
        table[i] = crc;
    }
    return table;
}

constexpr auto table = make_table();

std::uint32_t portable(ByteView data, std::uint32_t crc) {
    for (const std::byte b : data)
        crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
    return crc;
}

#if defined(__x86_64__)

// Three independent streams hide the instruction's latency of three cycles; their remainders are
// joined by shifting over `stride` zero bytes, which is a linear map read from four byte tables.
constexpr std::size_t stride = 1024;
using Shift = std::array<std::array<std::uint32_t, 256>, 4>;

Shift make_shift() {
    const Bytes zeros(stride);
    Shift shift{};
    for (std::size_t byte = 0; byte < 4; ++byte)
        for (std::uint32_t value = 0; value < 256; ++value)
            shift[byte][value] = portable(zeros, value << (8 * byte));
    return shift;
}

std::uint32_t shifted(const Shift& shift, std::uint32_t crc) {
    return shift[0][crc & 0xffU] ^ shift[1][(crc >> 8) & 0xffU] ^ shift[2][(crc >> 16) & 0xffU]
           ^ shift[3][crc >> 24];
}

std::uint64_t word_at(const std::byte* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) std::uint32_t accelerated(ByteView data, std::uint32_t crc) {
    static const Shift shift = make_shift();
    const std::byte* at = data.data();
    std::size_t left = data.size();
    while (left >= 3 * stride) {
        std::uint64_t a = crc;
        std::uint64_t b = 0;
        std::uint64_t c = 0;
        for (std::size_t i = 0; i < stride; i += 8) {
            a = _mm_crc32_u64(a, word_at(at + i));
            b = _mm_crc32_u64(b, word_at(at + stride + i));
            c = _mm_crc32_u64(c, word_at(at + 2 * stride + i));
        }
        crc = shifted(shift, static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b);
        crc = shifted(shift, crc) ^ static_cast<std::uint32_t>(c);
        at += 3 * stride;
        left -= 3 * stride;
    }
    std::uint64_t wide = crc;
    for (; left >= 8; at += 8, left -= 8) wide = _mm_crc32_u64(wide, word_at(at));
    crc = static_cast<std::uint32_t>(wide);
    for (; left > 0; ++at, --left) crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(*at));
    return crc;
}

#endif

}  // namespace

std::uint32_t crc32c(ByteView data, std::uint32_t previous) {
    const std::uint32_t start = ~previous;
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) return ~accelerated(data, start);
#endif
    return ~portable(data, start);
}

}  // namespace leat
