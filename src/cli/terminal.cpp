// Escapes what a terminal would obey.
#include "cli/terminal.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "base/utf8.hpp"

namespace leat::cli {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// U+0080 to U+009F: the second byte is the code itself.
bool is_c1(std::string_view character) {
    return character.size() == 2 && byte_at(character, 0) == 0xc2 && byte_at(character, 1) < 0xa0;
}

void append_hex(std::string& out, const char* form, unsigned value) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), form, value);
    out += text.data();
}

void append_control(std::string& out, unsigned char c) {
    switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        case 0x1b:
            out += "\\e";
            break;
        default:
            append_hex(out, "\\x%02x", c);
    }
}

}  // namespace

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

std::string escaped(std::string_view text, std::string_view kept) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto size = utf8_length(text.data() + at, text.data() + text.size());
        const auto character = text.substr(at, size == 0 ? 1 : size);
        const auto c = byte_at(character, 0);
        if (size == 0 || ((c < 0x20 || c == 0x7f) && kept.find(character) == kept.npos))
            append_control(out, c);
        else if (is_c1(character))
            append_hex(out, "\\u%04x", byte_at(character, 1));
        else
            out += character;
        at += character.size();
    }
    return out;
}

std::string escaped_json(std::string text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\x7f')
            append_hex(out, "\\u%04x", 0x7f);
        else if (is_c1(std::string_view{text}.substr(at, 2)))
            append_hex(out, "\\u%04x", byte_at(text, ++at));
        else
            out += text[at];
    }
    return out;
}

}  // namespace leat::cli
