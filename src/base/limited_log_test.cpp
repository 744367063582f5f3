#include "base/limited_log.hpp"

#include <gtest/gtest.h>

namespace leat::log {
namespace {

TEST(LimitedLog, leaves_out_a_flood_and_says_how_much_of_it) {
    ManualClock clock;
    std::vector<std::string> lines;
    LimitedLog log{clock,
                   {.lines = 2, .period = std::chrono::seconds{10}},
                   [&](Level, std::string_view message, Fields fields) {
                       lines.emplace_back(message);
                       if (fields.size() == 2)
                           lines.back() +=
                               std::to_string(std::get<std::int64_t>((fields.begin() + 1)->value));
                   }};
    for (int i = 0; i < 5; ++i) log.warn("malformed");
    log.info("created");
    log.tick();
    EXPECT_EQ(lines, (std::vector<std::string>{"malformed", "malformed", "created"}));
    clock.advance(std::chrono::seconds{10});
    log.tick();
    EXPECT_EQ(lines.back(), "more lines of one kind were left out3");
    log.warn("malformed");
    EXPECT_EQ(lines.back(), "malformed");
}

}  // namespace
}  // namespace leat::log
