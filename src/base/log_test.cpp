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

}  // namespace
}  // namespace leat::log
