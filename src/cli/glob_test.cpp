// Patterns over names.
#include "cli/glob.hpp"

#include <gtest/gtest.h>

namespace leat::cli {
namespace {

TEST(Glob, fits_the_whole_name) {
    EXPECT_TRUE(fits("cl*", "clicks"));
    EXPECT_TRUE(fits("*.dlq", "orders.payments.dlq"));
    EXPECT_TRUE(fits("log-[0-9]?", "log-12"));
    EXPECT_FALSE(fits("cl*", "a-clicks"));
    EXPECT_FALSE(fits("log-[!0-9]", "log-1"));
    EXPECT_TRUE(fits("*", ""));
}

TEST(Glob, is_told_from_a_plain_word_which_is_looked_for_anywhere) {
    EXPECT_TRUE(holds_or_fits("lick", "clicks"));
    EXPECT_TRUE(holds_or_fits("", "clicks"));
    EXPECT_FALSE(holds_or_fits("lick*", "clicks"));
    EXPECT_FALSE(is_glob("orders.v1_a-b"));
}

}  // namespace
}  // namespace leat::cli
