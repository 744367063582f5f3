#include "base/json_string.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace leat {
namespace {

std::string json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonString, escapes_what_json_reserves_and_leaves_the_rest) {
    EXPECT_EQ(json("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(json("\n\r\t\x01"), R"("\n\r\t\u0001")");
    EXPECT_EQ(json("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a"),
              "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a\"");
    EXPECT_EQ(json({"\0", 1}), "\"\\u0000\"");
}

TEST(JsonString, escapes_the_control_characters_that_json_would_take) {
    EXPECT_EQ(json("\x7f"), R"("\u007f")");
    EXPECT_EQ(json("a\xc2\x80z \xc2\x9b\x32J"), R"("a\u0080z \u009b2J")");
    EXPECT_EQ(json("\xc2\x9f\xc2\xa0"), "\"\\u009f\xc2\xa0\"");
}

TEST(JsonString, is_utf8_whatever_the_bytes) {
    EXPECT_EQ(json("a\xffz"), "\"a\xef\xbf\xbdz\"");
    EXPECT_EQ(json("\xc3"), "\"\xef\xbf\xbd\"");
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_TRUE(is_utf8(json(all)));
}

TEST(Utf8, is_told_from_what_only_looks_like_it) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("a\xc3\xa9\xe2\x82\xac\xf4\x8f\xbf\xbf"));
    EXPECT_FALSE(is_utf8("\xc0\xaf"));          // overlong
    EXPECT_FALSE(is_utf8("\xe0\x80\xaf"));      // overlong
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));      // a surrogate
    EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
    EXPECT_FALSE(is_utf8("\xe2\x82"));          // cut off
    EXPECT_FALSE(is_utf8("\xc3"));
    EXPECT_FALSE(is_utf8("a\x80"));
    EXPECT_FALSE(is_utf8("\xff"));
}

TEST(Utf8, is_cut_between_characters) {
    EXPECT_EQ(cut_utf8("abc", 3), "abc");
    EXPECT_EQ(cut_utf8("ab\xc3\xa9", 3), "ab");
    EXPECT_EQ(cut_utf8("ab\xc3\xa9", 4), "ab\xc3\xa9");
    EXPECT_EQ(cut_utf8("\xf0\x9f\x8c\x8a", 3), "");
}

}  // namespace
}  // namespace leat
