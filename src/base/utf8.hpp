// UTF-8: whether bytes are it, and where its characters end.
#pragma once

#include <cstddef>
#include <string_view>

namespace leat {

/// The length (1 … 4) of the well-formed character at `at`, which is before `end`; 0 if there is
/// none (overlong, a surrogate, above U+10FFFF or cut off).
std::size_t utf8_length(const char* at, const char* end);

bool is_utf8(std::string_view text);

/// The front of `text`, at most `longest` bytes and not ending inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t longest);

}  // namespace leat
