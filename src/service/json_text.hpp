// What the JSON reader and writer share: the classes of characters and pointers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

namespace leat::json {

/// True for the bytes that stand for themselves in a JSON string without further checks: printable
/// ASCII but `"`, `\`.
bool is_plain(char c);

/// The first byte at or after `at` that is not plain, or `end`.
const char* skip_plain(const char* at, const char* end);

/// Appends `code_point` (a Unicode scalar value) as UTF-8.
void append_utf8(std::string& out, char32_t code_point);

/// `text` (valid UTF-8) in double quotes for a message, cut to 32 bytes with `…`, control
/// characters shown as `?`.
std::string quoted(std::string_view text);

/// Prefixes an RFC 6901 pointer with one more step, escaping `~` and `/`. Bytes that are not
/// UTF-8 become `?`, and a step of more than 128 bytes is cut with `…`: the message must not grow
/// with hostile input.
void prefix_pointer(std::string& pointer, std::string_view step);

}  // namespace leat::json
