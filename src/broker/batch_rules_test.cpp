#include "broker/batch_rules.hpp"

#include <gtest/gtest.h>

#include "kafka/record_batch.hpp"

namespace leat::broker {
namespace {

using kafka::Codec;
using kafka::ErrorCode;

constexpr TimestampMs now = 1'700'000'000'000;

BatchRules usual_rules() {
    BatchRules rules;
    rules.max_batch_bytes = 10'000;
    rules.max_inflated_bytes = 100'000;
    rules.oldest = 0;
    rules.newest = now + 1000;
    return rules;
}

Bytes batch(const kafka::BatchOptions& options = {}, bool with_key = true,
            TimestampMs timestamp = now) {
    static const std::string text(100, 'v');
    std::vector<kafka::NewRecord> records(3);
    for (auto& record : records) {
        record.timestamp = timestamp;
        if (with_key) record.key = as_bytes("k");
        record.value = as_bytes(text);
    }
    return kafka::build_batch(records, options);
}

ErrorCode verdict_on(ByteView bytes, const BatchRules& rules = usual_rules()) {
    return judge_batch(bytes, rules).code;
}

// Changes a field and renews the checksum, as a client that lies would.
Bytes with_field(Bytes bytes, std::size_t at, auto value) {
    store_be(bytes.data() + at, value);
    const auto append_time = load_be<std::int64_t>(bytes.data() + 35);
    const auto attributes = load_be<std::int16_t>(bytes.data() + 21);
    kafka::set_append_time(bytes, append_time);  // renews the checksum; its mark is taken back
    store_be(bytes.data() + 21, attributes);
    const auto again = kafka::recompress(bytes, Codec::none, 1 << 20);
    return again ? *again : bytes;
}

TEST(BatchRules, take_a_sound_batch_of_every_codec) {
    for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        EXPECT_EQ(verdict_on(batch({.codec = codec})), ErrorCode::none);
}

TEST(BatchRules, take_exactly_one_batch) {
    auto two = batch();
    const auto second = batch();
    EXPECT_EQ(verdict_on({}), ErrorCode::invalid_record);
    two.insert(two.end(), second.begin(), second.end());
    EXPECT_EQ(verdict_on(two), ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_a_damaged_batch_as_corrupt) {
    auto damaged = batch();
    damaged.back() ^= std::byte{1};
    EXPECT_EQ(verdict_on(damaged), ErrorCode::corrupt_message);
}

TEST(BatchRules, refuse_what_is_too_large) {
    auto rules = usual_rules();
    rules.max_batch_bytes = 100;
    EXPECT_EQ(verdict_on(batch(), rules), ErrorCode::message_too_large);
    rules = usual_rules();
    rules.max_inflated_bytes = 50;
    EXPECT_EQ(verdict_on(batch({.codec = Codec::zstd}), rules), ErrorCode::message_too_large);
}

TEST(BatchRules, refuse_control_and_transactional_batches_of_clients) {
    EXPECT_EQ(verdict_on(batch({.control = true})), ErrorCode::invalid_record);
    EXPECT_EQ(
        verdict_on(batch(
            {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0, .transactional = true})),
        ErrorCode::invalid_txn_state);
}

TEST(BatchRules, refuse_a_producer_id_without_a_sequence) {
    EXPECT_EQ(verdict_on(batch({.producer_id = 1, .producer_epoch = 0})),
              ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_counts_that_lie) {
    constexpr std::size_t at_count = 57;
    constexpr std::size_t at_last_offset_delta = 23;
    EXPECT_EQ(verdict_on(with_field(batch(), at_count, std::int32_t{2})),
              ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(with_field(batch(), at_last_offset_delta, std::int32_t{5})),
              ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(with_field(with_field(batch(), at_count, std::int32_t{4}),
                                    at_last_offset_delta, std::int32_t{3})),
              ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_zstd_from_old_producers) {
    auto rules = usual_rules();
    rules.zstd_allowed = false;
    EXPECT_EQ(verdict_on(batch({.codec = Codec::zstd}), rules),
              ErrorCode::unsupported_compression_type);
    EXPECT_EQ(verdict_on(batch({.codec = Codec::lz4}), rules), ErrorCode::none);
}

TEST(BatchRules, name_the_records_whose_time_or_key_is_wrong) {
    auto rules = usual_rules();
    const auto late = judge_batch(batch({}, true, now + 2000), rules);
    EXPECT_EQ(late.code, ErrorCode::invalid_timestamp);
    EXPECT_EQ(late.bad_records, (std::vector<std::int32_t>{0, 1, 2}));
    rules.keys_required = true;
    EXPECT_EQ(judge_batch(batch({}, false), rules).bad_records.size(), 3U);
    EXPECT_EQ(verdict_on(batch(), rules), ErrorCode::none);
}

TEST(BatchRules, recompress_where_the_topic_asks_for_a_codec) {
    auto rules = usual_rules();
    rules.compress_with = Codec::gzip;
    const auto verdict = judge_batch(batch({.codec = Codec::lz4}), rules);
    ASSERT_EQ(verdict.code, ErrorCode::none);
    const auto checked = kafka::check_batch(verdict.replacement, 10'000);
    ASSERT_TRUE(checked.header);
    EXPECT_EQ(checked.header->codec(), Codec::gzip);
    EXPECT_EQ(checked.header->record_count, 3);
    EXPECT_TRUE(judge_batch(batch({.codec = Codec::gzip}), rules).replacement.empty());
}

}  // namespace
}  // namespace leat::broker
