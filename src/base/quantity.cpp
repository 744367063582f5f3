// Reads and writes a count with its unit.
#include "base/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace leat {
namespace {

struct Unit {
    std::string_view suffix;
    std::int64_t factor;
};
// From the largest to the smallest, for printing.
constexpr std::array duration_units{Unit{"d", 86'400'000'000'000},
                                    Unit{"h", 3'600'000'000'000},
                                    Unit{"min", 60'000'000'000},
                                    Unit{"s", 1'000'000'000},
                                    Unit{"ms", 1'000'000},
                                    Unit{"us", 1'000},
                                    Unit{"ns", 1}};
constexpr std::array byte_units{Unit{"GiB", std::int64_t{1} << 30U},
                                Unit{"MiB", std::int64_t{1} << 20U}, Unit{"KiB", 1024},
                                Unit{"", 1}};

std::optional<std::int64_t> measure(std::string_view text, std::span<const Unit> units) {
    std::int64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc{} || count < 0) return std::nullopt;
    const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& unit : units) {
        if (unit.suffix != suffix) continue;
        if (count > INT64_MAX / unit.factor) return std::nullopt;
        return count * unit.factor;
    }
    return std::nullopt;
}

std::string print(std::int64_t value, std::span<const Unit> units, std::string_view zero) {
    for (const auto& unit : units)
        if (value != 0 && value % unit.factor == 0)
            return std::to_string(value / unit.factor).append(unit.suffix);
    return std::string{zero};
}

}  // namespace

std::optional<std::chrono::nanoseconds> read_duration(std::string_view text) {
    const auto time = measure(text, duration_units);
    return time ? std::optional{std::chrono::nanoseconds{*time}} : std::nullopt;
}

std::string print_duration(std::chrono::nanoseconds time) {
    return print(time.count(), duration_units, "0s");
}

std::string missed_duration(std::string_view text) {
    const bool bare =
        !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    std::string why = "is a duration with its unit, such as 500ms, 30s or 5min, not '";
    why.append(text).append("'");
    if (bare) why.append("; write ").append(text).append("s for seconds");
    return why;
}

std::optional<std::uint64_t> read_bytes(std::string_view text) {
    const auto bytes = measure(text, byte_units);
    return bytes ? std::optional{static_cast<std::uint64_t>(*bytes)} : std::nullopt;
}

std::string print_bytes(std::uint64_t bytes) {
    return print(static_cast<std::int64_t>(bytes), byte_units, "0");
}

}  // namespace leat
