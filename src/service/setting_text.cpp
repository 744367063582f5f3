// The texts of settings that count something: durations, sizes and numbers.
#include <array>
#include <charconv>
#include <cmath>

#include "base/quantity.hpp"
#include "leat/setting.hpp"

namespace leat::detail {

std::optional<std::chrono::nanoseconds> read_duration(std::string_view text) {
    return leat::read_duration(text);
}

std::string print_duration(std::chrono::nanoseconds time) { return leat::print_duration(time); }

std::optional<std::uint64_t> read_bytes(std::string_view text) { return leat::read_bytes(text); }

std::string print_bytes(std::uint64_t bytes) { return leat::print_bytes(bytes); }

std::optional<double> read_real(std::string_view text) {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto [at, code] = std::from_chars(text.data(), end, value);
    if (code != std::errc{} || at != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string print_real(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

}  // namespace leat::detail
