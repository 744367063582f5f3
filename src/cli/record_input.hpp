// Records as they are typed or piped: delimited text, or kcat's JSON envelopes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/record_json.hpp"
#include "client/producer.hpp"

namespace leat::cli {

/// How a piece of text becomes a record.
struct InputRules {
    /// Between key and value; empty: no keys in the text. Text without it has the key below, and is
    /// refused if there is none.
    std::string key_delimiter = {};
    /// The key of every record that brings none.
    std::optional<std::string> key = {};
    std::vector<kafka::Header> headers = {};
    /// An empty key or value is null.
    bool empty_is_null = false;
    /// Each text is an object that parse_record_json() takes.
    bool envelope = false;
};

/// Error: invalid_argument, what is wrong with "it".
Result<InputRecord> parse_record(std::string_view text, const InputRules& rules);

/// Reads `descriptor` to its end and calls `take` for each delimited piece; a last piece without a
/// delimiter counts unless it is empty. `idle` is called whenever nothing more is there yet: the
/// time to send what was taken. Errors: io, and what the callbacks give.
struct InputSink {
    std::function<Result<void>(std::string_view)> take;
    std::function<Result<void>()> idle;
};
Result<void> read_delimited(int descriptor, const std::string& delimiter, const InputSink& sink);

/// A header written name=value; without '=' its value is null.
kafka::Header parse_header(std::string_view text);

}  // namespace leat::cli
