// Tables and JSON.
#include "cli/output.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace leat::cli {
namespace {

Table sample() {
    return {.columns = {{"topic", "TOPIC"}, {"lag", "LAG"}, {"internal", "INTERNAL"}},
            .rows = {{std::string{"orders"}, std::int64_t{5}, false},
                     {std::string{"größe"}, std::monostate{}, true},
                     {std::string{"a\nb"}, std::int64_t{12345}, false}}};
}

TEST(Table, aligns_by_characters_and_puts_numbers_to_the_right) {
    EXPECT_EQ(render_table(sample(), false),
              "TOPIC     LAG  INTERNAL\n"
              "orders      5  no\n"
              "größe       -  yes\n"
              "a\\nb    12345  no\n");
}

TEST(Table, has_bold_headings_in_colour) {
    const auto text = render_table(sample(), true);
    EXPECT_EQ(text.substr(0, text.find('\n')), "\x1b[1mTOPIC     LAG  INTERNAL\x1b[0m");
}

TEST(Table, without_rows_is_its_headings) {
    EXPECT_EQ(render_table({.columns = {{"a", "A"}, {"b", "B"}}, .rows = {}}, false), "A  B\n");
}

TEST(Json, has_a_flat_array_with_one_object_per_row) {
    EXPECT_EQ(boost::json::serialize(to_json(sample())),
              "[{\"topic\":\"orders\",\"lag\":5,\"internal\":false},"
              "{\"topic\":\"größe\",\"lag\":null,\"internal\":true},"
              "{\"topic\":\"a\\nb\",\"lag\":12345,\"internal\":false}]");
}

TEST(Cells, show_what_is_unknown_as_nothing) {
    EXPECT_EQ(cell_if_known(-1), Cell{});
    EXPECT_EQ(cell_if_known(0), Cell{std::int64_t{0}});
    EXPECT_EQ(cell_of(std::nullopt), Cell{});
    EXPECT_EQ(cell_of("x"), Cell{std::string{"x"}});
}

TEST(HumanBytes, keeps_to_about_three_digits) {
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(1023), "1023 B");
    EXPECT_EQ(human_bytes(1536), "1.5 KiB");
    EXPECT_EQ(human_bytes(std::int64_t{200} << 20), "200 MiB");
    EXPECT_EQ(human_bytes(std::int64_t{3} << 30), "3.0 GiB");
}

}  // namespace
}  // namespace leat::cli
