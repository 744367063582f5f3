// Records as text: format strings, JSON, envelopes; and back.
#include "cli/record_text.hpp"

#include <gmock/gmock.h>

#include "cli/record_input.hpp"

namespace leat::cli {
namespace {

struct Shown {
    std::string_view key = "k1";
    std::optional<std::string_view> value = "v1";
    std::vector<kafka::Header> headers = {};

    // Calls `visit` with the record as a consumer would read it.
    void read(const std::function<void(const client::ReadRecord&)>& visit) const {
        kafka::NewRecord record{
            .timestamp = 1'700'000'000'123, .key = as_bytes(key), .value = {}, .headers = headers};
        if (value) record.value = as_bytes(*value);
        const auto batch = kafka::build_batch(std::vector{record}, {.base_offset = 42});
        const client::TopicPartition partition{"orders", 3};
        const auto header = kafka::BatchHeader::read(batch);
        const auto walked = kafka::for_each_record(batch, 1 << 20, [&](const auto& view) {
            visit({partition, *header, view, 1});
            return true;
        });
        check(walked.ok(), "reads its own batch");
    }
    std::string as(std::string_view format) const {
        const auto parsed = RecordFormat::parse(format);
        check(parsed.ok(), "a good format");
        std::string out;
        read([&](const auto& each) { parsed->append(out, each); });
        return out;
    }
    std::string json() const {
        std::string out;
        read([&](const auto& each) { out = record_json(each); });
        return out;
    }
    std::string envelope() const {
        std::string out;
        read([&](const auto& each) { out = record_envelope(each); });
        return out;
    }
};

TEST(RecordFormat, knows_kcats_tokens) {
    const Shown shown{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    EXPECT_EQ(shown.as("%t %p %o %k %K %s %S %T %h %%"),
              "orders 3 42 k1 2 v1 2 1700000000123 a=b,n=NULL %");
    EXPECT_EQ(shown.as("%R"), std::string("\0\0\0\2", 4));
    EXPECT_EQ(shown.as(""), "");
}

TEST(RecordFormat, tells_null_from_empty) {
    EXPECT_EQ(Shown{.value = std::nullopt}.as("[%s] %S"), "[] -1");
    EXPECT_EQ(Shown{.value = ""}.as("[%s] %S"), "[] 0");
}

TEST(RecordFormat, resolves_escapes) {
    EXPECT_EQ(Shown{}.as(R"(\n\t\r\\\x41\x7c\0)"), std::string("\n\t\r\\A|\0", 7));
}

TEST(RecordFormat, names_the_token_that_it_does_not_know) {
    for (const auto* text : {"%q", "%", "a %", R"(\q)", R"(\)", R"(\xZZ)"})
        EXPECT_FALSE(RecordFormat::parse(text).ok()) << text;
    EXPECT_THAT(RecordFormat::parse("%s %q").error().what, ::testing::HasSubstr("'%q'"));
}

TEST(RecordJson, has_all_fields) {
    const Shown shown{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    EXPECT_EQ(shown.json(),
              R"({"topic":"orders","partition":3,"offset":42,"timestamp":1700000000123,)"
              R"("timestamp_type":"CreateTime","key":"k1","value":"v1",)"
              R"("headers":[{"name":"a","value":"b"},{"name":"n","value":null}]})");
}

TEST(RecordJson, puts_bytes_that_are_no_text_in_base64) {
    EXPECT_THAT(Shown{.value = "\xff\x00\x01"}.json(),
                ::testing::HasSubstr(R"("value_base64":"/w==")"));
    EXPECT_THAT(Shown{.value = std::nullopt}.json(), ::testing::HasSubstr(R"("value":null)"));
}

TEST(RecordEnvelope, is_the_one_that_kcat_writes) {
    EXPECT_EQ((Shown{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}}.envelope()),
              R"({"topic":"orders","partition":3,"offset":42,"tstype":"create","ts":1700000000123,)"
              R"("broker":1,"headers":["a","b","n",null],"key":"k1","payload":"v1"})");
}

TEST(Envelope, is_read_as_it_was_written) {
    const Shown shown{.value = std::nullopt,
                      .headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    const auto input = parse_record(shown.envelope(), {.envelope = true});
    ASSERT_TRUE(input.ok()) << input.error().what;
    EXPECT_EQ(input->partition, 3);
    EXPECT_EQ(input->record.timestamp, 1'700'000'000'123);
    EXPECT_EQ(input->record.key, to_bytes("k1"));
    EXPECT_EQ(input->record.value, std::nullopt);
    EXPECT_EQ(input->record.headers, shown.headers);
}

TEST(Envelope, refuses_what_is_none) {
    for (const auto* text : {"", "x", "[]", R"({"key":1})", R"({"headers":["a"]})",
                             R"({"headers":[1,2]})", R"({"payload":{}})"})
        EXPECT_FALSE(parse_record(text, {.envelope = true}).ok()) << text;
}

TEST(InputRecord, splits_the_key_at_the_first_delimiter) {
    const auto input = parse_record("a::b::c", {.key_delimiter = "::", .empty_is_null = true});
    EXPECT_EQ(input->record.key, to_bytes("a"));
    EXPECT_EQ(input->record.value, to_bytes("b::c"));
    const auto keyless = parse_record("abc", {.key_delimiter = "::"});
    EXPECT_EQ(keyless->record.key, std::nullopt);
    EXPECT_EQ(keyless->record.value, to_bytes("abc"));
}

TEST(InputRecord, makes_null_of_the_empty_only_when_asked_to) {
    EXPECT_EQ(parse_record(":", {.key_delimiter = ":"})->record.value, Bytes{});
    const auto null = parse_record(":", {.key_delimiter = ":", .empty_is_null = true});
    EXPECT_EQ(null->record.key, std::nullopt);
    EXPECT_EQ(null->record.value, std::nullopt);
}

TEST(HeaderText, is_name_and_value_or_null) {
    EXPECT_EQ(parse_header("a=b=c"), (kafka::Header{"a", to_bytes("b=c")}));
    EXPECT_EQ(parse_header("a="), (kafka::Header{"a", Bytes{}}));
    EXPECT_EQ(parse_header("a"), (kafka::Header{"a", std::nullopt}));
}

TEST(Base64, agrees_with_rfc_4648) {
    EXPECT_EQ(base64(as_bytes("")), "");
    EXPECT_EQ(base64(as_bytes("f")), "Zg==");
    EXPECT_EQ(base64(as_bytes("fo")), "Zm8=");
    EXPECT_EQ(base64(as_bytes("foobar")), "Zm9vYmFy");
}

}  // namespace
}  // namespace leat::cli
