// Records as text: format strings; and back.
#include "cli/record_text.hpp"

#include <gmock/gmock.h>

#include "cli/record_input.hpp"

namespace leat::cli {
namespace {

struct ShownAsText {
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
    std::string loss_in(std::string_view format) const {
        const auto parsed = RecordFormat::parse(format);
        check(parsed.ok(), "a good format");
        std::string loss;
        read([&](const auto& each) { loss = parsed->loss_of(each); });
        return loss;
    }
};

TEST(RecordFormat, knows_kcats_tokens) {
    const ShownAsText shown{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    EXPECT_EQ(shown.as("%t %p %o %k %K %s %S %T %h %%"),
              "orders 3 42 k1 2 v1 2 1700000000123 a=b,n=NULL %");
    EXPECT_EQ(shown.as("%R"), std::string("\0\0\0\2", 4));
    EXPECT_EQ(shown.as(""), "");
}

TEST(RecordFormat, tells_null_from_empty) {
    EXPECT_EQ(ShownAsText{.value = std::nullopt}.as("[%s] %S"), "[] -1");
    EXPECT_EQ(ShownAsText{.value = ""}.as("[%s] %S"), "[] 0");
}

TEST(RecordFormat, resolves_escapes) {
    EXPECT_EQ(ShownAsText{}.as(R"(\n\t\r\\\x41\x7c\0)"), std::string("\n\t\r\\A|\0", 7));
}

TEST(RecordFormat, commands_no_terminal_with_what_a_record_holds) {
    const auto format = RecordFormat::parse("\x1b[1m%k %s %R\n");
    std::string out;
    ShownAsText{.key = "\x1b[2J", .value = "a\n"}.read(
        [&](const auto& each) { format->append(out, each, true); });
    EXPECT_EQ(out, "\x1b[1m\\e[2J a\\n \\x00\\x00\\x00\\x02\n");
}

TEST(RecordFormat, knows_which_records_it_cannot_carry) {
    EXPECT_EQ(ShownAsText{}.loss_in("%k:%s\n"), "");
    EXPECT_EQ(ShownAsText{.value = "a\nb"}.loss_in("%s\n"),
              "the value holds '\\n', which is also written behind it");
    EXPECT_EQ(ShownAsText{.key = "a:b"}.loss_in("%k:%s\n"),
              "the key holds ':', which is also written behind it");
    EXPECT_EQ(ShownAsText{.value = std::nullopt}.loss_in("%s\n"),
              "a null value looks like an empty one");
    EXPECT_EQ((ShownAsText{.headers = {{"a", to_bytes("b\n")}}}.loss_in("%h\n")),
              "the headers hold '\\n', which is also written behind them");
    // Where lengths are told nothing is lost, and what the format leaves out is not wanted.
    EXPECT_EQ(ShownAsText{.value = "a\nb"}.loss_in("%S %s\n"), "");
    EXPECT_EQ(ShownAsText{.value = std::nullopt}.loss_in("%R%s"), "");
    EXPECT_EQ((ShownAsText{.key = "a\n", .value = std::nullopt}.loss_in("%o\n")), "");
}

TEST(RecordFormat, names_the_token_that_it_does_not_know) {
    for (const auto* text : {"%q", "%", "a %", R"(\q)", R"(\)", R"(\xZZ)"})
        EXPECT_FALSE(RecordFormat::parse(text).ok()) << text;
    EXPECT_THAT(RecordFormat::parse("%s %q").error().what, ::testing::HasSubstr("'%q'"));
}

TEST(InputRecord, splits_the_key_at_the_first_delimiter) {
    const auto input = parse_record("a::b::c", {.key_delimiter = "::", .empty_is_null = true});
    EXPECT_EQ(input->record.key, to_bytes("a"));
    EXPECT_EQ(input->record.value, to_bytes("b::c"));
}

TEST(InputRecord, is_refused_without_a_key_unless_there_is_one_for_it) {
    const auto keyless = parse_record("abc", {.key_delimiter = "::"});
    ASSERT_FALSE(keyless.ok());
    EXPECT_THAT(keyless.error().what, ::testing::HasSubstr("no '::' between a key and a value"));
    const auto keyed = parse_record("abc", {.key_delimiter = "::", .key = "k"});
    EXPECT_EQ(keyed->record.key, to_bytes("k"));
    EXPECT_EQ(keyed->record.value, to_bytes("abc"));
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

}  // namespace
}  // namespace leat::cli
