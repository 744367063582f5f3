// leat::json::codec of structs, optionals, vectors and maps.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/json_codec.hpp"

namespace leat::json {

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T, std::size_t I>
bool read_field(reader& in, void* object) {
    return json::read(in, std::get<I>(fields_of(*static_cast<T*>(object))));
}
template <class T, std::size_t... I>
constexpr auto field_readers_of(std::index_sequence<I...>) {
    return std::array<field_reader, sizeof...(I)>{
        field_reader{field_names<T>[I], !is_optional<field_type<T, I>>, &read_field<T, I>}...};
}
template <class T>
inline constexpr auto field_readers =
    field_readers_of<T>(std::make_index_sequence<field_count<T>>{});

template <class F>
void write_field(writer& out, std::string_view name, const F& field) {
    if constexpr (is_optional<F>)
        if (!field) return;
    out.member(name);
    json::write(out, field);
    if (out.failed()) [[unlikely]]
        out.in_field(name);
}
template <class T, std::size_t... I>
void write_fields(writer& out, const T& object, std::index_sequence<I...>) {
    [[maybe_unused]] const auto fields = fields_of(object);
    static_cast<void>(
        ((write_field(out, field_names<T>[I], std::get<I>(fields)), !out.failed()) && ...));
}

}  // namespace detail

template <reflectable T>
struct codec<T> {
    static bool read(reader& in, T& value) {
        return in.read_object(detail::field_readers<T>, &value);
    }
    static void write(writer& out, const T& value) {
        out.begin_object();
        detail::write_fields(out, value, std::make_index_sequence<field_count<T>>{});
        out.end_object();
    }
};

template <class T>
struct codec<std::optional<T>> {
    static_assert(!detail::is_optional<T>, "JSON cannot tell an empty optional in an optional");
    static bool read(reader& in, std::optional<T>& value) {
        value.reset();
        return in.take_null() || json::read(in, value.emplace());
    }
    static void write(writer& out, const std::optional<T>& value) {
        if (value)
            json::write(out, *value);
        else
            out.null();
    }
};

template <class T>
struct codec<std::vector<T>> {
    static bool read(reader& in, std::vector<T>& value) {
        value.clear();
        if (!in.begin_array()) return false;
        for (auto step = in.next_element(); step != reader::progress::end;
             step = in.next_element()) {
            T item{};
            if (step == reader::progress::failed || !json::read(in, item))
                return in.in_index(value.size());
            value.push_back(std::move(item));
        }
        return true;
    }
    static void write(writer& out, const std::vector<T>& value) {
        out.begin_array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            out.element();
            json::write<T>(out, value[i]);
            if (out.failed()) [[unlikely]]
                return out.in_index(i);
        }
        out.end_array();
    }
};

template <class T, class Less>
struct codec<std::map<std::string, T, Less>> {
    static bool read(reader& in, std::map<std::string, T, Less>& value) {
        value.clear();
        if (!in.begin_object()) return false;
        std::string_view key;
        for (auto step = in.next_member(key); step != reader::progress::end;
             step = in.next_member(key)) {
            if (step == reader::progress::failed) return false;
            const auto [at, added] = value.try_emplace(std::string(key));
            if (!added) return in.refuse_twice(at->first);
            if (!json::read(in, at->second)) return in.in_field(at->first);
        }
        return true;
    }
    static void write(writer& out, const std::map<std::string, T, Less>& value) {
        out.begin_object();
        for (const auto& [key, each] : value) {
            out.member(key);
            json::write(out, each);
            if (out.failed()) [[unlikely]]
                return out.in_field(key);
        }
        out.end_object();
    }
};

}  // namespace leat::json
