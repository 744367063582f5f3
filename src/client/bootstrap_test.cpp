#include "client/bootstrap.hpp"

#include <gtest/gtest.h>

namespace leat::client {
namespace {

TEST(Bootstrap, is_a_list_without_gaps) {
    const auto list = parse_bootstrap("a:1, [::1]:2,c");
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list->size(), 3U);
    EXPECT_EQ((*list)[1], (HostPort{"::1", 2}));
    EXPECT_EQ((*list)[2], (HostPort{"c", 9092}));
    EXPECT_FALSE(parse_bootstrap("a:1,,b:2").ok());
    EXPECT_FALSE(parse_bootstrap("").ok());
}

}  // namespace
}  // namespace leat::client
