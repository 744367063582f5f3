// Escapes what a terminal would obey.
#include "cli/terminal.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>

namespace leat::cli {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// How many bytes the UTF-8 character at the front of `text` takes; 0 if there is none. Overlong
// forms, surrogates, and what lies behind U+10FFFF are none.
std::size_t character_size(std::string_view text) {
    const auto lead = byte_at(text, 0);
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || size > text.size()) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte_at(text, i) & 0xc0U) != 0x80U) return 0;
    if (size < 3) return size;
    const auto second = byte_at(text, 1);
    const bool outside = (lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)
                         || (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
    return outside ? 0 : size;
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
        const auto size = character_size(text.substr(at));
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

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto size = character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace leat::cli
