// check(): the assertion for bugs, on in release. Never for input: bad input is a Result.
#pragma once

#include <string_view>

namespace leat {

/// A place in the source. (clang 14 cannot use libstdc++'s std::source_location.)
struct Place {
    const char* file;
    int line;
    static constexpr Place here(const char* f = __builtin_FILE(), int l = __builtin_LINE()) {
        return {f, l};
    }
};

/// Prints the message, `detail` and the place on standard error and aborts. Any thread.
[[noreturn]] void fail_check(std::string_view message, std::string_view detail = {},
                             Place where = Place::here());

/// Aborts with file, line and `message` unless `condition` holds.
inline void check(bool condition, std::string_view message, Place where = Place::here()) {
    if (!condition) [[unlikely]]
        fail_check(message, {}, where);
}

}  // namespace leat
