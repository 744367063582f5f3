// leat::json::writer: appends values to a JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "leat/decimal.hpp"
#include "leat/json_error.hpp"

namespace leat::json {

/// Appends compact JSON to a string, for codecs. After something that has no JSON form (NaN, an
/// infinity, a string that is not UTF-8) failed() is true and the text is worthless. One thread;
/// the string must outlive the writer.
class writer {
public:
    explicit writer(std::string& out, const encode_options& options = {});

    void null() { out_ += "null"; }
    void boolean(bool value) { out_ += value ? "true" : "false"; }
    void integer(std::int64_t value);
    void integer(std::uint64_t value);
    /// The shortest text that reads back as the same value.
    void number(double value);
    void number(float value);
    void number(decimal value);
    void string(std::string_view utf8);
    /// `text`, known to be ASCII without quotes and backslashes, in quotes.
    void plain_string(std::string_view text);

    void begin_object() { out_ += '{'; }
    void end_object() { out_ += '}'; }
    void begin_array() { out_ += '['; }
    void end_array() { out_ += ']'; }
    /// Goes before each value of an object: the comma, the name and the colon.
    void member(std::string_view name);
    /// Goes before each value of an array: the comma.
    void element();

    /// Notes the first failure; in_field() and in_index() then prefix its pointer on the way out.
    void fail(std::string message);
    void in_field(std::string_view name);
    void in_index(std::size_t index);
    bool failed() const { return failed_; }
    const error& problem() const { return error_; }

private:
    std::string& out_;
    encode_options options_;
    bool failed_ = false;
    error error_;
};

}  // namespace leat::json
