// leat::json::reader: the scanning of strings and numbers.
#include <charconv>
#include <limits>

#include "leat/json_reader.hpp"
#include "service/json_text.hpp"

namespace leat::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
std::string range_of(T least, T most) {
    return "an integer from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

bool reader::read_string(std::string& value) {
    std::string_view text;
    if (!read_text(text, "a string")) return false;
    value.assign(text);
    return true;
}

bool reader::read_text(std::string_view& text, const char* expected) {
    return starts('"') ? scan_string(text) : mismatch(expected);
}

bool reader::read_number_or_text(std::string_view& text, const char* expected) {
    if (starts('"')) return scan_string(text);
    if (at_ == end_ || !(*at_ == '-' || is_digit(*at_))) return mismatch(expected);
    bool whole = false;
    return scan_number(text, whole);
}

// A string without escapes is a view into the text; the first escape moves it to the scratch
// buffer.
bool reader::scan_string(std::string_view& text) {
    const char* const begin = ++at_;
    for (;;) {
        at_ = skip_plain(at_, end_);
        if (at_ == end_) return syntax("'\"' at the end of a string");
        if (*at_ == '"') {
            text = {begin, static_cast<std::size_t>(at_ - begin)};
            ++at_;
            return true;
        }
        if (*at_ == '\\') return scan_escaped(text, begin);
        if (!skip_special()) return false;
    }
}

bool reader::scan_escaped(std::string_view& text, const char* begin) {
    scratch_.assign(begin, at_);
    for (const char* run = at_;; run = at_) {
        at_ = skip_plain(at_, end_);
        scratch_.append(run, at_);
        if (at_ == end_) return syntax("'\"' at the end of a string");
        if (*at_ == '"') break;
        run = at_;
        if (*at_ == '\\') {
            if (!scan_escape()) return false;
        } else {
            if (!skip_special()) return false;
            scratch_.append(run, at_);
        }
    }
    ++at_;
    text = scratch_;
    return true;
}

// Steps over one character outside ASCII; refuses control characters and bad UTF-8.
bool reader::skip_special() {
    const bool ascii = static_cast<unsigned char>(*at_) < 0x80;
    const auto length = ascii ? 0 : utf8_length(at_, end_);
    at_ += length;
    return length > 0 || syntax(ascii ? "control characters to be escaped" : "valid UTF-8");
}

bool reader::scan_escape() {
    ++at_;
    if (at_ == end_) return syntax("an escape");
    const char c = *at_;
    switch (c) {
        case '"':
        case '\\':
        case '/':
            scratch_ += c;
            break;
        case 'b':
            scratch_ += '\b';
            break;
        case 'f':
            scratch_ += '\f';
            break;
        case 'n':
            scratch_ += '\n';
            break;
        case 'r':
            scratch_ += '\r';
            break;
        case 't':
            scratch_ += '\t';
            break;
        case 'u':
            return ++at_, scan_unicode();
        default:
            return syntax("an escape");
    }
    ++at_;
    return true;
}

bool reader::scan_hex4(std::uint32_t& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
        const char c = at_ == end_ ? '\0' : *at_;
        const char lower = static_cast<char>(c | 0x20);
        std::uint32_t digit = 0;
        if (is_digit(c))
            digit = static_cast<std::uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            digit = static_cast<std::uint32_t>(lower - 'a') + 10;
        else
            return syntax("four hexadecimal digits");
        unit = unit * 16 + digit;
    }
    return true;
}

bool reader::scan_unicode() {
    std::uint32_t unit = 0;
    if (!scan_hex4(unit)) return false;
    if (unit >= 0xdc00 && unit < 0xe000) return syntax("a high surrogate before the low one");
    if (unit >= 0xd800 && unit < 0xdc00) {
        std::uint32_t low = 0;
        for (const char c : {'\\', 'u'}) {
            if (at_ == end_ || *at_ != c) return syntax("the low surrogate of a pair");
            ++at_;
        }
        if (!scan_hex4(low)) return false;
        if (low < 0xdc00 || low >= 0xe000) return syntax("the low surrogate of a pair");
        unit = 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
    }
    append_utf8(scratch_, unit);
    return true;
}

bool reader::skip_digits() {
    if (at_ == end_ || !is_digit(*at_)) return syntax("a digit");
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return true;
}

bool reader::scan_number(std::string_view& text, bool& whole) {
    const char* const begin = at_;
    whole = true;
    if (*at_ == '-')
        ++at_;
    else if (!is_digit(*at_))
        return syntax("a value");
    if (at_ != end_ && *at_ == '0') {
        ++at_;
        if (at_ != end_ && is_digit(*at_)) return syntax("no digit after a leading zero");
    } else if (!skip_digits()) {
        return false;
    }
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        whole = false;
        if (!skip_digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        whole = false;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
        if (!skip_digits()) return false;
    }
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
}

bool reader::read_number(std::string_view& text, bool& whole, const char* expected) {
    skip_blanks();
    if (at_ == end_ || !(*at_ == '-' || is_digit(*at_))) return mismatch(expected);
    return scan_number(text, whole);
}

template <class T>
bool reader::read_real(T& value, const char* expected) {
    std::string_view text;
    bool whole = false;
    if (!read_number(text, whole, expected)) return false;
    const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    return error == std::errc{} || refuse(expected, text);
}

bool reader::read_floating(double& value) {
    return read_real(value, "a number in the range of a double");
}
bool reader::read_floating(float& value) {
    return read_real(value, "a number in the range of a float");
}

template <class T>
bool reader::read_integer(T& value, T least, T most) {
    std::string_view text;
    bool whole = false;
    if (!read_number(text, whole, "an integer")) return false;
    if (!whole) return refuse("an integer", text);
    const auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
    if (error != std::errc{} || value < least || value > most)
        return refuse(range_of(least, most), text);
    return true;
}

bool reader::read_signed(std::int64_t& value, std::int64_t least, std::int64_t most) {
    return read_integer(value, least, most);
}
bool reader::read_unsigned(std::uint64_t& value, std::uint64_t most) {
    return read_integer(value, std::uint64_t{0}, most);
}

}  // namespace leat::json
