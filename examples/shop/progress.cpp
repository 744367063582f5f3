#include "progress.hpp"

namespace shop {

std::string with_commas(std::int64_t number) {
    const std::string digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > first && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string describe(const Progress& progress) {
    std::string text = with_commas(progress.accepted) + " of " + with_commas(progress.total)
                       + " orders accepted, "
                       + with_commas(static_cast<std::int64_t>(progress.per_second())) + "/s";
    if (progress.retries > 0) text += ", " + with_commas(progress.retries) + " asked again";
    return text;
}

std::string draw_bar(const Progress& progress) {
    constexpr std::int64_t width = 30;
    const auto total = progress.total > 0 ? progress.total : 1;
    const auto filled = width * progress.accepted / total;
    std::string bar;
    for (std::int64_t i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
    return bar + " " + std::to_string(100 * progress.accepted / total) + " %  "
           + describe(progress);
}

}  // namespace shop
