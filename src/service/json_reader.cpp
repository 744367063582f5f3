// leat::json::reader: values, containers and errors. The scanning of strings and numbers is in
// json_scan.cpp.
#include "leat/json_reader.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/nearest.hpp"
#include "service/json_text.hpp"

namespace leat::json {
namespace {

constexpr int deepest = 512;

std::string place(std::ptrdiff_t offset) { return "at byte " + std::to_string(offset) + ": "; }

// The character at `at` for a message.
std::string shown(const char* at, const char* end) {
    constexpr char digits[] = "0123456789abcdef";
    if (at == end) return "the end of the text";
    const auto byte = static_cast<unsigned char>(*at);
    if (byte > 0x20 && byte < 0x7f) return std::string("'") + *at + "'";
    return std::string("byte 0x") + digits[byte >> 4U] + digits[byte & 15U];
}

std::size_t find(std::span<const field_reader> fields, std::string_view key, std::size_t guess) {
    if (guess < fields.size() && fields[guess].name == key) return guess;
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const field_reader& field) { return field.name == key; });
    return static_cast<std::size_t>(found - fields.begin());
}

}  // namespace

std::string error::to_string() const {
    return pointer.empty() ? message : pointer + ": " + message;
}

reader::reader(std::string_view text, const decode_options& options)
    : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), options_(options) {
    options_.max_depth = std::clamp(options_.max_depth, 1, deepest);
    if (text.size() <= options_.max_bytes) return;
    fail(fault::limit, "the text has " + std::to_string(text.size()) + " bytes, more than the "
                           + std::to_string(options_.max_bytes) + " allowed");
    at_ = end_;
}

void reader::skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

bool reader::starts(char first) {
    skip_blanks();
    return at_ != end_ && *at_ == first;
}

bool reader::take_literal(std::string_view literal) {
    skip_blanks();
    const auto rest = static_cast<std::size_t>(end_ - at_);
    if (rest < literal.size() || std::memcmp(at_, literal.data(), literal.size()) != 0)
        return false;
    at_ += literal.size();
    return true;
}

bool reader::read_null() { return take_null() || mismatch("null"); }

bool reader::take_null() { return take_literal("null"); }

bool reader::read_bool(bool& value) {
    value = take_literal("true");
    return value || take_literal("false") || mismatch("true or false");
}

bool reader::skip_value() {
    skip_blanks();
    std::string_view text;
    bool whole = false;
    if (at_ == end_) return syntax("a value");
    switch (*at_) {
        case '{':
            return skip_object();
        case '[':
            return skip_array();
        case '"':
            return scan_string(text);
        case 't':
            return take_literal("true") || syntax("a value");
        case 'f':
            return take_literal("false") || syntax("a value");
        case 'n':
            return take_literal("null") || syntax("a value");
        default:
            return scan_number(text, whole);
    }
}

bool reader::skip_object() { return read_members({}, nullptr, false); }

bool reader::skip_array() {
    if (!begin_array()) return false;
    std::size_t index = 0;
    for (auto step = next_element(); step != progress::end; step = next_element(), ++index)
        if (step == progress::failed || !skip_value()) return in_index(index);
    return true;
}

bool reader::enter(char open, const char* expected) {
    if (!starts(open)) return mismatch(expected);
    if (++depth_ > options_.max_depth)
        return fail(fault::limit, "the text is nested deeper than the "
                                      + std::to_string(options_.max_depth) + " levels allowed");
    ++at_;
    fresh_ = true;
    return true;
}

bool reader::begin_object() { return enter('{', "an object"); }
bool reader::begin_array() { return enter('[', "an array"); }

reader::progress reader::next(char close, const char* expected) {
    skip_blanks();
    const bool first = fresh_;
    fresh_ = false;
    if (at_ != end_ && *at_ == close) {
        ++at_;
        --depth_;
        return progress::end;
    }
    if (first) return progress::more;
    if (at_ == end_ || *at_ != ',') return syntax(expected), progress::failed;
    ++at_;
    return progress::more;
}

