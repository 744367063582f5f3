// leat::json::codec of variants: an object of one member, named after the alternative.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "leat/json_codec.hpp"

namespace leat::json {

/// The name that stands for T in the JSON of a std::variant; specialise it to choose another one.
template <class T>
inline constexpr std::string_view variant_name = type_name<T>();
template <>
inline constexpr std::string_view variant_name<bool> = "bool";
template <std::integral T>
inline constexpr std::string_view variant_name<T> = "integer";
template <std::floating_point T>
inline constexpr std::string_view variant_name<T> = "number";
template <>
inline constexpr std::string_view variant_name<std::string> = "string";
template <>
inline constexpr std::string_view variant_name<std::chrono::year_month_day> = "date";
template <class D>
inline constexpr std::string_view variant_name<std::chrono::sys_time<D>> = "timestamp";

namespace detail {

bool read_variant(reader& in, std::span<const field_reader> alternatives, void* value);

template <class V, std::size_t I>
bool read_alternative(reader& in, void* value) {
    return json::read(in, static_cast<V*>(value)->template emplace<I>());
}
template <class V, std::size_t... I>
constexpr auto alternatives_of(std::index_sequence<I...>) {
    return std::array<field_reader, sizeof...(I)>{field_reader{
        variant_name<std::variant_alternative_t<I, V>>, false, &read_alternative<V, I>}...};
}
template <class V>
inline constexpr auto alternatives =
    alternatives_of<V>(std::make_index_sequence<std::variant_size_v<V>>{});

constexpr bool all_distinct(std::span<const std::string_view> names) {
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (names[i] == names[j] || names[i].empty()) return false;
    return true;
}

}  // namespace detail

template <class... T>
struct codec<std::variant<T...>> {
    static constexpr std::array<std::string_view, sizeof...(T)> names{variant_name<T>...};
    static_assert(detail::all_distinct(names),
                  "alternatives need names: see leat::json::variant_name");

    static bool read(reader& in, std::variant<T...>& value) {
        return detail::read_variant(in, detail::alternatives<std::variant<T...>>, &value);
    }
    static void write(writer& out, const std::variant<T...>& value) {
        out.begin_object();
        out.member(names[value.index()]);
        std::visit([&](const auto& each) { json::write(out, each); }, value);
        if (out.failed()) out.in_field(names[value.index()]);
        out.end_object();
    }
};

}  // namespace leat::json
