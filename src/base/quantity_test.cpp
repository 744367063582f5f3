// Counts with their units.
#include "base/quantity.hpp"

#include <gtest/gtest.h>

namespace leat {
namespace {

using namespace std::chrono_literals;

TEST(Duration, is_read_with_its_unit_alone) {
    EXPECT_EQ(read_duration("500ms"), 500ms);
    EXPECT_EQ(read_duration("30s"), 30s);
    EXPECT_EQ(read_duration("5min"), 5min);
    EXPECT_EQ(read_duration("2h"), 2h);
    EXPECT_EQ(read_duration("7d"), 168h);
    EXPECT_EQ(read_duration("0s"), 0s);
    for (const auto* text : {"", "30", "s", "30 s", "-1s", "1.5s", "5m", "1w", "30S", "999999999d"})
        EXPECT_EQ(read_duration(text), std::nullopt) << text;
}

TEST(Duration, is_printed_as_it_is_read) {
    for (const auto* text : {"500ms", "90s", "5min", "2h", "7d", "0s"})
        EXPECT_EQ(print_duration(*read_duration(text)), text);
}

TEST(Duration, without_its_unit_is_refused_with_the_one_that_is_missing) {
    EXPECT_EQ(missed_duration("30"),
              "is a duration with its unit, such as 500ms, 30s or 5min, not '30'; write 30s for "
              "seconds");
    EXPECT_EQ(missed_duration("5m"),
              "is a duration with its unit, such as 500ms, 30s or 5min, not '5m'");
}

TEST(Size, is_a_count_of_bytes_or_of_a_unit) {
    EXPECT_EQ(read_bytes("1000"), 1000U);
    EXPECT_EQ(read_bytes("3MiB"), 3U << 20U);
    EXPECT_EQ(print_bytes(3U << 20U), "3MiB");
    EXPECT_EQ(print_bytes(1000), "1000");
    for (const auto* text : {"", "3MB", "-1", "KiB", "99999999999GiB"})
        EXPECT_EQ(read_bytes(text), std::nullopt) << text;
}

}  // namespace
}  // namespace leat
