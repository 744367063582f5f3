// Reads offsets and times.
#include "cli/when.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

#include "base/quantity.hpp"

namespace leat::cli {
namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, value);
    if (text.empty() || fault != std::errc{} || stop != end) return std::nullopt;
    return value;
}

// Takes exactly `digits` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    const auto all_digits = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() < digits || !std::ranges::all_of(text.substr(0, digits), all_digits))
        return std::nullopt;
    const auto value = number(text.substr(0, digits));
    text.remove_prefix(digits);
    return static_cast<int>(*value);
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
    const auto y = take_digits(text, 4);
    if (!y || !take(text, '-')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || !take(text, '-')) return std::nullopt;
    const auto d = take_digits(text, 2);
    if (!d) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*y},
                                           std::chrono::month{static_cast<unsigned>(*m)},
                                           std::chrono::day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    return std::int64_t{std::chrono::sys_days{date}.time_since_epoch().count()} * 86'400'000;
}

// Hours and minutes with a colon between them, as ms.
std::optional<std::int64_t> take_hours(std::string_view& text) {
    const auto h = take_digits(text, 2);
    if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
    const auto m = take_digits(text, 2);
    if (!m || *m > 59) return std::nullopt;
    return (*h * 60 + *m) * std::int64_t{60'000};
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
    const auto hours = take_hours(text);
    if (!hours) return std::nullopt;
    auto ms = *hours;
    if (take(text, ':')) {
        const auto s = take_digits(text, 2);
        if (!s || *s > 59) return std::nullopt;
        ms += std::int64_t{*s} * 1000;
        if (take(text, '.')) {
            std::int64_t scale = 100;
            if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
            for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10) {
                ms += (text.front() - '0') * scale;
                text.remove_prefix(1);
            }
        }
    }
    return ms;
}

// How far the zone is ahead of UTC, in ms.
std::optional<std::int64_t> take_zone(std::string_view& text) {
    if (text.empty() || take(text, 'Z')) return 0;
    const bool east = text.front() == '+';
    if (!east && text.front() != '-') return std::nullopt;
    text.remove_prefix(1);
    const auto ahead = take_hours(text);
    if (!ahead) return std::nullopt;
    return east ? *ahead : -*ahead;
}

std::optional<std::int64_t> calendar_time(std::string_view text) {
    const auto date = take_date(text);
    if (!date || text.empty()) return date;
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    const auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return std::nullopt;
    return *date + *clock - *zone;
}

}  // namespace

Result<TimestampMs> parse_time(std::string_view text, TimestampMs now) {
    if (const auto ms = number(text); ms && *ms >= 0) return *ms;
    if (const auto age = read_duration(text))
        return std::max<TimestampMs>(
            0, now - std::chrono::duration_cast<std::chrono::milliseconds>(*age).count());
    if (const auto time = calendar_time(text)) return *time;
    std::string what = "'";
    what.append(text).append(
        "' is no time; write ms since 1970, 2024-01-31, 2024-01-31T12:00:00Z, or an age like "
        "15min, 2h or 7d");
    return Error{Errc::invalid_argument, what};
}

Result<Place> parse_place(std::string_view text, TimestampMs now) {
    if (text == "beginning" || text == "earliest" || text == "oldest")
        return Place{Place::Kind::beginning, 0};
    if (text == "end" || text == "latest" || text == "newest") return Place{Place::Kind::end, 0};
    if (text.starts_with('@')) {
        const auto time = parse_time(text.substr(1), now);
        if (!time) return time.error();
        return Place{Place::Kind::time, *time};
    }
    if (const auto value = number(text)) {
        if (text.front() == '-') return Place{Place::Kind::last, -std::max(*value, -most)};
        return Place{Place::Kind::offset, *value};
    }
    std::string what = "'";
    what.append(text).append(
        "' is no place in a partition; write beginning, end, an offset N, -N for the last N "
        "records, or @TIME");
    return Error{Errc::invalid_argument, what};
}

std::string format_time(TimestampMs time) {
    const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds{time}};
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{moment - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

}  // namespace leat::cli
