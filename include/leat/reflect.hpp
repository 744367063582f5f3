// Compile-time reflection of plain aggregates and enums: names and types of fields without a macro.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <type_traits>
#include <utility>

#include "leat/reflect_tie.hpp"

namespace leat {
namespace detail {

// Stands for a value of any type while the fields of an aggregate are counted; never converted at
// run time.
struct any_field {
    template <class F>
    operator F() const noexcept {
        std::abort();
    }
};
template <std::size_t>
using nth_any_field = any_field;

template <class T, std::size_t... I>
constexpr bool takes_fields(std::index_sequence<I...>) {
    return requires { T{nth_any_field<I>{}...}; };
}
// The first count that the braces of T take while one more is too many.
template <class T, std::size_t N = 0>
constexpr std::size_t count_fields() {
    constexpr bool fits = takes_fields<T>(std::make_index_sequence<N>{});
    constexpr bool full = !takes_fields<T>(std::make_index_sequence<N + 1>{});
    if constexpr ((fits && full) || N > max_fields)
        return N;
    else
        return count_fields<T, N + 1>();
}

// A field is named by the compiler itself, in the printed form of a template that was given the
// field's address inside an object that is never defined. The struct around the pointer is for g++
// 12, the pragmas for clang 14.
template <class P>
struct field_address {
    P at;
};
template <class P>
field_address(P) -> field_address<P>;
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif
template <class T>
struct phantom {
    T value;
    static const phantom object;
};
template <auto Address>
constexpr std::string_view print_address() {
    return __PRETTY_FUNCTION__;
}
template <class T, std::size_t I>
constexpr std::string_view print_field() {
    return print_address<field_address{
        &std::get<I>(tie_fields<count_fields<T>()>(phantom<T>::object.value))}>();
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif
template <class T>
constexpr std::string_view print_type() {
    return __PRETTY_FUNCTION__;
}
template <class E, E... Values>
constexpr std::string_view print_values() {
    return __PRETTY_FUNCTION__;
}

constexpr bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || static_cast<unsigned char>(c) >= 0x80;
}
// The identifier that ends at the end of `text`; may be empty.
constexpr std::string_view last_name(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && is_name_char(text[begin - 1])) --begin;
    return text.substr(begin);
}
// What the compiler prints after the name is as long as after the name of this known field and
// type.
struct probe {
    int leat_probe;
};
constexpr std::size_t tail_after(std::string_view printed, std::string_view name) {
    return printed.size() - printed.rfind(name) - name.size();
}
template <class T, std::size_t I>
constexpr std::string_view name_of_field() {
    constexpr auto tail = tail_after(print_field<probe, 0>(), "leat_probe");
    constexpr auto printed = print_field<T, I>();
    return last_name(printed.substr(0, printed.size() - tail));
}
template <class T, std::size_t... I>
constexpr auto names_of_fields(std::index_sequence<I...>) {
    return std::array<std::string_view, sizeof...(I)>{name_of_field<T, I>()...};
}

}  // namespace detail

/// A plain struct: an aggregate class with public fields, without base classes and without C
/// arrays. Up to 36 fields. The types that the library itself treats as values (std::array) do not
/// count.
template <class T>
concept reflectable = std::is_class_v<T> && std::is_aggregate_v<T>;

/// How many fields T has.
template <class T>
inline constexpr std::size_t field_count = detail::count_fields<std::remove_cv_t<T>>();

/// References to the fields of `object`, in order of declaration, as a std::tuple; valid as long as
/// `object`.
template <class T>
constexpr auto fields_of(T& object) {
    return detail::tie_fields<field_count<T>>(object);
}

/// The type of field number I of T.
template <class T, std::size_t I>
using field_type =
    std::remove_reference_t<std::tuple_element_t<I, decltype(fields_of(std::declval<T&>()))>>;

/// The names of the fields of T, in order of declaration, as static text.
template <class T>
inline constexpr auto field_names =
    detail::names_of_fields<T>(std::make_index_sequence<field_count<T>>{});

}  // namespace leat
