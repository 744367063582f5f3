// Patterns over names, as shells have them: * ? [abc] [a-z] [!a]. Pure.
#pragma once

#include <string_view>

namespace leat::cli {

/// Whether `text` holds a character that makes it a pattern. Topics' names never do.
bool is_glob(std::string_view text);

/// Whether the whole `name` fits `pattern`.
bool fits(std::string_view pattern, std::string_view name);

/// For lists: a pattern must fit the whole name, any other text must be somewhere in it.
bool holds_or_fits(std::string_view text, std::string_view name);

}  // namespace leat::cli
