// check(): the assertion for bugs, on in release. Never for input: bad input is a Result.
#pragma once

#include <source_location>
#include <string_view>

namespace leat {

/// Prints the message, `detail` and the place on standard error and aborts. Any thread.
[[noreturn]] void fail_check(std::string_view message, std::string_view detail = {},
                             std::source_location where = std::source_location::current());

/// Aborts with file, line and `message` unless `condition` holds.
inline void check(bool condition, std::string_view message,
                  std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]]
        fail_check(message, {}, where);
}

}  // namespace leat
