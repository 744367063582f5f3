// Dead-letter headers of every family, with their encodings.
#include "cli/dlq_headers.hpp"

#include <gtest/gtest.h>

#include <array>

namespace leat::cli {
namespace {

template <class T>
Bytes big_endian(T value) {
    Bytes bytes(sizeof(T));
    store_be(bytes.data(), value);
    return bytes;
}

kafka::Header text(std::string name, std::string_view value) {
    return {std::move(name), to_bytes(value)};
}

TEST(HeaderNumber, is_binary_unless_all_bytes_are_digits) {
    EXPECT_EQ(header_number(big_endian(std::int32_t{7})), 7);
    EXPECT_EQ(header_number(big_endian(std::int64_t{-1})), -1);
    EXPECT_EQ(header_number(big_endian(std::int64_t{1} << 40)), std::int64_t{1} << 40);
    EXPECT_EQ(header_number(as_bytes("1234")), 1234);
    EXPECT_EQ(header_number(as_bytes("12345678")), 12'345'678);
    EXPECT_EQ(header_number(as_bytes("7")), 7);
    EXPECT_EQ(header_number(as_bytes("\x03")), 3);
    EXPECT_EQ(header_number(as_bytes("471100")), 471'100);
    EXPECT_EQ(header_number(as_bytes("abc")), std::nullopt);
    EXPECT_EQ(header_number({}), std::nullopt);
}

TEST(DeadLetter, takes_the_error_from_leats_set_and_the_origin_from_springs) {
    const std::vector<kafka::Header> headers{
        text("traceparent", "00-abc"),
        text("leat-error-stage", "handle"),
        text("leat-error-type", "AmountRefused"),
        text("leat-attempts", "5"),
        text("leat-failed-at", "2026-11-24T10:00:00.000Z"),
        text("leat-handler", "payments"),
        text("leat-error-message", "amount must be positive"),
        text("kafka_dlt-original-topic", "orders"),
        {"kafka_dlt-original-partition", big_endian(std::int32_t{3})},
        {"kafka_dlt-original-offset", big_endian(std::int64_t{4711})},
        text("kafka_dlt-original-consumer-group", "payments"),
        text("kafka_dlt-exception-message", "another text")};
    const auto letter = read_dead_letter(headers, "orders.payments.dlq");
    EXPECT_EQ(letter.family, "leat");
    EXPECT_EQ(letter.reason, "amount must be positive");
    EXPECT_EQ(letter.error_type, "AmountRefused");
    EXPECT_EQ(letter.stage, "handle");
    EXPECT_EQ(letter.handler, "payments");
    EXPECT_EQ(letter.attempts, 5);
    EXPECT_EQ(letter.topic, "orders");
    EXPECT_EQ(letter.partition, 3);
    EXPECT_EQ(letter.offset, 4711);
    EXPECT_EQ(letter.group, "payments");
    EXPECT_EQ(letter.failed_at, "2026-11-24T10:00:00.000Z");
}

TEST(DeadLetter, finds_the_group_in_the_topics_name) {
    const std::vector headers{text("kafka_dlt-original-topic", "orders")};
    EXPECT_EQ(read_dead_letter(headers, "orders.payments.dlq").group, "payments");
    EXPECT_EQ(read_dead_letter(headers, "orders.dlq").group, std::nullopt);
    EXPECT_EQ(read_dead_letter(headers, "other.payments.dlq").group, std::nullopt);
    EXPECT_EQ(read_dead_letter(headers, "orders-dlt").group, std::nullopt);
}

TEST(DeadLetter, is_read_in_every_family) {
    struct Family {
        const char* name;
        const char* reason;
        const char* topic;
        const char* partition;
        const char* offset;
    };
    constexpr auto families = std::to_array<Family>({
        {"spring", "kafka_dlt-exception-message", "kafka_dlt-original-topic",
         "kafka_dlt-original-partition", "kafka_dlt-original-offset"},
        {"spring-retry", "kafka_exception-message", "kafka_original-topic",
         "kafka_original-partition", "kafka_original-offset"},
        {"spring-cloud-stream", "x-exception-message", "x-original-topic", "x-original-partition",
         "x-original-offset"},
        {"connect", "__connect.errors.exception.message", "__connect.errors.topic",
         "__connect.errors.partition", "__connect.errors.offset"},
        {"streams", "__streams.errors.message", "__streams.errors.topic",
         "__streams.errors.partition", "__streams.errors.offset"},
        {"smallrye", "dead-letter-reason", "dead-letter-topic", "dead-letter-partition",
         "dead-letter-offset"},
        {"smallrye-retry", "delayed-retry-reason", "delayed-retry-topic", "delayed-retry-partition",
         "delayed-retry-offset"},
        {"wolverine", "exception-message", "original-destination", "original-partition",
         "original-offset"},
        {"silverback", "x-failure-reason", "x-source-topic", "x-source-partition",
         "x-source-offset"},
    });
    for (const auto& family : families) {
        const std::vector headers{text(family.reason, "boom"), text(family.topic, "orders"),
                                  text(family.partition, "3"), text(family.offset, "4711")};
        const auto letter = read_dead_letter(headers, "any.dlq");
        EXPECT_EQ(letter.family, family.name);
        EXPECT_EQ(letter.reason, "boom") << family.name;
        EXPECT_EQ(letter.topic, "orders") << family.name;
        EXPECT_EQ(letter.partition, 3) << family.name;
        EXPECT_EQ(letter.offset, 4711) << family.name;
    }
}

TEST(DeadLetter, knows_the_families_that_tell_less) {
    EXPECT_EQ(
        read_dead_letter(
            std::vector{text("reason_poisoned", "bad"), text("topic_poisoned", "orders")}, "poison")
            .reason,
        "bad");
    const auto karafka =
        read_dead_letter(std::vector{text("source_topic", "orders"), text("source_attempts", "3"),
                                     text("source_consumer_group", "g")},
                         "dead");
    EXPECT_EQ(karafka.attempts, 3);
    EXPECT_EQ(karafka.group, "g");
}

TEST(DeadLetter, tells_the_size_and_hash_of_what_it_came_without) {
    const std::vector headers{text("leat-value-bytes", "100000"),
                              text("leat-value-sha256", "ba7816bf"), text("leat-key-bytes", "2048"),
                              text("leat-key-sha256", "cb8379ac")};
    const auto letter = read_dead_letter(headers, "t.dlq");
    EXPECT_EQ(letter.value.bytes, 100'000);
    EXPECT_EQ(letter.value.sha256, "ba7816bf");
    EXPECT_EQ(letter.key.bytes, 2048);
    EXPECT_EQ(letter.key.sha256, "cb8379ac");
}

TEST(DeadLetter, takes_the_last_of_equal_headers) {
    const std::vector headers{text("leat-error-type", "First"), text("leat-error-type", "Last")};
    EXPECT_EQ(read_dead_letter(headers, "t.dlq").error_type, "Last");
}

TEST(DeadLetter, without_known_headers_says_nothing) {
    const std::vector headers{text("traceparent", "00-abc")};
    const auto letter = read_dead_letter(headers, "orders.payments.dlq");
    EXPECT_EQ(letter.family, "");
    EXPECT_EQ(letter.reason, std::nullopt);
    EXPECT_EQ(letter.group, std::nullopt);
}

TEST(HeaderText, shows_numbers_text_and_bytes) {
    EXPECT_EQ(header_text("kafka_dlt-original-offset", big_endian(std::int64_t{4711})), "4711");
    EXPECT_EQ(header_text("retry_topic-backoff-timestamp", Bytes{std::byte{1}, std::byte{0}}),
              "256");
    EXPECT_EQ(header_text("retry_topic-attempts", big_endian(std::int32_t{2})), "2");
    EXPECT_EQ(header_text("x", to_bytes("text")), "text");
    EXPECT_EQ(header_text("x", Bytes{std::byte{0xff}}), "base64:/w==");
    EXPECT_EQ(header_text("x", std::nullopt), "null");
}

}  // namespace
}  // namespace leat::cli
