// Renders rows.
#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>

#include "cli/terminal.hpp"

namespace leat::cli {
namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view plain = "\x1b[0m";

// A line's end within a cell would break the table, also in a pipe.
std::string text_of(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return escaped(*text);
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
    return "-";
}

// Characters as a terminal counts them: UTF-8 continuation bytes take no room.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

struct Layout {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
};

Layout layout_of(const Table& table) {
    Layout layout;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        std::size_t width = width_of(table.columns[c].title);
        bool numbers = false;
        for (const auto& row : table.rows) {
            width = std::max(width, width_of(text_of(row[c])));
            numbers = numbers || std::holds_alternative<std::int64_t>(row[c]);
        }
        layout.widths.push_back(width);
        layout.right.push_back(numbers);
    }
    return layout;
}

void append_row(std::string& out, const std::vector<std::string>& cells, const Layout& layout) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::string padding(layout.widths[c] - width_of(cells[c]), ' ');
        if (c > 0) line += "  ";
        line += layout.right[c] ? padding + cells[c] : cells[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

boost::json::value json_of(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return boost::json::string{*text};
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
    if (const auto* truth = std::get_if<bool>(&cell)) return *truth;
    return nullptr;
}

}  // namespace

Cell cell_of(const std::optional<std::string>& text) {
    if (!text) return std::monostate{};
    return *text;
}

Cell cell_if_known(std::int64_t number) {
    if (number < 0) return std::monostate{};
    return number;
}

std::string render_table(const Table& table, bool colour) {
    const auto layout = layout_of(table);
    std::string out;
    std::vector<std::string> cells;
    for (const auto& column : table.columns) cells.push_back(column.title);
    append_row(out, cells, layout);
    if (colour) {
        out.insert(0, bold);
        out.insert(out.size() - 1, plain);
    }
    for (const auto& row : table.rows) {
        cells.clear();
        for (const auto& cell : row) cells.push_back(text_of(cell));
        append_row(out, cells, layout);
    }
    return out;
}

boost::json::array to_json(const Table& table) {
    boost::json::array rows;
    for (const auto& row : table.rows) {
        boost::json::object object;
        for (std::size_t c = 0; c < table.columns.size(); ++c)
            object[table.columns[c].name] = json_of(row[c]);
        rows.emplace_back(std::move(object));
    }
    return rows;
}

bool use_colour() {
    const char* refused = std::getenv("NO_COLOR");
    return is_terminal() && (refused == nullptr || *refused == '\0');
}

void print(const Table& table, bool json) {
    if (json) return print(boost::json::value(to_json(table)));
    const auto text = render_table(table, use_colour());
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print(const boost::json::value& value) {
    const auto json = boost::json::serialize(value);
    const auto text = (is_terminal() ? escaped_json(json) : json) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string shown(std::string_view text) {
    return is_terminal() ? escaped(text) : std::string{text};
}

std::string heading(std::string_view text) {
    const auto out = shown(text);
    return use_colour() ? std::string{bold} + out + std::string{plain} : out;
}

std::string human_bytes(std::int64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; amount >= 1024 && unit + 1 < units.size(); ++unit) amount /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 || amount >= 100 ? "%.0f %s" : "%.1f %s",
                  amount, units[unit]);
    return text.data();
}

}  // namespace leat::cli
