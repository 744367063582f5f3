#include "base/uuid.hpp"

#include <cstdint>
#include <cstring>
#include <random>

namespace leat {
namespace {
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t text_size = 22;
}  // namespace

std::string Uuid::to_string() const {
    std::string text;
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::byte b : bytes) {
        bits = (bits << 8) | std::to_integer<std::uint32_t>(b);
        for (held += 8; held >= 6; held -= 6) text += alphabet[(bits >> (held - 6)) & 63U];
    }
    text += alphabet[(bits << (6 - held)) & 63U];
    return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != text_size) return std::nullopt;
    Uuid id;
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t at = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8 && at < id.bytes.size()) {
            held -= 8;
            id.bytes[at++] = static_cast<std::byte>((bits >> held) & 0xffU);
        }
    }
    return id;
}

Uuid Uuid::random() {
    static thread_local std::random_device device;
    Uuid id;
    do {
        for (std::size_t i = 0; i < id.bytes.size(); i += 4) {
            const std::uint32_t word = device();
            std::memcpy(id.bytes.data() + i, &word, sizeof word);
        }
        id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
        id.bytes[8] = (id.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    } while (id.to_string().front() == '-');
    return id;
}

}  // namespace leat

std::size_t std::hash<leat::Uuid>::operator()(const leat::Uuid& id) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
}
