// How far a replay is: what shop_replay reports, and how it looks.
#pragma once

#include <cstdint>
#include <string>

namespace shop {

struct Progress {
    std::int64_t accepted = 0;
    std::int64_t total = 0;
    /// Requests that had to be sent again.
    std::int64_t retries = 0;
    double seconds = 0;

    double per_second() const { return seconds > 0 ? static_cast<double>(accepted) / seconds : 0; }
    bool done() const { return accepted == total; }
};

/// "69,659"
std::string with_commas(std::int64_t number);
/// "34,830 of 69,659 orders accepted, 7,012/s"
std::string describe(const Progress& progress);
/// The same behind a bar: "██████████░░░░░░░░░░ 50 %  34,830 of …".
std::string draw_bar(const Progress& progress);

}  // namespace shop
