// Strings as JSON spells them.
#pragma once

#include <string>
#include <string_view>

namespace leat {

/// Appends the escape of a quote, a backslash or a control character.
void append_json_escape(std::string& out, char c);

/// Whether a terminal would take some of it for more than text: U+0000 to U+001F, U+007F to U+009F.
bool has_control(std::string_view text);

/// Appends `text` in double quotes, its control characters escaped. What is no UTF-8 becomes
/// U+FFFD, so that the result is JSON whatever the bytes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace leat
