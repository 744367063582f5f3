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

}  // namespace
}  // namespace leat::log
