// Text from topics and brokers on a terminal: nothing in it may command the terminal. Pure, but for
// the question of what standard output is.
#pragma once

#include <string>
#include <string_view>

namespace leat::cli {

/// Whether standard output is a terminal. Pipes and files get bytes as they are.
bool is_terminal();

/// `text` without control characters (C0, DEL, C1) and without bytes that are no UTF-8: \n, \r, \t,
/// \e, \xHH, \u009b. `kept` are control characters that stay.
std::string escaped(std::string_view text, std::string_view kept = {});

/// A JSON text with the control characters that JSON lets pass (DEL, C1) as \u escapes: the same
/// value.
std::string escaped_json(std::string text);

}  // namespace leat::cli
