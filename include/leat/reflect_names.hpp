// Compile-time names of enumerators and types.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "leat/reflect.hpp"

namespace leat {

/// The first and last value that are looked at for enumerators.
struct value_range {
    int first = -1, last = 127;
};

/// The values of E that are looked at for a name. Specialise it for an enum whose enumerators lie
/// elsewhere, as `template <> inline constexpr leat::value_range leat::enum_range<Code>{.first =
/// 400, .last = 599};`. An enum without `class` needs a fixed underlying type.
template <class E>
inline constexpr value_range enum_range{};

namespace detail {

template <class E>
struct enumerator {
    std::string_view name;  // empty when no enumerator has this value
    E value;
};

// Splits "[…Values = {A::red, (A)1, …}]" at the commas of its own level; a cast such as (A)1 has no
// name.
template <class E, int First, int... Offset>
constexpr auto enumerators_of(std::integer_sequence<int, Offset...>) {
    std::array<enumerator<E>, sizeof...(Offset)> found{
        enumerator<E>{{}, static_cast<E>(First + Offset)}...};
    constexpr auto printed = print_values<E, static_cast<E>(First + Offset)...>();
    std::size_t begin = printed.find("Values = ") + 10, n = 0;
    int depth = 0;
    for (std::size_t at = begin; n < found.size(); ++at) {
        const char c = printed[at];
        if ((c == ',' || c == '}' || c == '>') && depth == 0) {
            const auto name = last_name(printed.substr(begin, at - begin));
            if (name.front() < '0' || name.front() > '9') found[n].name = name;
            begin = at + 2;
            ++n;
        } else if (c == '(' || c == '<' || c == '{') {
            ++depth;
        } else if (c == ')' || c == '>' || c == '}') {
            --depth;
        }
    }
    return found;
}
template <class E>
inline constexpr auto enumerators = enumerators_of<E, enum_range<E>.first>(
    std::make_integer_sequence<int, enum_range<E>.last - enum_range<E>.first + 1>{});

}  // namespace detail

/// The name of the enumerator with this value; empty if there is none in enum_range<E>.
template <class E>
requires std::is_enum_v<E>
constexpr std::string_view enum_name(E value) {
    for (const auto& each : detail::enumerators<E>)
        if (each.value == value) return each.name;
    return {};
}

/// The enumerator of this name, spelled exactly; nothing if there is none.
template <class E>
requires std::is_enum_v<E>
constexpr std::optional<E> enum_value(std::string_view name) {
    if (name.empty()) return std::nullopt;
    for (const auto& each : detail::enumerators<E>)
        if (each.name == name) return each.value;
    return std::nullopt;
}

/// The name of T without its namespaces and enclosing classes ("OrderPlaced"). Not for templates.
template <class T>
constexpr std::string_view type_name() {
    constexpr auto tail = detail::tail_after(detail::print_type<detail::probe>(), "probe");
    constexpr auto printed = detail::print_type<T>();
    return detail::last_name(printed.substr(0, printed.size() - tail));
}

}  // namespace leat
