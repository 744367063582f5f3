#include "cli/dump_output.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "cli/when.hpp"

namespace leat::cli {
namespace {

// Whether a string can stand in a line as it is and be told from a number's or a null's place.
bool is_plain_word(std::string_view text) {
    return !text.empty() && text != "null" && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0
               || std::string_view{"_-.:/+@"}.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool is_time(std::string_view name) { return name.ends_with("timestamp"); }

std::string dumped_value(std::string_view name, const boost::json::value& value) {
    if (const auto* number = value.if_int64(); number != nullptr && is_time(name) && *number >= 0)
        return format_time(*number);
    if (const auto* string = value.if_string()) {
        const std::string text{*string};
        return is_plain_word(text) ? text : '"' + escaped(text) + '"';
    }
    return escaped_json(boost::json::serialize(value));
}

// A record's own may be null; elsewhere null is what does not apply.
bool is_shown(std::string_view name, const boost::json::value& value) {
    if (value.is_null()) return name == "key" || name == "value";
    return !value.is_bool() || value.get_bool();
}

}  // namespace

std::string dump_line(std::string_view kind, const boost::json::object& fields) {
    std::string line{kind};
    for (const auto& field : fields) {
        const std::string_view name{field.key().data(), field.key().size()};
        if (!is_shown(name, field.value())) continue;
        line.append(" ").append(name);
        if (!field.value().is_bool()) line += "=" + dumped_value(name, field.value());
    }
    return line;
}

void DumpOutput::begin_file(const std::string& path, std::uint64_t size) {
    file_ = path;
    if (!json_) write(heading(path) + "  " + human_bytes(static_cast<std::int64_t>(size)) + "\n");
}

void DumpOutput::put(std::string_view kind, const boost::json::object& fields) {
    put_line("  ", kind, fields);
}

void DumpOutput::put_part(std::string_view kind, const boost::json::object& fields) {
    put_line("    ", kind, fields);
}

void DumpOutput::put_line(std::string_view indent, std::string_view kind,
                          const boost::json::object& fields) {
    if (!json_) return write(std::string{indent} + dump_line(kind, fields) + "\n");
    boost::json::object line{{"kind", boost::json::string_view{kind.data(), kind.size()}},
                             {"file", file_}};
    for (const auto& field : fields) line.insert(field);
    auto text = boost::json::serialize(line);
    write((is_terminal() ? escaped_json(std::move(text)) : std::move(text)) + "\n");
}

void DumpOutput::put_damage(const boost::json::object& fields) {
    damaged_ = true;
    put("damage", fields);
}

void DumpOutput::write(std::string line) {
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) broken_ = true;
}

}  // namespace leat::cli
