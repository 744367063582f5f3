// Tables for people and JSON for programs, from the same rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/fwd.hpp>

namespace leat::cli {

/// Nothing is shown as "-" and as null.
using Cell = std::variant<std::monostate, std::string, std::int64_t, bool>;

/// A cell of a value that may be absent, or of a number of which negative means absent.
Cell cell_of(const std::optional<std::string>& text);
Cell cell_if_known(std::int64_t number);

struct Column {
    /// The field's name in JSON: lower case, never changed once published.
    std::string name;
    /// The heading of the table.
    std::string title;
};

struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
};

/// Columns as wide as their widest cell, numbers to the right; bold headings if `colour`. A table
/// without rows is its heading alone.
std::string render_table(const Table& table, bool colour);

/// An array of one object per row.
boost::json::array to_json(const Table& table);

/// Whether to colour standard output: it is a terminal, and NO_COLOR is unset or empty.
bool use_colour();

/// Writes the table, or the array, on standard output.
void print(const Table& table, bool json);

/// Writes one JSON value and a newline on standard output.
void print(const boost::json::value& value);

/// `text` escaped if standard output is a terminal: for whatever a broker told.
std::string shown(std::string_view text);

/// `text` as shown(), in bold if standard output is coloured.
std::string heading(std::string_view text);

/// Sizes for people: 0 B, 999 B, 1.5 KiB, 20 MiB.
std::string human_bytes(std::int64_t bytes);

}  // namespace leat::cli
