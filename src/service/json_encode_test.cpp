#include <gtest/gtest.h>

#include <limits>

#include "leat/json.hpp"
#include "service/json_sample.hpp"

namespace leat::json {
namespace {

using namespace std::chrono;

template <class T>
error failure(const T& value) {
    try {
        return {"", encode(value), fault::value};
    } catch (const encode_error& thrown) {
        return thrown.reason();
    }
}

struct Money {
    decimal amount;
    std::optional<int> cents;
};
struct Deep {
    std::vector<std::map<std::string, double>> rows;
};
struct Empty {};

TEST(JsonEncode, writes_a_struct_in_the_order_of_its_fields) {
    const sample::Order order{.id = "o-1",
                              .status = sample::Status::paid,
                              .items = {{"cd", 2, decimal{"11.70"}}},
                              .placed_at = timestamp{1500ms},
                              .due = 1997y / 1 / 31,
                              .precise = {},
                              .payment = sample::Voucher{5, {}},
                              .flags = {{"a", {true, false}}},
                              .note = {},
                              .counts = {1, {}},
                              .weight = 0.1,
                              .ratio = 0.1F,
                              .big = std::numeric_limits<std::uint64_t>::max(),
                              .small = -128,
                              .gift = true,
                              .parts = {}};
    EXPECT_EQ(encode(order),
              R"({"id":"o-1","status":"paid","items":[{"sku":"cd","quantity":2,"price":11.70}],)"
              R"("placed_at":"1970-01-01T00:00:01.500000Z","due":"1997-01-31",)"
              R"("precise":"1970-01-01T00:00:00.000000000Z","payment":{"Voucher":{"value":5}},)"
              R"("flags":{"a":[true,false]},"counts":[1,null],"weight":0.1,"ratio":0.1,)"
              R"("big":18446744073709551615,"small":-128,"gift":true,"parts":[]})");
}

TEST(JsonEncode, writes_values_that_are_not_structs) {
    EXPECT_EQ(encode(true), "true");
    EXPECT_EQ(encode(std::string("a")), R"("a")");
    EXPECT_EQ(encode(std::vector<int>{}), "[]");
    EXPECT_EQ(encode(std::optional<int>{}), "null");
    EXPECT_EQ(encode(Empty{}), "{}");
    EXPECT_EQ(encode(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(JsonEncode, writes_decimals_as_strings_when_asked) {
    const Money money{decimal{"0.10"}, 10};
    EXPECT_EQ(encode(money), R"({"amount":0.10,"cents":10})");
    EXPECT_EQ(encode(money, {.decimal_as_string = true}), R"({"amount":"0.10","cents":10})");
}

TEST(JsonEncode, escapes_only_what_must_be) {
    EXPECT_EQ(encode(std::string("\"\\/\n\r\t\b\0\x1f\x7f é€😀", 20)),
              "\"\\\"\\\\/\\n\\r\\t\\u0008\\u0000\\u001f\x7f é€😀\"");
}

TEST(JsonEncode, appends_to_what_is_there) {
    std::string text = "data: ";
    append(text, 5);
    EXPECT_EQ(text, "data: 5");
    EXPECT_THROW(append(text, std::numeric_limits<double>::infinity()), encode_error);
    EXPECT_EQ(text, "data: 5");
}

TEST(JsonEncode, points_at_the_value_that_has_no_json_form) {
    const auto bad = failure(Deep{{{}, {{"a/b~", std::numeric_limits<double>::quiet_NaN()}}}});
    EXPECT_EQ(bad.pointer, "/rows/1/a~1b~0");
    EXPECT_EQ(bad.message, "JSON has no number for an infinity or NaN");
    EXPECT_EQ(failure(std::vector<std::string>{"ok", "\xff"}).to_string(),
              "/1: the string is not UTF-8");
    EXPECT_EQ(failure(std::map<std::string, int>{{"\xff", 1}}).to_string(),
              "/?: the string is not UTF-8");
    EXPECT_EQ(failure(static_cast<sample::Status>(9)).message, "no enumerator has the value 9");
    EXPECT_EQ(failure(2024y / 2 / 30).message,
              "the date does not exist or its year is not 0 to 9999");
    EXPECT_EQ(failure(sys_seconds{seconds{1} * 400'000'000'000}).message,
              "the year of the time is not 0 to 9999");
    EXPECT_EQ(failure(std::variant<std::string>{"\x80"}).pointer, "/string");
}

}  // namespace
}  // namespace leat::json
