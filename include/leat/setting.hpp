// What a service's own settings may be: app.setting<T>().
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "leat/reflect_names.hpp"

namespace leat {

/// A setting that counts bytes: "65536", "64KiB", "16MiB", "1GiB".
struct byte_size {
    std::uint64_t bytes = 0;
    bool operator==(const byte_size&) const = default;
};

namespace detail {

/// A count and a unit: ms, s, min, h or d. Nothing without a unit, and beyond 292 years.
std::optional<std::chrono::nanoseconds> read_duration(std::string_view text);
std::string print_duration(std::chrono::nanoseconds time);
std::optional<std::uint64_t> read_bytes(std::string_view text);
std::string print_bytes(std::uint64_t bytes);
std::string print_real(double value);
std::optional<double> read_real(std::string_view text);

/// How a T is read from the text of a setting (nothing if it is none) and written as one, and what
/// the sentence on a wrong one says that it is.
template <class T>
struct setting_form;

template <>
struct setting_form<std::string> {
    static std::optional<std::string> read(std::string_view text) { return std::string{text}; }
    static std::string print(const std::string& value) { return value; }
    static std::string expected() { return "a text"; }
};

template <>
struct setting_form<bool> {
    static std::optional<bool> read(std::string_view text) {
        if (text == "true") return true;
        if (text == "false") return false;
        return std::nullopt;
    }
    static std::string print(bool value) { return value ? "true" : "false"; }
    static std::string expected() { return "true or false"; }
};

template <std::integral I>
struct setting_form<I> {
    static std::optional<I> read(std::string_view text) {
        I value{};
        const auto* end = text.data() + text.size();
        const auto [at, code] = std::from_chars(text.data(), end, value);
        if (code != std::errc{} || at != end) return std::nullopt;
        return value;
    }
    static std::string print(I value) { return std::to_string(value); }
    static std::string expected() {
        return "a whole number from " + std::to_string(std::numeric_limits<I>::min()) + " to "
               + std::to_string(std::numeric_limits<I>::max());
    }
};

template <std::floating_point F>
struct setting_form<F> {
    static std::optional<F> read(std::string_view text) {
        const auto value = read_real(text);
        return value ? std::optional<F>{static_cast<F>(*value)} : std::nullopt;
    }
    static std::string print(F value) { return print_real(static_cast<double>(value)); }
    static std::string expected() { return "a number such as 0.25"; }
};

template <class Rep, class Period>
struct setting_form<std::chrono::duration<Rep, Period>> {
    using duration = std::chrono::duration<Rep, Period>;
    /// Nothing, too, for what is no whole number of the type's ticks.
    static std::optional<duration> read(std::string_view text) {
        const auto time = read_duration(text);
        if (!time) return std::nullopt;
        const auto value = std::chrono::duration_cast<duration>(*time);
        if (std::chrono::duration_cast<std::chrono::nanoseconds>(value) != *time)
            return std::nullopt;
        return value;
    }
    static std::string print(duration value) { return print_duration(value); }
    static std::string expected() {
        return "a duration with its unit, such as 200ms, 5s, 10min, 1h or 7d"
               + (duration{1} > std::chrono::milliseconds{1}
                      ? ", in steps of " + print_duration(duration{1})
                      : std::string{});
    }
};

template <>
struct setting_form<byte_size> {
    static std::optional<byte_size> read(std::string_view text) {
        const auto bytes = read_bytes(text);
        return bytes ? std::optional{byte_size{*bytes}} : std::nullopt;
    }
    static std::string print(byte_size value) { return print_bytes(value.bytes); }
    static std::string expected() { return "a size such as 65536, 64KiB or 1GiB"; }
};

template <class E>
requires std::is_enum_v<E>
struct setting_form<E> {
    static std::optional<E> read(std::string_view text) { return enum_value<E>(text); }
    static std::string print(E value) { return std::string{enum_name(value)}; }
    static std::string expected() {
        std::string names;
        for (const auto& each : enumerators<E>)
            if (!each.name.empty()) names.append(names.empty() ? "" : ", ").append(each.name);
        return "one of " + names;
    }
};

/// Separated by commas; no text is no element.
template <class T>
struct setting_form<std::vector<T>> {
    static std::optional<std::vector<T>> read(std::string_view text) {
        std::vector<T> values;
        while (!text.empty()) {
            const auto comma = text.find(',');
            auto value = setting_form<T>::read(text.substr(0, comma));
            if (!value) return std::nullopt;
            values.push_back(std::move(*value));
            text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        }
        return values;
    }
    static std::string print(const std::vector<T>& values) {
        std::string text;
        for (std::size_t i = 0; i < values.size(); ++i)
            text += (i > 0 ? "," : "") + setting_form<T>::print(values[i]);
        return text;
    }
    static std::string expected() {
        return "a list with commas, each " + setting_form<T>::expected();
    }
};

}  // namespace detail
}  // namespace leat
