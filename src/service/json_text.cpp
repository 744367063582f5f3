// Character classes, UTF-8 and pointers of the JSON reader and writer.
#include "service/json_text.hpp"

#include <array>

namespace leat::json {
namespace {

constexpr std::array<bool, 256> plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
    return table;
}();

constexpr unsigned byte_at(const char* at) { return static_cast<unsigned char>(*at); }
constexpr bool is_tail(const char* at) { return (byte_at(at) & 0xc0U) == 0x80; }

constexpr std::size_t longest_quote = 32, longest_step = 128;

// The front of `text`, at most `longest` bytes and not ending inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return text;
    while (longest > 0 && is_tail(text.data() + longest)) --longest;
    return text.substr(0, longest);
}

}  // namespace

bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

const char* skip_plain(const char* at, const char* end) {
    while (at != end && is_plain(*at)) ++at;
    return at;
}

std::size_t utf8_length(const char* at, const char* end) {
    const unsigned lead = byte_at(at);
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || static_cast<std::size_t>(end - at) < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_tail(at + i)) return 0;
    const unsigned second = byte_at(at + 1);
    if (lead == 0xe0 && second < 0xa0) return 0;   // overlong
    if (lead == 0xed && second >= 0xa0) return 0;  // a surrogate
    if (lead == 0xf0 && second < 0x90) return 0;   // overlong
    if (lead == 0xf4 && second >= 0x90) return 0;  // above U+10FFFF
    return length;
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code_point >> shift) & 0x3fU));
    };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xc0U | (code_point >> 6));
        tail(0);
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xe0U | (code_point >> 12));
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xf0U | (code_point >> 18));
        tail(12), tail(6), tail(0);
    }
}

std::string quoted(std::string_view text) {
    const auto shown = cut_utf8(text, longest_quote);
    std::string out = "\"";
    for (const char c : shown) out += byte_at(&c) < 0x20 || c == 0x7f ? '?' : c;
    out += shown.size() < text.size() ? "…\"" : "\"";
    return out;
}

void prefix_pointer(std::string& pointer, std::string_view step) {
    std::string escaped = "/";
    const bool cut = step.size() > longest_step;
    if (cut) step = cut_utf8(step, longest_step);
    const char* const end = step.data() + step.size();
    for (const char* at = step.data(); at != end;) {
        const auto length = byte_at(at) < 0x80 ? 1 : utf8_length(at, end);
        if (*at == '~')
            escaped += "~0";
        else if (*at == '/')
            escaped += "~1";
        else if (length == 0)
            escaped += '?';
        else
            escaped.append(at, length);
        at += length > 0 ? length : 1;
    }
    if (cut) escaped += "…";
    pointer.insert(0, escaped);
}

}  // namespace leat::json
