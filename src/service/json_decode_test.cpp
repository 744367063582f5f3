#include <gtest/gtest.h>

#include "leat/json.hpp"

namespace leat::json {
namespace {

enum class Status { open, paid };
struct Item {
    std::string sku;
    std::int8_t quantity;
    decimal price;
};
struct Card {
    std::string number;
};
struct DecodedOrder {
    std::string id;
    std::vector<Item> items;
    std::optional<Status> status;
    std::optional<std::variant<Card, int>> payment;
    std::optional<std::map<std::string, float>> weights;
    std::optional<timestamp> placed_at;
    std::optional<std::chrono::year_month_day> due;
};
struct Tree {
    std::vector<Tree> kids;
};
struct NoFields {};

template <class T>
error refusal(std::string_view text, const decode_options& options = {}) {
    const auto decoded = decode<T>(text, options);
    return decoded ? error{"", "accepted", fault::value} : decoded.error();
}

struct Case {
    const char* text;
    const char* error;
    fault kind = fault::value;
};

TEST(JsonDecode, reads_fields_in_any_order_and_ignores_unknown_ones) {
    const auto order =
        decode<DecodedOrder>(R"( { "extra" : {"a":[1,{"b":null}],"c":"\u00e9"}, "items" :
        [ {"price":"11.70", "sku":"cd", "quantity":-128} ], "status":null, "id":"o-1" } )");
    ASSERT_TRUE(order) << order.error().to_string();
    EXPECT_EQ(order->id, "o-1");
    EXPECT_EQ(order->items.at(0).quantity, -128);
    EXPECT_EQ(order->items.at(0).price.to_string(), "11.70");
    EXPECT_FALSE(order->status);
}

TEST(JsonDecode, points_at_the_field_that_is_wrong) {
    const Case cases[] = {
        {R"([])", "expected an object, found an array"},
        {R"({"id":"a"})", "/items: the required field is missing"},
        {R"({"id":7,"items":[]})", "/id: expected a string, found a number"},
        {R"({"id":"a","id":"b"})", "/id: the field occurs twice"},
        {R"({"x":1,"x":2})", "/x: the field occurs twice"},
        {R"({"x":{"y":[0,{"z":1,"z":2}]}})", "/x/y/1/z: the field occurs twice"},
        {R"({"items":{}})", "/items: expected an array, found an object"},
        {R"({"items":[{"sku":"s","quantity":1,"price":1},null]})",
         "/items/1: expected an object, found null"},
        {R"({"items":[{"sku":"s","quantity":1}]})",
         "/items/0/price: the required field is missing"},
        {R"({"items":[{"quantity":128}]})",
         R"(/items/0/quantity: expected an integer from -128 to 127, found "128")"},
        {R"({"items":[{"quantity":99999999999999999999}]})",
         "/items/0/quantity: expected an integer from -128 to 127, found "
         R"("99999999999999999999")"},
        {R"({"items":[{"quantity":1.0}]})",
         R"(/items/0/quantity: expected an integer, found "1.0")"},
        {R"({"items":[{"price":true}]})",
         "/items/0/price: expected a decimal number of at most 18 places and 64 bits, found true"},
        {R"({"items":[{"price":"12,50"}]})",
         "/items/0/price: expected a decimal number of at most 18 places and 64 bits, found "
         R"("12,50")"},
        {R"({"status":"payed"})", R"(/status: expected one of "open", "paid", found "payed")"},
        {R"({"status":1})", "/status: expected a string, found a number"},
        {R"({"payment":{"Card":{"number":5}}})",
         "/payment/Card/number: expected a string, found a number"},
        {R"({"payment":{"Cash":{}}})",
         R"(/payment: expected one of "Card", "integer", found "Cash")"},
        {R"({"payment":{}})", R"(/payment: expected one of "Card", "integer", found "")"},
        {R"({"payment":{"integer":1,"Card":{}}})", "/payment: expected an object of one member"},
        {R"({"weights":{"a":1,"a":2}})", "/weights/a: the field occurs twice"},
        {R"({"weights":{"a/b~c":"x"}})",
         "/weights/a~1b~0c: expected a number in the range of a float, found a string"},
        {R"({"weights":{"a":1e39}})",
         R"(/weights/a: expected a number in the range of a float, found "1e39")"},
        {R"({"placed_at":"2024-01-31"})",
         "/placed_at: expected an RFC 3339 time such as \"2024-01-31T09:30:00Z\", found "
         "\"2024-01-31\""},
        {R"({"due":"2024-02-30"})",
         R"(/due: expected a date such as "2024-01-31", found "2024-02-30")"},
    };
    for (const auto& [text, message, kind] : cases) {
        const auto error = refusal<DecodedOrder>(text);
        EXPECT_EQ(error.to_string(), message) << text;
        EXPECT_EQ(error.kind, kind) << text;
    }
}

TEST(JsonDecode, says_at_which_byte_the_text_stops_being_json) {
    const Case cases[] = {
        {"", "at byte 0: expected an object, found the end of the text"},
        {"{", "at byte 1: expected a name in double quotes, found the end of the text"},
        {"{id:1}", "at byte 1: expected a name in double quotes, found 'i'"},
        {R"({"id")", "at byte 5: expected ':' after a name, found the end of the text"},
        {R"({"id":)", "/id: at byte 6: expected a string, found the end of the text"},
        {R"({"id":"a" "items":[]})", "at byte 10: expected ',' or '}' after a member, found '\"'"},
        {R"({"id":"a",})", "at byte 10: expected a name in double quotes, found '}'"},
        {R"({"items":[,]})", "/items/0: at byte 10: expected an object, found ','"},
        {R"({"x":[1 2]})", "/x/1: at byte 8: expected ',' or ']' after an element, found '2'"},
        {R"({"x":[1,]})", "/x/1: at byte 8: expected a value, found ']'"},
        {R"({"x":tru})", "/x: at byte 5: expected a value, found 't'"},
        {R"({"x":01})", "/x: at byte 6: expected no digit after a leading zero, found '1'"},
        {R"({"x":-})", "/x: at byte 6: expected a digit, found '}'"},
        {R"({"x":1.})", "/x: at byte 7: expected a digit, found '}'"},
        {R"({"x":1e+})", "/x: at byte 8: expected a digit, found '}'"},
        {R"({"x":+1})", "/x: at byte 5: expected a value, found '+'"},
        {R"({"x":NaN})", "/x: at byte 5: expected a value, found 'N'"},
        {R"({"id":"a","items":[]} x)",
         "at byte 22: expected nothing more after the value, found 'x'"},
        {R"({"id":"a","items":[]}{})",
         "at byte 21: expected nothing more after the value, found '{'"},
        {"\xef\xbb\xbf{}", "at byte 0: expected an object, found byte 0xef"},
        {"{\"id\":\"a\nb\"}",
         "/id: at byte 8: expected control characters to be escaped, found byte 0x0a"},
        {R"({"id":"a\x"})", "/id: at byte 9: expected an escape, found 'x'"},
        {R"({"id":"\u00g0"})", "/id: at byte 11: expected four hexadecimal digits, found 'g'"},
        {"{\"id\":\"caf\xe9\"}", "/id: at byte 10: expected valid UTF-8, found byte 0xe9"},
    };
    for (const auto& [text, message, kind] : cases) {
        const auto error = refusal<DecodedOrder>(text);
        EXPECT_EQ(error.to_string(), message) << text;
        EXPECT_EQ(error.kind, fault::syntax) << text;
    }
}

TEST(JsonDecode, refuses_unknown_fields_when_asked_and_guesses_what_was_meant) {
    const decode_options strict{.refuse_unknown_fields = true};
    EXPECT_EQ(refusal<DecodedOrder>(R"({"id":"a","item":[]})", strict).to_string(),
              R"(/item: the field is unknown; did you mean "items"?)");
    EXPECT_EQ(refusal<DecodedOrder>(R"({"items":[{"colour":1}]})", strict).to_string(),
              "/items/0/colour: the field is unknown");
    EXPECT_EQ(refusal<NoFields>(R"({"a":1})", strict).to_string(), "/a: the field is unknown");
    EXPECT_TRUE(decode<NoFields>(R"({"a":1})"));
}

TEST(JsonDecode, keeps_its_limits) {
    const auto deep = refusal<Tree>(R"({"kids":[{"kids":[{"kids":[]}]}]})", {.max_depth = 4});
    EXPECT_EQ(deep.kind, fault::limit);
    EXPECT_EQ(deep.to_string(),
              "/kids/0/kids/0: the text is nested deeper than the 4 levels allowed");
    EXPECT_TRUE(decode<Tree>(R"({"kids":[{"kids":[{"kids":[]}]}]})", {.max_depth = 6}));

    const auto skipped = refusal<NoFields>(R"({"a":)" + std::string(100'000, '['));
    EXPECT_EQ(skipped.kind, fault::limit);

    const auto large = refusal<Tree>(R"({"kids":[]})", {.max_bytes = 10});
    EXPECT_EQ(large.kind, fault::limit);
    EXPECT_EQ(large.to_string(), "the text has 11 bytes, more than the 10 allowed");
    EXPECT_TRUE(decode<Tree>(R"({"kids":[]})", {.max_bytes = 11}));
}

TEST(JsonDecode, reads_every_escape_and_surrogate_pairs) {
    const auto text =
        decode<std::string>(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00\u0000é€😀")");
    ASSERT_TRUE(text) << text.error().to_string();
    EXPECT_EQ(*text, std::string("\"\\/\b\f\n\r\tAé€😀\0é€😀", 28));
    for (const char* lone : {R"("\ud83d")", R"("\ud83dx")", R"("\ud83d\n")", R"("\ud83d\u0041")",
                             R"("\ude00")", R"("\ud83d\ud83d")"})
        EXPECT_EQ(refusal<std::string>(lone).kind, fault::syntax) << lone;
}

TEST(JsonDecode, refuses_ill_formed_utf_8) {
    for (const char* bytes :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf0\x9f\x98"}) {
        EXPECT_EQ(refusal<std::string>("\"" + std::string(bytes) + "\"").kind, fault::syntax);
        EXPECT_EQ(refusal<std::string>("\"\\n" + std::string(bytes) + "\"").kind, fault::syntax);
        EXPECT_EQ(refusal<NoFields>("{\"" + std::string(bytes) + "\":1}").kind, fault::syntax);
    }
    for (const char* edge : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                             "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(*decode<std::string>("\"" + std::string(edge) + "\""), edge);
}

TEST(JsonDecode, keeps_integers_to_their_range) {
    EXPECT_EQ(*decode<std::uint64_t>("18446744073709551615"), 18446744073709551615U);
    EXPECT_EQ(*decode<std::int64_t>("-9223372036854775808"),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(*decode<int>("-0"), 0);
    EXPECT_EQ(
        refusal<std::uint64_t>("18446744073709551616").message,
        R"(expected an integer from 0 to 18446744073709551615, found "18446744073709551616")");
    EXPECT_EQ(refusal<unsigned>("-1").message,
              R"(expected an integer from 0 to 4294967295, found "-1")");
    EXPECT_EQ(refusal<double>("1e999").message,
              R"(expected a number in the range of a double, found "1e999")");
    EXPECT_EQ(*decode<double>("-1.5e-3"), -0.0015);
}

TEST(JsonDecode, errors_do_not_grow_with_hostile_input) {
    const std::string huge(1'000'000, 'k');
    const auto key = refusal<NoFields>("{\"" + huge + "\":}", {.refuse_unknown_fields = true});
    const auto value = refusal<Status>("\"" + huge + "\"");
    EXPECT_LT(key.to_string().size(), 300U);
    EXPECT_LT(value.to_string().size(), 300U);
    std::string wide;
    for (int i = 0; i < 50; ++i) wide += "é";
    EXPECT_TRUE(decode<std::string>(encode(refusal<Status>("\"a" + wide + "\"").message)));
}

}  // namespace
}  // namespace leat::json
