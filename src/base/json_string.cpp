#include "base/json_string.hpp"

#include "base/utf8.hpp"

namespace leat {

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

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        const auto length = utf8_length(at, end);
        if (length == 0) {
            out += "\xef\xbf\xbd";
            ++at;
        } else if (*at == '"' || *at == '\\' || static_cast<unsigned char>(*at) < 0x20) {
            append_json_escape(out, *at++);
        } else {
            out.append(at, length);
            at += length;
        }
    }
    out += '"';
}

}  // namespace leat
