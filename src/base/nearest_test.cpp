#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace leat {
namespace {

constexpr std::array<std::string_view, 3> known{"log.retention.ms", "log.retention.bytes",
                                                "num.partitions"};

TEST(Nearest, finds_the_name_that_was_probably_meant) {
    EXPECT_EQ(nearest("log.retension.ms", known), "log.retention.ms");
    EXPECT_EQ(nearest("num.partition", known), "num.partitions");
}

TEST(Nearest, stays_silent_when_nothing_is_near) {
    EXPECT_EQ(nearest("colour", known), "");
    EXPECT_EQ(unknown_name("key", "colour", known), "unknown key 'colour'");
}

TEST(Nearest, words_the_error) {
    EXPECT_EQ(unknown_name("key", "num.partition", known),
              "unknown key 'num.partition'; did you mean 'num.partitions'?");
}

}  // namespace
}  // namespace leat
