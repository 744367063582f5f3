// leat::json::writer: numbers, strings and commas.
#include "leat/json_writer.hpp"

#include <charconv>
#include <cmath>

#include "base/json_string.hpp"
#include "service/json_text.hpp"

namespace leat::json {
namespace {

template <class T>
void append_number(std::string& out, T value) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

template <class T>
void append_finite(writer& to, std::string& out, T value) {
    if (std::isfinite(value))
        append_number(out, value);
    else
        to.fail("JSON has no number for an infinity or NaN");
}

}  // namespace

writer::writer(std::string& out, const encode_options& options) : out_(out), options_(options) {}

void writer::integer(std::int64_t value) { append_number(out_, value); }
void writer::integer(std::uint64_t value) { append_number(out_, value); }
void writer::number(double value) { append_finite(*this, out_, value); }
void writer::number(float value) { append_finite(*this, out_, value); }

void writer::number(decimal value) {
    char text[24];
    const std::string_view digits{text, static_cast<std::size_t>(value.print(text) - text)};
    if (options_.decimal_as_string)
        plain_string(digits);
    else
        out_ += digits;
}

void writer::plain_string(std::string_view text) {
    out_ += '"';
    out_ += text;
    out_ += '"';
}

void writer::string(std::string_view utf8) {
    out_ += '"';
    const char* at = utf8.data();
    const char* const end = at + utf8.size();
    for (const char* run = at;; run = at) {
        at = skip_plain(at, end);
        while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
            const auto length = utf8_length(at, end);
            if (length == 0) return fail("the string is not UTF-8");
            at = skip_plain(at + length, end);
        }
        out_.append(run, at);
        if (at == end) break;
        append_json_escape(out_, *at++);
    }
    out_ += '"';
}

void writer::member(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    string(name);
    out_ += ':';
}

void writer::element() {
    if (out_.back() != '[') out_ += ',';
}

void writer::fail(std::string message) {
    if (failed_) return;
    failed_ = true;
    error_ = {{}, std::move(message), fault::value};
}

void writer::in_field(std::string_view name) { prefix_pointer(error_.pointer, name); }
void writer::in_index(std::size_t index) { prefix_pointer(error_.pointer, std::to_string(index)); }

}  // namespace leat::json
