#include "base/text.hpp"

#include <gtest/gtest.h>

namespace leat {
namespace {

using Elements = std::vector<std::string_view>;

TEST(Text, trims_what_stands_around_and_not_within) {
    EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
}

TEST(Text, splits_a_list_and_shows_its_gaps) {
    EXPECT_EQ(split_list("a, b ,c"), (Elements{"a", "b", "c"}));
    EXPECT_EQ(split_list("a,,b,"), (Elements{"a", "", "b", ""}));
    EXPECT_EQ(split_list("  "), Elements{});
}

}  // namespace
}  // namespace leat
