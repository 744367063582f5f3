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
constexpr std::size_t longest_quote = 32, longest_step = 128;

}  // namespace

bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

const char* skip_plain(const char* at, const char* end) {
    while (at != end && is_plain(*at)) ++at;
    return at;
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
        const auto length = utf8_length(at, end);
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
