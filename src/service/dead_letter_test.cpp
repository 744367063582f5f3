#include "service/dead_letter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::service {
namespace {

std::string value_of(const Headers& headers, const std::string& name) {
    std::string value = "(absent)";
    int count = 0;
    for (const auto& h : headers)
        if (h.name == name) {
            value = h.value.value_or("(null)");
            ++count;
        }
    EXPECT_LE(count, 1) << name;
    return value;
}

Headers headers_of(const Headers& original, const Origin& from, const Failure& why) {
    return dead_letter({"k", "v", original}, from, why).headers;
}

const Origin origin{"orders", 3, 0x0102030405, 1'500'000'000'123, false, "payments"};
const Failure failure{Stage::handle,     "std::runtime_error", "bank away",      5,
                      1'700'000'000'000, 1'700'000'007'500,    "payments.orders"};

TEST(DeadLetter, names_its_topic_after_topic_and_group) {
    EXPECT_EQ(dead_letter_topic("orders", "payments"), "orders.payments.dlq");
}

TEST(DeadLetter, keeps_the_original_headers_in_their_order) {
    const Headers original{{"a", "1"}, {"b", std::nullopt}, {"a", "2"}};
    const auto headers = headers_of(original, origin, failure);
    EXPECT_EQ(headers[0], original[0]);
    EXPECT_EQ(headers[1], original[1]);
    EXPECT_EQ(headers[2], original[2]);
}

TEST(DeadLetter, writes_the_native_set_as_text) {
    const auto headers = headers_of({}, origin, failure);
    EXPECT_EQ(value_of(headers, "leat-error-stage"), "handle");
    EXPECT_EQ(value_of(headers, "leat-error-type"), "std::runtime_error");
    EXPECT_EQ(value_of(headers, "leat-error-message"), "bank away");
    EXPECT_EQ(value_of(headers, "leat-attempts"), "5");
    EXPECT_EQ(value_of(headers, "leat-first-failed-at"), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(value_of(headers, "leat-failed-at"), "2023-11-14T22:13:27.500Z");
    EXPECT_EQ(value_of(headers, "leat-handler"), "payments.orders");
    EXPECT_EQ(value_of(headers, "leat-redrives"), "0");
}

TEST(DeadLetter, writes_springs_set_with_its_big_endian_numbers) {
    const auto headers = headers_of({}, origin, failure);
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-topic"), "orders");
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-partition"), (std::string{"\0\0\0\3", 4}));
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-offset"), (std::string{"\0\0\0\1\2\3\4\5", 8}));
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-timestamp"),
              (std::string{"\0\0\1\x5d\x3e\xf7\x98\x7b", 8}));
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-timestamp-type"), "CreateTime");
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-consumer-group"), "payments");
    EXPECT_EQ(value_of(headers, "kafka_dlt-exception-fqcn"), "std::runtime_error");
    EXPECT_EQ(value_of(headers, "kafka_dlt-exception-message"), "bank away");
}

TEST(DeadLetter, keeps_the_first_origin_and_takes_the_last_error_over_hops) {
    const auto first = headers_of({}, origin, failure);
    auto second_origin = origin;
    second_origin.topic = "orders.payments.dlq";
    second_origin.partition = 0;
    auto second_failure = failure;
    second_failure.message = "still away";
    second_failure.first_failed_ms += 1000;
    const auto headers = headers_of(first, second_origin, second_failure);
    EXPECT_EQ(headers.size(), first.size());
    EXPECT_EQ(value_of(headers, "kafka_dlt-original-topic"), "orders");
    EXPECT_EQ(value_of(headers, "leat-first-failed-at"), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(value_of(headers, "leat-error-message"), "still away");
    EXPECT_EQ(value_of(headers, "kafka_dlt-exception-message"), "still away");
}

TEST(DeadLetter, has_each_of_its_names_once_even_if_the_record_came_with_several) {
    const Headers original{{"leat-error-type", "x"}, {"h", "v"}, {"leat-error-type", "y"}};
    const auto headers = headers_of(original, origin, failure);
    EXPECT_EQ(value_of(headers, "leat-error-type"), "std::runtime_error");
    EXPECT_EQ(value_of(headers, "h"), "v");
}

TEST(DeadLetter, cuts_a_long_message_between_characters) {
    auto long_failure = failure;
    const std::string message = std::string(1023, 'x') + "\xc3\xa9\xc3\xa9";
    long_failure.message = message;
    const auto headers = headers_of({}, origin, long_failure);
    EXPECT_EQ(value_of(headers, "leat-error-message"), std::string(1023, 'x'));
}

std::size_t bytes_of(const DeadLetter& letter) {
    std::size_t bytes = letter.key.value_or("").size() + letter.value.value_or("").size();
    for (const auto& h : letter.headers) bytes += h.name.size() + h.value.value_or("").size();
    return bytes;
}

TEST(DeadLetter, leaves_the_errors_text_out_first_when_it_must_be_short) {
    const auto letter = dead_letter({"k", "v", {{"a", "1"}}}, origin, failure, LetterForm::brief);
    EXPECT_EQ(value_of(letter.headers, "leat-error-message"), "(absent)");
    EXPECT_EQ(value_of(letter.headers, "kafka_dlt-exception-message"), "(absent)");
    EXPECT_EQ(value_of(letter.headers, "kafka_dlt-original-topic"), "orders");
    EXPECT_EQ(value_of(letter.headers, "leat-error-stage"), "handle");
    EXPECT_EQ(value_of(letter.headers, "a"), "1");
    EXPECT_EQ(letter.value, "v");
}

TEST(DeadLetter, leaves_the_value_out_next_and_tells_its_size_its_hash_and_its_place) {
    const auto letter =
        dead_letter({"k", "abc", {{"a", "1"}}}, origin, failure, LetterForm::without_value);
    EXPECT_EQ(letter.key, "k");
    EXPECT_FALSE(letter.value);
    EXPECT_EQ(value_of(letter.headers, "a"), "1");
    EXPECT_EQ(value_of(letter.headers, "leat-value-bytes"), "3");
    // As sha256sum prints it.
    EXPECT_EQ(value_of(letter.headers, "leat-value-sha256"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(value_of(letter.headers, "kafka_dlt-original-topic"), "orders");
    EXPECT_EQ(value_of(letter.headers, "kafka_dlt-original-offset"),
              (std::string{"\0\0\0\1\2\3\4\5", 8}));
}

TEST(DeadLetter, is_small_in_its_last_form_whatever_the_record) {
    const std::string huge(1'000'000, 'x');
    auto big_failure = failure;
    big_failure.type = big_failure.message = big_failure.handler = huge;
    auto big_origin = origin;
    big_origin.group = huge;
    const auto letter =
        dead_letter({huge, huge, {{"a", huge}}}, big_origin, big_failure, LetterForm::bare);
    EXPECT_LT(bytes_of(letter), 8192U);
    EXPECT_FALSE(letter.key);
    EXPECT_EQ(value_of(letter.headers, "leat-key-bytes"), "1000000");
    const auto small = dead_letter({"k", std::nullopt, {}}, origin, failure, LetterForm::bare);
    EXPECT_EQ(small.key, "k");
    EXPECT_EQ(value_of(small.headers, "leat-value-bytes"), "(absent)");
}

}  // namespace
}  // namespace leat::service