reader::progress reader::next_element() { return next(']', "',' or ']' after an element"); }

reader::progress reader::next_member(std::string_view& key) {
    const auto step = next('}', "',' or '}' after a member");
    if (step != progress::more) return step;
    if (!starts('"')) return syntax("a name in double quotes"), progress::failed;
    if (!scan_string(key)) return progress::failed;
    if (!starts(':')) return syntax("':' after a name"), progress::failed;
    ++at_;
    return progress::more;
}

bool reader::read_object(std::span<const field_reader> fields, void* object) {
    return read_members(fields, object, options_.refuse_unknown_fields);
}

bool reader::read_members(std::span<const field_reader> fields, void* object, bool known_only) {
    if (!begin_object()) return false;
    std::uint64_t seen = 0;
    std::size_t guess = 0;
    Names others;
    std::string_view key;
    for (auto step = next_member(key); step != progress::end; step = next_member(key)) {
        if (step == progress::failed) return false;
        const auto index = find(fields, key, guess);
        if (index == fields.size()) {
            if (known_only) return refuse_unknown(key, fields);
            if (!skip_other_member(key, others)) return false;
            continue;
        }
        const auto bit = std::uint64_t{1} << index;
        if ((seen & bit) != 0) return refuse_twice(key);
        seen |= bit;
        if (!fields[index].read(*this, object)) return in_field(fields[index].name);
        guess = index + 1;
    }
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i].required && (seen >> i & 1U) == 0)
            return fail(fault::value, "the required field is missing"), in_field(fields[i].name);
    return true;
}

bool reader::skip_other_member(std::string_view key, Names& others) {
    const auto [name, added] = others.emplace(key);
    if (!added) return refuse_twice(key);
    return skip_value() || in_field(*name);
}

bool reader::refuse_unknown(std::string_view key, std::span<const field_reader> fields) {
    constexpr std::size_t longest_guess = 64;  // nearest() takes time by the length of the key
    std::vector<std::string_view> names;
    for (const auto& field : fields) names.push_back(field.name);
    const auto near = key.size() > longest_guess ? std::string_view{} : nearest(key, names);
    fail(fault::value, near.empty() ? std::string("the field is unknown")
                                    : "the field is unknown; did you mean " + quoted(near) + "?");
    return in_field(key);
}

bool reader::refuse_twice(std::string_view key) {
    fail(fault::value, "the field occurs twice");
    return in_field(key);
}

bool reader::finish() {
    skip_blanks();
    return at_ == end_ || syntax("nothing more after the value");
}

bool reader::refuse(std::string_view expected, std::string_view found) {
    return fail(fault::value, "expected " + std::string(expected) + ", found " + quoted(found));
}

bool reader::mismatch(std::string_view expected) {
    skip_blanks();
    const char* found = nullptr;
    const char* const start = at_;
    if (at_ == end_) return syntax(expected);
    if (*at_ == '{')
        found = "an object";
    else if (*at_ == '[')
        found = "an array";
    else if (*at_ == '"')
        found = "a string";
    else if (*at_ == '-' || (*at_ >= '0' && *at_ <= '9'))
        found = "a number";
    else if (take_literal("true"))
        found = "true";
    else if (take_literal("false"))
        found = "false";
    else if (take_literal("null"))
        found = "null";
    at_ = start;
    if (!found) return syntax(expected);
    return fail(fault::value, "expected " + std::string(expected) + ", found " + found);
}

bool reader::syntax(std::string_view expected) {
    return fail(fault::syntax, place(at_ - begin_) + "expected " + std::string(expected)
                                   + ", found " + shown(at_, end_));
}

bool reader::fail(fault kind, std::string message) {
    if (error_.message.empty()) error_ = {{}, std::move(message), kind};
    return false;
}

bool reader::in_field(std::string_view name) {
    prefix_pointer(error_.pointer, name);
    return false;
}

bool reader::in_index(std::size_t index) { return in_field(std::to_string(index)); }

}  // namespace leat::json
