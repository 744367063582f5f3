// Strings as JSON spells them.
#pragma once

#include <string>
#include <string_view>

namespace leat {

/// Appends the escape of a quote, a backslash or a control character.
void append_json_escape(std::string& out, char c);

/// Appends `text` in double quotes. What is no UTF-8 becomes U+FFFD, so that the result is JSON
/// whatever the bytes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace leat
