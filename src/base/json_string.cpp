#include "base/json_string.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace leat {
namespace {

// Of ASCII, and what terminals take like it: U+0080 to U+009F.
bool is_control(const char* at, std::size_t length) {
    const auto byte = static_cast<unsigned char>(*at);
    if (length == 1) return byte < 0x20 || byte == 0x7f;
    return length == 2 && byte == 0xc2 && static_cast<unsigned char>(at[1]) < 0xa0;
}

}  // namespace

void append_json_escape(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '\\';
    switch (c) {
        case '"':
        case '\\':
            out += c;
            return;
        case '\n':
            out += 'n';
            return;
        case '\r':
            out += 'r';
            return;
        case '\t':
            out += 't';
            return;
        default:
            break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "u00";
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
}

bool has_control(std::string_view text) {
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        const auto length = utf8_length(at, end);
        if (length > 0 && is_control(at, length)) return true;
        at += std::max<std::size_t>(length, 1);
    }
    return false;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        const auto length = utf8_length(at, end);
        if (length == 0) {
            out += "\xef\xbf\xbd";
            ++at;
        } else if (*at == '"' || *at == '\\' || is_control(at, length)) {
            append_json_escape(out, at[length - 1]);  // of two bytes, the second is the number
            at += length;
        } else {
            out.append(at, length);
            at += length;
        }
    }
    out += '"';
}

}  // namespace leat
