// leat::json::reader: pulls values out of a JSON text, one at a time, without building a tree.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "leat/json_error.hpp"

namespace leat::json {

class reader;

/// One field of a struct as read_object() sees it.
struct field_reader {
    std::string_view name;
    bool required;
    bool (*read)(reader& in, void* object);
};

/// A pull scanner over a text, for codecs. Every function reads exactly one thing and returns false
/// once something was wrong; the caller then returns false at once, adding its part of the pointer
/// with in_field() or in_index(). Strict RFC 8259: no comments, no trailing commas, no lone
/// surrogates, no duplicate keys, valid UTF-8 only. Views are valid until the next call. One
/// thread; the text must outlive the reader.
class reader {
public:
    reader(std::string_view text, const decode_options& options);

    bool read_bool(bool& value);
    /// Integers in `least` … `most`. A fraction or an exponent is refused, even in 1.0.
    bool read_signed(std::int64_t& value, std::int64_t least, std::int64_t most);
    bool read_unsigned(std::uint64_t& value, std::uint64_t most);
    /// The nearest double or float; one too large or, but for zero, too small for it is refused.
    bool read_floating(double& value);
    bool read_floating(float& value);
    bool read_string(std::string& value);
    /// Any string; `expected` ("a date") names it if there is none.
    bool read_text(std::string_view& text, const char* expected);
    /// The digits of a number as written, or what is inside a string.
    bool read_number_or_text(std::string_view& text, const char* expected);
    bool read_null();
    /// Takes a null if there is one; otherwise false, which is no failure.
    bool take_null();
    /// Takes and checks a value of any kind.
    bool skip_value();

    /// Takes `{`. Then next_member() is called until it gives `end`, with one value read after each
    /// `more`.
    bool begin_object();
    bool begin_array();
    enum class progress { more, end, failed };
    progress next_member(std::string_view& key);
    progress next_element();
    /// Reads an object into a struct of at most 64 fields: unknown, duplicate and missing members
    /// are handled here.
    bool read_object(std::span<const field_reader> fields, void* object);
    /// True if nothing but blanks follows.
    bool finish();

    /// Refuses the value just read; always false. `found` is quoted, cut to 32 bytes.
    bool refuse(std::string_view expected, std::string_view found);
    /// Refuses a member that was there before; always false.
    bool refuse_twice(std::string_view key);
    /// Refuses with a whole message of the caller's; always false.
    bool fail(fault kind, std::string message);
    /// Prefixes the pointer of the error with a member's name or an element's index; always false.
    bool in_field(std::string_view name);
    bool in_index(std::size_t index);

    const error& problem() const { return error_; }

private:
    void skip_blanks();
    bool starts(char first);
    bool take_literal(std::string_view literal);
    bool mismatch(std::string_view expected);
    bool syntax(std::string_view expected);
    bool enter(char open, const char* expected);
    progress next(char close, const char* expected);
    bool scan_string(std::string_view& text);
    bool scan_escaped(std::string_view& text, const char* begin);
    bool scan_escape();
    bool scan_hex4(std::uint32_t& unit);
    bool scan_unicode();
    bool skip_special();
    bool read_number(std::string_view& text, bool& whole, const char* expected);
    template <class T>
    bool read_real(T& value, const char* expected);
    template <class T>
    bool read_integer(T& value, T least, T most);
    bool scan_number(std::string_view& text, bool& whole);
    bool skip_digits();
    bool skip_object();
    bool skip_array();
    using Names = std::set<std::string, std::less<>>;
    bool read_members(std::span<const field_reader> fields, void* object, bool known_only);
    bool skip_other_member(std::string_view key, Names& others);
    bool refuse_unknown(std::string_view key, std::span<const field_reader> fields);

    const char* begin_;
    const char* at_;
    const char* end_;
    decode_options options_;
    int depth_ = 0;
    bool fresh_ = false;   // no member or element of the innermost object or array was taken yet
    std::string scratch_;  // holds a string that had escapes
    error error_;
};

}  // namespace leat::json
