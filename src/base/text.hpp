// Small things that are done to text everywhere: trimming it, taking a list apart.
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace leat {

/// Without the white space around it.
inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n\f";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// What stands between the commas, each trimmed; nothing for text of white space alone. Views into
/// `text`.
inline std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> elements;
    if (trimmed(text).empty()) return elements;
    for (std::size_t from = 0; from <= text.size();) {
        const auto comma = std::min(text.find(',', from), text.size());
        elements.push_back(trimmed(text.substr(from, comma - from)));
        from = comma + 1;
    }
    return elements;
}

/// A temporary would be gone before the views into it are looked at.
template <class Text>
requires std::same_as<Text, std::string> std::vector<std::string_view> split_list(Text&& text)
= delete;

}  // namespace leat
