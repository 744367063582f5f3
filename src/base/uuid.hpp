// Kafka's Uuid: 128 bits, shown as 22 characters of URL-safe base64 without padding (topic ids).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace leat {

struct Uuid {
    std::array<std::byte, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    /// The zero id: "no topic id" on the wire.
    bool is_zero() const { return *this == Uuid{}; }
    /// The 22-character form.
    std::string to_string() const;
    /// Reads the 22-character form; nothing if `text` is not one.
    static std::optional<Uuid> parse(std::string_view text);
    /// A new random (version 4) id whose text does not begin with '-', as Kafka makes them.
    static Uuid random();
};

}  // namespace leat

template <>
struct std::hash<leat::Uuid> {
    std::size_t operator()(const leat::Uuid& id) const noexcept;
};
