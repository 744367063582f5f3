// leat::logger: structured log lines that know which record or request they belong to.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace leat {

/// One named value of a log line. Views must outlive the call only.
struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, const char* v) : name(n), value(std::string_view{v}) {}
    field(std::string_view n, const std::string& v) : name(n), value(std::string_view{v}) {}
    field(std::string_view n, bool v) : name(n), value(v) {}
    field(std::string_view n, double v) : name(n), value(v) {}
    template <std::integral T>
    field(std::string_view n, T v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using fields = std::initializer_list<field>;

/// Writes lines on standard error, as JSON or text by the setting `log.format`: `ts`, `level`,
/// `msg`, the fields of the call, then those of the record or request: `topic`, `partition`,
/// `offset`, `key_hash`, `trace_id`. Any thread; may outlive what it was made from.
class logger {
public:
    using context_fields =
        std::vector<std::pair<std::string, std::variant<std::string, std::int64_t>>>;

    explicit logger(context_fields context = {}) : context_(std::move(context)) {}

    void debug(std::string_view message, fields values = {}) const { write(0, message, values); }
    void info(std::string_view message, fields values = {}) const { write(1, message, values); }
    void warn(std::string_view message, fields values = {}) const { write(2, message, values); }
    void error(std::string_view message, fields values = {}) const { write(3, message, values); }

private:
    void write(int level, std::string_view message, fields values) const;
    context_fields context_;
};

}  // namespace leat
