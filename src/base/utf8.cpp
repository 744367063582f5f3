#include "base/utf8.hpp"

namespace leat {
namespace {

unsigned byte_at(const char* at) { return static_cast<unsigned char>(*at); }
bool is_tail(const char* at) { return (byte_at(at) & 0xc0U) == 0x80; }

}  // namespace

std::size_t utf8_length(const char* at, const char* end) {
    const unsigned lead = byte_at(at);
    if (lead < 0x80) return 1;
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

bool is_utf8(std::string_view text) {
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        const auto length = utf8_length(at, end);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return text;
    while (longest > 0 && is_tail(text.data() + longest)) --longest;
    return text.substr(0, longest);
}

}  // namespace leat
