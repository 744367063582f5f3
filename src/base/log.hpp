// Structured logging: one line an event on standard error, as text for people or JSON for machines.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace leat::log {

enum class Level { debug, info, warn, error, off };
enum class Format { text, json };

/// One named value of a line. Views must outlive the call only.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string_view{v}) {}
    Field(std::string_view n, const std::string& v) : name(n), value(std::string_view{v}) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    template <class T>
    requires std::is_integral_v<T> Field(std::string_view n, T v)
        : name(n), value(static_cast<std::int64_t>(v)) {}
};

using Fields = std::initializer_list<Field>;

struct Options {
    Level level = Level::info;
    Format format = Format::text;
    /// Fields on every line, such as service and instance.
    std::vector<std::pair<std::string, std::string>> always;
};

/// Sets what is written from here on. Call once at start, before other threads log.
void configure(Options options);

/// Whether a line at `level` would be written: guards costly arguments. Any thread.
bool enabled(Level level);

/// Writes one line: `ts`, `level`, `msg`, then the fields in order. Any thread.
void write(Level level, std::string_view message, Fields fields = {});
/// The same for fields that are gathered at run time.
void write_fields(Level level, std::string_view message, std::span<const Field> fields);

inline void debug(std::string_view message, Fields fields = {}) {
    if (enabled(Level::debug)) write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    write(Level::info, message, fields);
}
inline void warn(std::string_view message, Fields fields = {}) {
    write(Level::warn, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    write(Level::error, message, fields);
}

/// The line that write() would write, without its newline: for tests of the format.
std::string render(Format format, std::string_view ts, Level level, std::string_view message,
                   Fields fields);

}  // namespace leat::log
