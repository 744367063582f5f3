#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>

#include "base/json_string.hpp"
#include "base/utf8.hpp"

namespace leat::log {
namespace {

struct State {
    std::atomic<Level> level{Level::info};
    Format format = Format::text;
    std::vector<std::pair<std::string, std::string>> always;
    std::shared_ptr<spdlog::logger> out = [] {
        auto logger = spdlog::stderr_logger_mt("leat");
        logger->set_pattern("%v");
        logger->set_level(spdlog::level::trace);
        return logger;
    }();
};

State& state() {
    static State instance;
    return instance;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
        case Level::off:
            return "off";
    }
    return "?";
}

// Whether the text can stand in a line of text as it is: nobody may forge a field or a line.
bool is_bare(std::string_view text, std::string_view reserved) {
    return !text.empty() && text.find_first_of(reserved) == std::string_view::npos && is_utf8(text)
           && !has_control(text);
}

void append_value(std::string& out, const Field& field, Format format) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        if (format == Format::text && is_bare(*text, " \"="))
            out += *text;
        else
            append_json_string(out, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        out += std::to_string(*number);
    } else if (const auto* real = std::get_if<double>(&field.value)) {
        fmt::format_to(std::back_inserter(out), "{:.6g}", *real);
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

void append_field(std::string& out, const Field& field, Format format) {
    if (format == Format::json) {
        out += ',';
        append_json_string(out, field.name);
        out += ':';
    } else {
        out += ' ';
        out += field.name;
        out += '=';
    }
    append_value(out, field, format);
}

std::string timestamp() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                       utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                       ms.count() % 1000);
}

}  // namespace

void configure(Options options) {
    state().level = options.level;
    state().format = options.format;
    state().always = std::move(options.always);
}

bool enabled(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

namespace {

std::string render_fields(Format format, std::string_view ts, Level level, std::string_view message,
                          std::span<const Field> fields) {
    std::string line;
    if (format == Format::json) {
        line = fmt::format(R"({{"ts":"{}","level":"{}","msg":)", ts, name_of(level));
        append_json_string(line, message);
    } else {
        line = fmt::format("{} {:5} ", ts, name_of(level));
        if (is_bare(message, ""))
            line += message;
        else
            append_json_string(line, message);
    }
    for (const auto& [name, value] : state().always)
        append_field(line, {std::string_view{name}, std::string_view{value}}, format);
    for (const auto& field : fields) append_field(line, field, format);
    if (format == Format::json) line += '}';
    return line;
}

}  // namespace

std::string render(Format format, std::string_view ts, Level level, std::string_view message,
                   Fields fields) {
    return render_fields(format, ts, level, message, {fields.begin(), fields.size()});
}

void write_fields(Level level, std::string_view message, std::span<const Field> fields) {
    if (!enabled(level)) return;
    const auto line = render_fields(state().format, timestamp(), level, message, fields);
    state().out->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

void write(Level level, std::string_view message, Fields fields) {
    write_fields(level, message, {fields.begin(), fields.size()});
}

}  // namespace leat::log
