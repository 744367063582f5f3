// leat::timestamp and the RFC 3339 text of points in time and of dates.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace leat {

/// A point in time to the microsecond, UTC, without leap seconds.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

namespace detail {

/// A point in time of any precision: whole seconds since 1970, rounded down, and the nanoseconds
/// after.
struct split_time {
    std::int64_t seconds = 0;
    std::int32_t nanoseconds = 0;
};
/// Writes RFC 3339 at `out` (room for 36 characters), with `digits` places of seconds (0, 3, 6 or
/// 9); returns the end, or null if the year is not 0 to 9999.
char* print_time(char* out, split_time time, int digits);
char* print_date(char* out, std::chrono::year_month_day date);
std::optional<split_time> parse_time(std::string_view text);

template <class D>
inline constexpr int second_digits = std::chrono::hh_mm_ss<D>::fractional_width == 0   ? 0
                                     : std::chrono::hh_mm_ss<D>::fractional_width <= 3 ? 3
                                     : std::chrono::hh_mm_ss<D>::fractional_width <= 6 ? 6
                                                                                       : 9;
template <class D>
split_time split(std::chrono::sys_time<D> time) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(time);
    const auto rest = duration_cast<nanoseconds>(time - whole).count();
    return {whole.time_since_epoch().count(), static_cast<std::int32_t>(rest)};
}
template <class D>
std::optional<std::chrono::sys_time<D>> join(split_time time) {
    using namespace std::chrono;
    constexpr auto most = floor<seconds>(D::max()), least = floor<seconds>(D::min());
    if (time.seconds >= most.count() || time.seconds <= least.count()) return std::nullopt;
    return sys_time<D>{floor<D>(seconds{time.seconds}) + floor<D>(nanoseconds{time.nanoseconds})};
}

}  // namespace detail

/// RFC 3339 in UTC with as many places of seconds as the type has (0, 3, 6 or 9):
/// "1997-01-01T09:30:00.000000Z". Empty if the year is not 0 to 9999.
template <class D>
std::string to_rfc3339(std::chrono::sys_time<D> time) {
    char text[40];
    char* const end = detail::print_time(text, detail::split(time), detail::second_digits<D>);
    return end ? std::string(text, end) : std::string();
}

/// The time that an RFC 3339 text with `Z` or an offset spells; digits finer than the type are
/// dropped. Nothing if it is not one (a leap second, 24:00:00 and a missing offset included) or
/// lies outside the type.
template <class T = timestamp>
std::optional<T> parse_rfc3339(std::string_view text) {
    const auto time = detail::parse_time(text);
    return time ? detail::join<typename T::duration>(*time) : std::nullopt;
}

/// "1997-01-31"; empty if the date does not exist or the year is not 0 to 9999.
std::string to_iso_date(std::chrono::year_month_day date);
/// The date that "1997-01-31" spells; nothing if it is not one or does not exist.
std::optional<std::chrono::year_month_day> parse_iso_date(std::string_view text);

}  // namespace leat
