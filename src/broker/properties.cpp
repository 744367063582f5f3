#include "broker/properties.hpp"

#include <charconv>

#include "base/text.hpp"

namespace leat::broker {
namespace {

constexpr std::string_view blank = " \t\f";

std::string_view without_indent(std::string_view line) {
    const auto first = line.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

bool is_continued(std::string_view line) {
    const auto last = line.find_last_not_of('\\');
    const auto slashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    return slashes % 2 == 1;
}

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// One UTF-16 unit, as Java's files have them.
void append_unit(std::string& to, unsigned unit) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80U | ((unit >> shift) & 0x3fU));
    };
    if (unit < 0x80) {
        to += static_cast<char>(unit);
    } else if (unit < 0x800) {
        to += {static_cast<char>(0xc0U | (unit >> 6U)), tail(0)};
    } else {
        to += {static_cast<char>(0xe0U | (unit >> 12U)), tail(6), tail(0)};
    }
}

// The character that stands behind a backslash at the front of `rest`, which is moved past it.
void append_escaped(std::string& to, std::string_view& rest) {
    const char c = rest.front();
    constexpr std::size_t digits = 4;
    unsigned code = 0;
    if (c == 'u' && rest.size() > digits) {
        const auto* first = rest.data() + 1;
        if (std::from_chars(first, first + digits, code, 16).ptr == first + digits) {
            append_unit(to, code);
            return rest.remove_prefix(1 + digits);
        }
    }
    constexpr std::string_view named = "tnrf";
    constexpr std::string_view meant = "\t\n\r\f";
    const auto at = named.find(c);
    to += at == std::string_view::npos ? c : meant[at];
    rest.remove_prefix(1);
}

// Up to an unescaped character of `ends`, which is left in `rest`.
std::string take_unescaped(std::string_view& rest, std::string_view ends) {
    std::string text;
    while (!rest.empty() && ends.find(rest.front()) == std::string_view::npos) {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c == '\\' && !rest.empty())
            append_escaped(text, rest);
        else
            text += c;
    }
    return text;
}

}  // namespace

std::vector<Property> parse_properties(std::string_view text) {
    std::vector<Property> properties;
    for (int number = 0; !text.empty();) {
        const int first = ++number;
        std::string logical{without_indent(take_line(text))};
        if (logical.empty() || logical.front() == '#' || logical.front() == '!') continue;
        while (is_continued(logical)) {
            logical.pop_back();
            if (text.empty()) break;
            ++number;
            logical += without_indent(take_line(text));
        }
        std::string_view rest{logical};
        Property property{first, take_unescaped(rest, "=: \t\f"), {}};
        rest = without_indent(rest);
        if (rest.starts_with('=') || rest.starts_with(':')) rest = without_indent(rest.substr(1));
        property.value = trimmed(take_unescaped(rest, ""));
        properties.push_back(std::move(property));
    }
    return properties;
}

}  // namespace leat::broker
