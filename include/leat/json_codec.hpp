// leat::json::codec: how numbers, texts, times and enums are read from and written to JSON.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "leat/json_reader.hpp"
#include "leat/json_writer.hpp"
#include "leat/reflect_names.hpp"
#include "leat/timestamp.hpp"

namespace leat::json {

/// Reads and writes a T. Specialise it for a type of your own, with
/// `static bool read(reader&, T&)` and `static void write(writer&, const T&)`; see leat/json.hpp
/// for the forms.
template <class T>
struct codec;

template <class T>
bool read(reader& in, T& value) {
    return codec<T>::read(in, value);
}
template <class T>
void write(writer& out, const T& value) {
    codec<T>::write(out, value);
}

template <>
struct codec<bool> {
    static bool read(reader& in, bool& value) { return in.read_bool(value); }
    static void write(writer& out, bool value) { out.boolean(value); }
};
template <class T>
requires std::same_as<T, double> || std::same_as<T, float>
struct codec<T> {
    static bool read(reader& in, T& value) { return in.read_floating(value); }
    static void write(writer& out, T value) { out.number(value); }
};
template <>
struct codec<std::string> {
    static bool read(reader& in, std::string& value) { return in.read_string(value); }
    static void write(writer& out, const std::string& value) { out.string(value); }
};
template <>
struct codec<std::monostate> {
    static bool read(reader& in, std::monostate&);
    static void write(writer& out, std::monostate) { out.null(); }
};
template <>
struct codec<decimal> {
    static bool read(reader& in, decimal& value);
    static void write(writer& out, decimal value) { out.number(value); }
};
template <>
struct codec<std::chrono::year_month_day> {
    static bool read(reader& in, std::chrono::year_month_day& value);
    static void write(writer& out, std::chrono::year_month_day value);
};

template <class T, class... U>
inline constexpr bool is_one_of = (std::same_as<T, U> || ...);
template <class T>
concept integer =
    std::integral<T> && !is_one_of<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;
template <integer T>
struct codec<T> {
    static bool read(reader& in, T& value) {
        using limits = std::numeric_limits<T>;
        if constexpr (std::is_signed_v<T>) {
            std::int64_t wide = 0;
            if (!in.read_signed(wide, limits::min(), limits::max())) return false;
            value = static_cast<T>(wide);
        } else {
            std::uint64_t wide = 0;
            if (!in.read_unsigned(wide, limits::max())) return false;
            value = static_cast<T>(wide);
        }
        return true;
    }
    static void write(writer& out, T value) {
        if constexpr (std::is_signed_v<T>)
            out.integer(std::int64_t{value});
        else
            out.integer(std::uint64_t{value});
    }
};

namespace detail {

/// Refuses `found` as none of `names`, of which the empty ones do not count; always false.
bool refuse_name(reader& in, std::string_view found, std::span<const std::string_view> names);
bool read_time(reader& in, leat::detail::split_time& time);
bool refuse_time_range(reader& in);
void write_time(writer& out, leat::detail::split_time time, int digits);
void fail_enum(writer& out, std::int64_t value);

template <class E>
inline constexpr auto enum_names = [] {
    std::array<std::string_view, leat::detail::enumerators<E>.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = leat::detail::enumerators<E>[i].name;
    return names;
}();

}  // namespace detail

template <class E>
requires std::is_enum_v<E>
struct codec<E> {
    static bool read(reader& in, E& value) {
        std::string_view name;
        if (!in.read_text(name, "a string")) return false;
        const auto found = enum_value<E>(name);
        if (!found) return detail::refuse_name(in, name, detail::enum_names<E>);
        value = *found;
        return true;
    }
    static void write(writer& out, E value) {
        const auto name = enum_name(value);
        if (name.empty())
            detail::fail_enum(out, static_cast<std::int64_t>(value));
        else
            out.string(name);
    }
};

template <class D>
struct codec<std::chrono::sys_time<D>> {
    static bool read(reader& in, std::chrono::sys_time<D>& value) {
        leat::detail::split_time time;
        if (!detail::read_time(in, time)) return false;
        const auto joined = leat::detail::join<D>(time);
        if (!joined) return detail::refuse_time_range(in);
        value = *joined;
        return true;
    }
    static void write(writer& out, std::chrono::sys_time<D> value) {
        detail::write_time(out, leat::detail::split(value), leat::detail::second_digits<D>);
    }
};

}  // namespace leat::json
