#include "base/log.hpp"

#include <gtest/gtest.h>

namespace leat::log {
namespace {

TEST(Log, renders_json_with_every_field_type_and_escapes) {
    EXPECT_EQ(render(Format::json, "T", Level::warn, "a \"b\"\n",
                     {{"topic", "orders"}, {"offset", 42}, {"ratio", 0.5}, {"ok", true}}),
              R"({"ts":"T","level":"warn","msg":"a \"b\"\n","topic":"orders","offset":42,)"
              R"("ratio":0.5,"ok":true})");
}

TEST(Log, renders_text_and_quotes_only_where_needed) {
    EXPECT_EQ(render(Format::text, "T", Level::info, "started", {{"a", "x"}, {"b", "x y"}}),
              R"(T info  started a=x b="x y")");
}

TEST(Log, is_utf8_and_one_line_whatever_it_is_given) {
    const std::string bad = "a\xff\nb";
    EXPECT_EQ(render(Format::json, "T", Level::info, bad, {{"v", bad}}),
              "{\"ts\":\"T\",\"level\":\"info\",\"msg\":\"a\xef\xbf\xbd\\nb\","
              "\"v\":\"a\xef\xbf\xbd\\nb\"}");
    EXPECT_EQ(render(Format::text, "T", Level::info, bad, {{"v", "a\xff"}, {"w", "a\x1b[1m"}}),
              "T info  \"a\xef\xbf\xbd\\nb\" v=\"a\xef\xbf\xbd\" w=\"a\\u001b[1m\"");
}

TEST(Log, sends_a_terminal_no_control_character) {
    for (const auto& [raw, shown] : {std::pair{"\xc2\x9b\x32J", R"("\u009b2J")"},
                                     {"a\x7f", R"("a\u007f")"},
                                     {"\xc2\x85", R"("\u0085")"}}) {
        EXPECT_EQ(render(Format::text, "T", Level::info, raw, {{"v", raw}}),
                  std::string{"T info  "} + shown + " v=" + shown);
        EXPECT_EQ(
            render(Format::json, "T", Level::info, raw, {{"v", raw}}),
            std::string{R"({"ts":"T","level":"info","msg":)"} + shown + R"(,"v":)" + shown + "}");
    }
    EXPECT_EQ(render(Format::text, "T", Level::info, "\xc2\xa0\xc3\xbc", {}),
              "T info  \xc2\xa0\xc3\xbc");
}

}  // namespace
}  // namespace leat::log
