// JSON of plain structs: encode() and decode(), with errors that name the field.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "leat/expected.hpp"
#include "leat/json_codec.hpp"
#include "leat/json_containers.hpp"
#include "leat/json_variant.hpp"

/// The forms of the types, the same in both directions:
///
///   bool                        true, false
///   integers, not characters    a number without fraction or exponent, in the range of the type
///   double, float               a number; the shortest text that reads back as the same value
///   std::string                 a string, UTF-8
///   leat::decimal               a number exactly as written, 11.77 (never through a double); a
///   string is read as well std::chrono::sys_time<D>    an RFC 3339 string; leat::timestamp is one.
///   D is seconds or finer std::chrono::year_month_day "1997-01-31" enum                        the
///   enumerator's name; see leat::enum_range for values outside -1 … 127 struct (leat::reflectable)
///   an object; every field is required unless it is a std::optional, in any order std::optional<T>
///   T; empty is a missing field or null (written: a missing field, null in arrays and maps)
///   std::vector<T>              an array
///   std::map<std::string, T>    an object
///   std::variant<A, B>          an object of one member named after the alternative:
///   {"CardPayment":{"card":"…"}};
///                               see leat::json::variant_name
///   others                      specialise leat::json::codec
namespace leat::json {

/// Thrown by encode() for a value without a JSON form: NaN or an infinity, a string that is not
/// UTF-8, an enum value without a name, a year outside 0 … 9999. what() is the error as one line.
class encode_error : public std::invalid_argument {
public:
    explicit encode_error(error reason)
        : std::invalid_argument(reason.to_string()), reason_(std::move(reason)) {}
    const error& reason() const { return reason_; }

private:
    error reason_;
};

/// Appends `value` as compact JSON to `out`. Throws encode_error, with `out` as long as before.
template <class T>
void append(std::string& out, const T& value, const encode_options& options = {}) {
    const auto length = out.size();
    writer to{out, options};
    write(to, value);
    if (!to.failed()) return;
    out.resize(length);
    throw encode_error(to.problem());
}

/// `value` as compact JSON, in the order of its fields. Throws encode_error. Any thread.
template <class T>
std::string encode(const T& value, const encode_options& options = {}) {
    std::string text;
    append(text, value, options);
    return text;
}

/// The T that `text` spells, or the first thing that is wrong with it. Never throws but for want of
/// memory, and takes memory in proportion to the text. Any thread; the T holds no view into `text`.
template <class T>
expected<T, error> decode(std::string_view text, const decode_options& options = {}) {
    reader in{text, options};
    T value{};
    if (!read(in, value) || !in.finish()) return in.problem();
    return value;
}

}  // namespace leat::json
