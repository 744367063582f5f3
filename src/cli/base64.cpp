// Writes and reads base64.
#include "cli/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace leat::cli {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(ByteView bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= count ? digits[bits >> (18 - 6 * i) & 0x3fU] : '=';
    }
    return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    Bytes out;
    for (std::size_t at = 0; at < text.size(); at += 4) {
        auto four = text.substr(at, 4);
        if (at + 4 == text.size())
            while (four.size() > 2 && four.back() == '=') four.remove_suffix(1);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto digit = i < four.size() ? digits.find(four[i]) : 0;
            if (digit == std::string_view::npos) return std::nullopt;
            bits = bits << 6 | static_cast<std::uint32_t>(digit);
        }
        const auto count = four.size() - 1;
        for (std::size_t i = 0; i < count; ++i)
            out.push_back(static_cast<std::byte>(bits >> (16 - 8 * i) & 0xffU));
        // Bits behind the last byte would say nothing.
        if (count < 3 && (bits & ((1U << (8 * (3 - count))) - 1)) != 0) return std::nullopt;
    }
    return out;
}

}  // namespace leat::cli
