// Records as JSON, and back.
#include "cli/record_json.hpp"

#include <gmock/gmock.h>

#include <iostream>
#include <random>

namespace leat::cli {
namespace {

using ::testing::HasSubstr;

struct ShownAsJson {
    std::optional<std::string_view> key = "k1";
    std::optional<std::string_view> value = "v1";
    std::vector<kafka::Header> headers = {};
    TimestampMs timestamp = 1'700'000'000'123;

    using Write = std::string (*)(const client::ReadRecord&);
    // What `write` makes of the record as a consumer would read it.
    std::string by(Write write) const {
        const auto view = [](const auto& text) {
            return text ? std::optional{as_bytes(*text)} : std::nullopt;
        };
        const kafka::NewRecord record{
            .timestamp = timestamp, .key = view(key), .value = view(value), .headers = headers};
        const auto batch = kafka::build_batch(std::vector{record}, {.base_offset = 42});
        const client::TopicPartition partition{"orders", 3};
        const auto header = kafka::BatchHeader::read(batch);
        std::string out;
        const auto walked = kafka::for_each_record(batch, 1 << 20, [&](const auto& read) {
            out = write({partition, *header, read, 1});
            return true;
        });
        check(walked.ok(), "reads its own batch");
        return out;
    }
    std::string json() const { return by(record_json); }
    std::string envelope() const { return by(record_envelope); }
};

TEST(RecordJson, has_all_fields) {
    const ShownAsJson shown{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    EXPECT_EQ(shown.json(),
              R"({"topic":"orders","partition":3,"offset":42,"timestamp":1700000000123,)"
              R"("timestamp_type":"CreateTime","key":"k1","value":"v1",)"
              R"("headers":[{"name":"a","value":"b"},{"name":"n","value":null}]})");
}

TEST(RecordJson, puts_bytes_that_are_no_text_in_base64) {
    EXPECT_THAT(ShownAsJson{.value = "\xff\x00\x01"}.json(),
                ::testing::HasSubstr(R"("value_base64":"/w==")"));
    EXPECT_THAT(ShownAsJson{.value = std::nullopt}.json(), ::testing::HasSubstr(R"("value":null)"));
}

TEST(RecordEnvelope, is_the_one_that_kcat_writes) {
    EXPECT_EQ((ShownAsJson{.headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}}.envelope()),
              R"({"topic":"orders","partition":3,"offset":42,"tstype":"create","ts":1700000000123,)"
              R"("broker":1,"headers":["a","b","n",null],"key":"k1","payload":"v1"})");
}

TEST(Envelope, is_read_as_it_was_written) {
    const ShownAsJson shown{.value = std::nullopt,
                            .headers = {{"a", to_bytes("b")}, {"n", std::nullopt}}};
    const auto input = parse_record_json(shown.envelope());
    ASSERT_TRUE(input.ok()) << input.error().what;
    EXPECT_EQ(input->partition, 3);
    EXPECT_EQ(input->record.timestamp, 1'700'000'000'123);
    EXPECT_EQ(input->record.key, to_bytes("k1"));
    EXPECT_EQ(input->record.value, std::nullopt);
    EXPECT_EQ(input->record.headers, shown.headers);
}

TEST(Envelope, carries_what_is_no_text) {
    EXPECT_EQ((ShownAsJson{.key = "\xff", .value = "\xc3", .headers = {{"\xfe", to_bytes("\xfd")}}}
                   .envelope()),
              R"({"topic":"orders","partition":3,"offset":42,"tstype":"create","ts":1700000000123,)"
              R"("broker":1,"headers":[{"base64":"/g=="},{"base64":"/Q=="}],)"
              R"("key_base64":"/w==","payload_base64":"ww=="})");
}

std::string why_not(std::string_view text) {
    const auto parsed = parse_record_json(text);
    return parsed ? std::string{"(taken)"} : parsed.error().what;
}

TEST(RecordInput, refuses_what_it_does_not_understand) {
    EXPECT_THAT(why_not(""), HasSubstr("it is no JSON"));
    EXPECT_THAT(why_not("x"), HasSubstr("it is no JSON"));
    EXPECT_EQ(why_not("[]"), "it is not a JSON object");
    EXPECT_EQ(why_not(R"({"paylaod":"a"})"),
              "it has an unknown field 'paylaod'; did you mean 'payload'?");
    EXPECT_EQ(why_not(R"({"payload":"a","payload":"b"})"), "it names a field twice");
    EXPECT_EQ(why_not(R"({"payload":1})"), "\"payload\" is neither a string nor null");
    EXPECT_EQ(why_not(R"({"payload":"a","key":{}})"), "\"key\" is neither a string nor null");
    EXPECT_EQ(why_not(R"({"payload":"a","value":"a"})"),
              "\"value\" contradicts \"payload\"; give one of them");
    EXPECT_EQ(why_not(R"({"payload":"a","key":null,"key_base64":"Zg=="})"),
              "\"key_base64\" contradicts \"key\"; give one of them");
    EXPECT_EQ(why_not(R"({"payload_base64":"Zg"})"), "\"payload_base64\" is no base64");
    EXPECT_EQ(why_not(R"({"payload_base64":null})"), "\"payload_base64\" is not a string");
    EXPECT_EQ(why_not(R"({"payload":"a","topic":1})"), "\"topic\" is not a string");
    EXPECT_EQ(why_not(R"({"payload":"a","tstype":"now"})"), "\"tstype\" is not \"now\"");
    EXPECT_EQ(why_not(R"({"payload":"a","ts":1,"timestamp":1})"),
              "\"ts\" contradicts \"timestamp\"; give one of them");
    EXPECT_EQ(why_not("{\"payload\":\"\xff\"}").substr(0, 10), "it is no J");
}

TEST(RecordInput, tells_the_range_of_numbers) {
    EXPECT_EQ(why_not(R"({"payload":"a","partition":-1})"),
              "\"partition\" is a whole number from 0 to 2147483647, not -1");
    EXPECT_EQ(why_not(R"({"payload":"a","partition":4294967296})"),
              "\"partition\" is a whole number from 0 to 2147483647, not 4294967296");
    EXPECT_THAT(why_not(R"({"payload":"a","ts":1.5})"), HasSubstr("whole number"));
    EXPECT_THAT(why_not(R"({"payload":"a","ts":"1"})"), HasSubstr("whole number"));
    EXPECT_THAT(why_not(R"({"payload":"a","ts":9223372036854775808})"),
                HasSubstr("to 9223372036854775807"));
    EXPECT_THAT(why_not(R"({"payload":"a","offset":null})"), HasSubstr("not null"));
}

TEST(RecordInput, refuses_headers_that_it_would_have_to_guess) {
    const auto refused = [](std::string_view headers) {
        return why_not(R"({"payload":"a","headers":)" + std::string{headers} + "}");
    };
    EXPECT_EQ(refused("null"), "\"headers\" are not a list");
    EXPECT_EQ(refused(R"(["a"])"), "\"headers\" are not names and values in turn");
    EXPECT_THAT(refused(R"(["a",1])"), HasSubstr("neither a string, null nor"));
    EXPECT_EQ(refused(R"([null,"a"])"), "\"headers\" hold a name that is null");
    EXPECT_EQ(refused(R"(["a",{"base64":"?"}])"), "\"headers\" hold what is no base64");
    EXPECT_THAT(refused(R"([{"name":"a"}])"), HasSubstr("without a value"));
    EXPECT_THAT(refused(R"([{"name":"a","value":"b","x":1}])"), HasSubstr("unknown field 'x'"));
    EXPECT_EQ(refused(R"([{"name":"a","value":"b"},"c"])"), "\"headers\" mix two forms");
    EXPECT_EQ(refused(R"([{"name":"a","value":"b","name":"c"}])"), "it names a field twice");
}

TEST(RecordInput, does_not_take_a_missing_value_for_a_null) {
    EXPECT_THAT(why_not(R"({"key":"a"})"), HasSubstr("write null if it is null"));
    const auto tombstone = parse_record_json(R"({"key":"a","payload":null})");
    ASSERT_TRUE(tombstone.ok());
    EXPECT_EQ(tombstone->record.value, std::nullopt);
    const auto least = parse_record_json(R"({"value":""})");
    ASSERT_TRUE(least.ok());
    EXPECT_EQ(least->record.value, Bytes{});
    EXPECT_EQ(least->record.key, std::nullopt);
    EXPECT_EQ(least->record.timestamp, std::nullopt);
    EXPECT_EQ(least->partition, std::nullopt);
}

// Any bytes: often text, often not, sometimes empty or null.
class TextDice {
public:
    explicit TextDice(unsigned seed) : random_(seed) {}
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    std::string bytes() {
        constexpr std::array<std::string_view, 8> pieces{
            "a", "\"", "\\", "\n", std::string_view{"\0", 1}, "\xc3\xbc", "\xf0\x9f\x98\x80", ":"};
        std::string out;
        const bool text = below(2) == 0;
        for (auto left = below(12); left > 0; --left) {
            if (text)
                out += pieces[below(pieces.size())];
            else
                out += static_cast<char>(below(256));
        }
        return out;
    }
    std::optional<Bytes> maybe() {
        if (below(5) == 0) return std::nullopt;
        return to_bytes(bytes());
    }

private:
    std::mt19937 random_;
};

TEST(RecordInput, reads_back_any_record_in_both_forms) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    TextDice dice{seed};
    for (int round = 0; round < 3000; ++round) {
        ShownAsJson shown{.timestamp = static_cast<TimestampMs>(dice.below(1U << 31)) - 1};
        const auto key = dice.maybe();
        const auto content = dice.maybe();
        shown.key = key ? std::optional{as_text(*key)} : std::nullopt;
        shown.value = content ? std::optional{as_text(*content)} : std::nullopt;
        // Names repeat, and order counts.
        for (auto left = dice.below(5); left > 0; --left)
            shown.headers.push_back({dice.below(2) == 0 ? "h" : dice.bytes(), dice.maybe()});
        for (const auto& text : {shown.json(), shown.envelope()}) {
            const auto read = parse_record_json(text);
            ASSERT_TRUE(read.ok()) << text << ": " << read.error().what;
            EXPECT_EQ(read->record.key, key) << text;
            EXPECT_EQ(read->record.value, content) << text;
            EXPECT_EQ(read->record.headers, shown.headers) << text;
            EXPECT_EQ(read->record.timestamp, shown.timestamp) << text;
            EXPECT_EQ(read->partition, 3) << text;
        }
    }
}

}  // namespace
}  // namespace leat::cli
