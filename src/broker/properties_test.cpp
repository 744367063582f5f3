#include "broker/properties.hpp"

#include <gtest/gtest.h>

namespace leat::broker {
namespace {

std::string shown(std::string_view text) {
    std::string all;
    for (const auto& [line, key, value] : parse_properties(text))
        all += std::to_string(line) + " [" + key + "] [" + value + "]\n";
    return all;
}

TEST(Properties, are_read_as_java_reads_them) {
    EXPECT_EQ(shown("a=1\n  b : 2 \nc 3\nd\n"), "1 [a] [1]\n2 [b] [2]\n3 [c] [3]\n4 [d] []\n");
    EXPECT_EQ(shown("# a=1\n! b\n\n\t \nx=#1"), "5 [x] [#1]\n");
    EXPECT_EQ(shown("a=1,\\\r\n   2,\\\n\t3\r\nb=4"), "1 [a] [1,2,3]\n4 [b] [4]\n");
    EXPECT_EQ(shown("a\\=b=c\\:d\\\\\n"), "1 [a=b] [c:d\\]\n");
    EXPECT_EQ(shown("a=\\u00e4\\u20ac\\t.\\u12\n"), "1 [a] [\u00e4\u20ac\t.u12]\n");
    EXPECT_EQ(shown("a=b\\"), "1 [a] [b]\n");
    EXPECT_EQ(shown(""), "");
}

}  // namespace
}  // namespace leat::broker
