// What reaches a terminal.
#include "cli/terminal.hpp"

#include <gtest/gtest.h>

namespace leat::cli {
namespace {

TEST(Terminal, is_never_sent_a_control_character) {
    EXPECT_EQ(escaped("plain gr\xc3\xb6\xc3\x9f"
                      "e \xf0\x9f\x98\x80"),
              "plain größe 😀");
    EXPECT_EQ(escaped("a\nb\tc\rd\x1b[2Je\x07"), "a\\nb\\tc\\rd\\e[2Je\\x07");
    EXPECT_EQ(escaped(std::string_view{"\0\x7f", 2}), "\\x00\\x7f");
    // U+009B begins a command as ESC [ does.
    EXPECT_EQ(escaped("\xc2\x9b"
                      "2J\xc2\xa0"),
              "\\u009b2J\xc2\xa0");
    EXPECT_EQ(escaped("\xff\x9b\xc3"), "\\xff\\x9b\\xc3");
    EXPECT_EQ(escaped("a\n\x1b", "\n"), "a\n\\e");
}

TEST(Terminal, gets_json_of_the_same_value) {
    EXPECT_EQ(escaped_json("\"a\x7f\xc2\x9b\xc2\xa0\""), "\"a\\u007f\\u009b\xc2\xa0\"");
}

}  // namespace
}  // namespace leat::cli
