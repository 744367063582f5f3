#include "broker/state_record.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>

namespace leat::broker {
namespace {

// The next code point of UTF-8 text; U+FFFD for a malformed byte, as Java decodes it.
std::uint32_t next_code_point(std::string_view& text) {
    constexpr std::uint32_t replacement = 0xfffd;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint32_t first = byte(0);
    const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    std::uint32_t point = size == 1 ? first : first & (0x7fU >> size);
    bool sound = first < 0x80 || (first >= 0xc2 && first <= 0xf4);
    sound = sound && text.size() >= size;
    for (std::size_t i = 1; sound && i < size; ++i) {
        sound = (byte(i) & 0xc0U) == 0x80;
        point = (point << 6U) | (byte(i) & 0x3fU);
    }
    text.remove_prefix(sound ? size : 1);
    return sound ? point : replacement;
}

template <class Visit>
void each_utf16(std::string_view text, Visit visit) {
    while (!text.empty()) {
        auto point = next_code_point(text);
        if (point >= 0x10000) {  // a pair of surrogates
            point -= 0x10000;
            visit(0xd800U + (point >> 10U));
            point = 0xdc00U + (point & 0x3ffU);
        }
        visit(point);
    }
}

}  // namespace

Error corrupt_record(std::string_view topic, std::string_view what) {
    return {.code = Errc::corrupt, .what = fmt::format("A record of {} has {}.", topic, what)};
}

Error newer_record(std::string_view topic, std::int16_t version, std::int16_t known) {
    return {
        .code = Errc::unsupported,
        .what = fmt::format("A record of {} has value version {}, but only versions up to {} are "
                            "known. Was it written by a newer broker?",
                            topic, version, known)};
}

std::int32_t state_partition(std::string_view key, std::int32_t partitions) {
    std::uint32_t hash = 0;
    each_utf16(key, [&](std::uint32_t unit) { hash = 31 * hash + unit; });
    const auto signed_hash = static_cast<std::int32_t>(hash);
    if (signed_hash == std::numeric_limits<std::int32_t>::min()) return 0;
    return std::abs(signed_hash) % partitions;
}

std::size_t java_length(std::string_view text) {
    std::size_t units = 0;
    each_utf16(text, [&](std::uint32_t) { ++units; });
    return units;
}

}  // namespace leat::broker
