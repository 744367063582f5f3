#include "broker/batch_rules.hpp"

#include <gtest/gtest.h>

#include <random>

#include "kafka/record_batch.hpp"
#include "kafka/varint.hpp"

namespace leat::broker {
namespace {

using kafka::BatchHeader;
using kafka::Codec;
using kafka::ErrorCode;

constexpr TimestampMs now = 1'700'000'000'000;
constexpr std::size_t at_attributes = 21;
constexpr std::size_t at_last_offset_delta = 23;
constexpr std::size_t at_max_timestamp = 35;
constexpr std::size_t at_count = 57;

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

void renew_checksum(Bytes& bytes) {
    kafka::set_attributes_and_max_timestamp(bytes, *BatchHeader::read(bytes));
}

// Changes a field and renews the checksum, as a client that lies would.
Bytes with_field(Bytes bytes, std::size_t at, auto value) {
    store_be(bytes.data() + at, value);
    renew_checksum(bytes);
    return bytes;
}

// A batch of records that are encoded already.
Bytes batch_around(ByteView records, std::int32_t count, Codec codec = Codec::none) {
    auto bytes = batch();
    bytes.resize(kafka::batch_header_size);
    const auto stored = kafka::compress(codec, records);
    bytes.insert(bytes.end(), stored.begin(), stored.end());
    store_be(bytes.data() + 8, static_cast<std::int32_t>(bytes.size() - kafka::batch_prefix_size));
    store_be(bytes.data() + at_attributes, static_cast<std::int16_t>(codec));
    store_be(bytes.data() + at_last_offset_delta, count - 1);
    return with_field(bytes, at_count, count);
}

// One record: attributes, timestamp, offset, key and value of null, then `headers` as they are.
Bytes record_with(ByteView headers, std::int32_t offset_delta = 0) {
    Bytes body{std::byte{0}, std::byte{0}};
    kafka::append_varint(body, offset_delta);
    kafka::append_varint(body, -1);
    kafka::append_varint(body, -1);
    body.insert(body.end(), headers.begin(), headers.end());
    Bytes record;
    kafka::append_varint(record, static_cast<std::int32_t>(body.size()));
    record.insert(record.end(), body.begin(), body.end());
    return record;
}

BatchVerdict judge(Bytes& bytes, const BatchRules& rules = usual_rules()) {
    return judge_batch({bytes, nullptr}, rules);
}
ErrorCode verdict_on(Bytes bytes, const BatchRules& rules = usual_rules()) {
    return judge(bytes, rules).code;
}

TEST(BatchRules, take_a_sound_batch_of_every_codec_as_it_came) {
    for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
        auto bytes = batch({.codec = codec});
        const auto as_it_came = bytes;
        const auto verdict = judge(bytes);
        EXPECT_EQ(verdict.code, ErrorCode::none);
        EXPECT_EQ(bytes, as_it_came);
        EXPECT_EQ(verdict.batch.bytes.data(), bytes.data());
        EXPECT_EQ(verdict.batch.header.size(), bytes.size());
    }
}

TEST(BatchRules, take_exactly_one_batch) {
    auto two = batch();
    const auto second = batch();
    EXPECT_EQ(verdict_on({}), ErrorCode::invalid_record);
    two.insert(two.end(), second.begin(), second.end());
    EXPECT_EQ(verdict_on(two), ErrorCode::invalid_record);
}

TEST(BatchRules, drop_what_is_no_batch_behind_the_first) {
    auto bytes = batch();
    const auto size = bytes.size();
    bytes.insert(bytes.end(), 11, std::byte{7});
    const auto verdict = judge(bytes);
    EXPECT_EQ(verdict.code, ErrorCode::none);
    EXPECT_EQ(verdict.batch.bytes.size(), size);
    const auto half = batch();
    bytes.resize(size);
    bytes.insert(bytes.end(), half.begin(), half.end() - 1);
    EXPECT_EQ(judge(bytes).batch.bytes.size(), size);
    bytes.resize(size);
    bytes.insert(bytes.end(), 20, std::byte{0});  // a length that no batch can have
    EXPECT_EQ(verdict_on(bytes), ErrorCode::corrupt_message);
}

TEST(BatchRules, refuse_a_damaged_batch_as_corrupt) {
    auto damaged = batch();
    damaged.back() ^= std::byte{1};
    EXPECT_EQ(verdict_on(damaged), ErrorCode::corrupt_message);
    EXPECT_EQ(verdict_on(with_field(batch(), 16, std::int8_t{3})), ErrorCode::corrupt_message);
    EXPECT_EQ(verdict_on(with_field(batch(), 16, std::int8_t{1})), ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_what_is_too_large) {
    auto rules = usual_rules();
    rules.max_batch_bytes = 100;
    EXPECT_EQ(verdict_on(batch(), rules), ErrorCode::message_too_large);
    rules = usual_rules();
    rules.max_inflated_bytes = 50;
    EXPECT_EQ(verdict_on(batch({.codec = Codec::zstd}), rules), ErrorCode::message_too_large);
}

TEST(BatchRules, refuse_control_batches_of_clients) {
    EXPECT_EQ(verdict_on(batch({.control = true})), ErrorCode::invalid_record);
}

TEST(BatchRules, know_who_claims_to_write_in_a_transaction) {
    const kafka::BatchOptions options{
        .producer_id = 1, .producer_epoch = 2, .base_sequence = 0, .transactional = true};
    auto bytes = batch(options);
    EXPECT_EQ(transactional_batch(bytes)->producer_id, 1);
    EXPECT_EQ(transactional_batch(bytes)->producer_epoch, 2);
    EXPECT_EQ(verdict_on(bytes), ErrorCode::none);
    EXPECT_FALSE(transactional_batch(batch()).has_value());
    // Whatever else is wrong with it.
    bytes.resize(40);
    store_be(bytes.data() + 8, std::int32_t{28});
    EXPECT_TRUE(transactional_batch(bytes).has_value());
    EXPECT_FALSE(transactional_batch(ByteView{bytes}.first(20)).has_value());
}

TEST(BatchRules, refuse_a_producer_without_a_sequence_or_with_an_impossible_epoch) {
    EXPECT_EQ(verdict_on(batch({.producer_id = 1, .producer_epoch = 0})),
              ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(batch({.producer_id = 1, .producer_epoch = -2, .base_sequence = 0})),
              ErrorCode::invalid_producer_epoch);
    EXPECT_EQ(verdict_on(batch({.producer_id = -7, .producer_epoch = -2, .base_sequence = -5})),
              ErrorCode::none);
}

TEST(BatchRules, refuse_a_base_offset_that_a_client_chose) {
    EXPECT_EQ(verdict_on(batch({.base_offset = 1})), ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_counts_that_lie) {
    EXPECT_EQ(verdict_on(with_field(batch(), at_count, std::int32_t{2})),
              ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(with_field(batch(), at_last_offset_delta, std::int32_t{5})),
              ErrorCode::invalid_record);
    for (const std::int32_t count : {1, 2, 4}) {
        const auto lying = with_field(batch(), at_count, count);
        EXPECT_EQ(verdict_on(with_field(lying, at_last_offset_delta, count - 1)),
                  ErrorCode::invalid_record);
    }
}

TEST(BatchRules, refuse_records_whose_offsets_no_reader_could_follow) {
    const Bytes no_headers{std::byte{0}};
    for (const auto codec : {Codec::none, Codec::lz4}) {
        EXPECT_EQ(verdict_on(batch_around(record_with(no_headers, 0), 1, codec)), ErrorCode::none);
        EXPECT_EQ(verdict_on(batch_around(record_with(no_headers, 1), 1, codec)),
                  ErrorCode::invalid_record);
    }
}

TEST(BatchRules, refuse_headers_that_lie_whatever_the_codec) {
    const auto varints = [](std::initializer_list<std::int32_t> values) {
        Bytes bytes;
        for (const auto value : values) kafka::append_varint(bytes, value);
        return bytes;
    };
    const std::vector<Bytes> lies{
        varints({-1}),           // a negative count
        varints({1}),            // more than there are
        varints({1000}),         // more than there is room for
        varints({1, -1, -1}),    // a name of null
        varints({1, 5, -1}),     // a name beyond the record
        varints({1, 0, 3}),      // a value beyond the record
        varints({0, 0}),         // bytes behind the last, of none
        varints({1, 0, -1, 0}),  // bytes behind the last
    };
    for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
        for (const auto& headers : lies)
            EXPECT_EQ(verdict_on(batch_around(record_with(headers), 1, codec)),
                      ErrorCode::invalid_record);
        EXPECT_EQ(verdict_on(batch_around(record_with(varints({2, 0, -1, 0, 0})), 1, codec)),
                  ErrorCode::none);
    }
}

TEST(BatchRules, refuse_bytes_behind_the_last_record) {
    auto records = record_with(Bytes{std::byte{0}});
    records.push_back(std::byte{0});
    for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        EXPECT_EQ(verdict_on(batch_around(records, 1, codec)), ErrorCode::invalid_record);
}

TEST(BatchRules, refuse_zstd_from_old_producers) {
    auto rules = usual_rules();
    rules.zstd_allowed = false;
    EXPECT_EQ(verdict_on(batch({.codec = Codec::zstd}), rules),
              ErrorCode::unsupported_compression_type);
    EXPECT_EQ(verdict_on(batch({.codec = Codec::lz4}), rules), ErrorCode::none);
}

TEST(BatchRules, set_the_largest_timestamp_from_the_records) {
    for (const TimestampMs lie : {TimestampMs{-1}, TimestampMs{0}, now - 1, now + 1}) {
        auto bytes = with_field(batch(), at_max_timestamp, lie);
        const auto verdict = judge(bytes);
        EXPECT_EQ(verdict.code, ErrorCode::none);
        EXPECT_EQ(verdict.batch.header.max_timestamp, now);
        EXPECT_EQ(bytes, batch());
    }
}

TEST(BatchRules, clear_the_attributes_that_are_not_a_clients_to_set) {
    constexpr std::int16_t append_time = 0x08;
    constexpr std::int16_t delete_horizon = 0x40;
    constexpr std::int16_t unknown = 0x4080;
    for (const auto bits : {append_time, delete_horizon, unknown}) {
        auto bytes = with_field(batch(), at_attributes, bits);
        EXPECT_EQ(judge(bytes).code, ErrorCode::none);
        EXPECT_EQ(bytes, batch());
    }
}

TEST(BatchRules, judge_a_claimed_append_time_and_the_records_own) {
    const auto claiming = [](TimestampMs own, TimestampMs claimed) {
        const auto bytes = with_field(batch({}, true, own), at_attributes, std::int16_t{0x08});
        return with_field(bytes, at_max_timestamp, claimed);
    };
    EXPECT_EQ(verdict_on(claiming(now, now)), ErrorCode::none);
    EXPECT_EQ(verdict_on(claiming(now, now + 2000)), ErrorCode::invalid_timestamp);
    EXPECT_EQ(verdict_on(claiming(now, -1)), ErrorCode::invalid_timestamp);
    EXPECT_EQ(verdict_on(claiming(now + 2000, now)), ErrorCode::invalid_timestamp);
    auto rules = usual_rules();
    rules.log_append_time = true;
    EXPECT_EQ(verdict_on(claiming(now, now), rules), ErrorCode::invalid_timestamp);
    EXPECT_EQ(verdict_on(batch({}, true, now + 2000), rules), ErrorCode::none);
}

TEST(BatchRules, let_a_record_without_a_timestamp_pass) {
    auto rules = usual_rules();
    rules.oldest = now - 1000;
    EXPECT_EQ(verdict_on(batch({}, true, -1), rules), ErrorCode::none);
    EXPECT_EQ(verdict_on(batch({}, true, -2), rules), ErrorCode::invalid_timestamp);
}

TEST(BatchRules, name_the_records_whose_time_or_key_is_wrong) {
    auto rules = usual_rules();
    auto late_bytes = batch({}, true, now + 2000);
    const auto late = judge(late_bytes, rules);
    EXPECT_EQ(late.code, ErrorCode::invalid_timestamp);
    ASSERT_EQ(late.bad_records.size(), 3U);
    EXPECT_EQ(late.bad_records[2].index, 2);
    rules.keys_required = true;
    auto keyless = batch({}, false);
    EXPECT_EQ(judge(keyless, rules).bad_records.size(), 3U);
    EXPECT_EQ(verdict_on(batch(), rules), ErrorCode::none);
}

TEST(BatchRules, say_of_each_refused_record_what_is_wrong_with_it) {
    auto rules = usual_rules();
    rules.keys_required = true;
    std::vector<kafka::NewRecord> records(4);
    for (auto& record : records) record.timestamp = now;
    records[0].key = records[2].key = as_bytes("k");
    records[2].timestamp = now + 2000;
    const auto mixed = [&] { return kafka::build_batch(records); };
    auto bytes = mixed();
    auto verdict = judge(bytes, rules);
    EXPECT_EQ(verdict.code, ErrorCode::invalid_timestamp) << "which goes before any other";
    ASSERT_EQ(verdict.bad_records.size(), 3U);
    EXPECT_EQ(verdict.bad_records[0].index, 1);
    EXPECT_EQ(verdict.bad_records[0].message, "Compacted topic cannot accept message without key.");
    EXPECT_EQ(verdict.bad_records[1].index, 2);
    EXPECT_EQ(verdict.bad_records[1].message,
              "Timestamp 1700000002000 is out of range. It should be "
              "within [0, 1700000001000].");
    EXPECT_EQ(verdict.bad_records[2].index, 3);
    rules.log_append_time = true;
    bytes = mixed();
    verdict = judge(bytes, rules);
    EXPECT_EQ(verdict.code, ErrorCode::invalid_record);
    EXPECT_EQ(verdict.bad_records.size(), 2U);
}

TEST(BatchRules, set_the_largest_timestamp_even_where_the_log_is_about_to_set_its_own) {
    auto rules = usual_rules();
    rules.log_append_time = true;  // until the topic is told otherwise, before the append
    auto bytes = with_field(batch(), at_max_timestamp, now + 5000);
    EXPECT_EQ(judge(bytes, rules).batch.header.max_timestamp, now);
    EXPECT_EQ(bytes, batch());
}

TEST(BatchRules, take_times_up_to_the_limits_and_none_beyond) {
    auto rules = usual_rules();
    rules.oldest = now - 1000;
    for (const auto codec : {Codec::none, Codec::zstd}) {
        for (const auto inside : {now - 1000, now + 1000})
            EXPECT_EQ(verdict_on(batch({.codec = codec}, true, inside), rules), ErrorCode::none);
        for (const auto outside : {now - 1001, now + 1001})
            EXPECT_EQ(verdict_on(batch({.codec = codec}, true, outside), rules),
                      ErrorCode::invalid_timestamp);
    }
}

TEST(BatchRules, judge_at_once_what_keeps_nobody_waiting) {
    const auto at_once = [](Bytes bytes, const BatchRules& rules) {
        return judge_at_once({bytes, nullptr}, rules);
    };
    auto rules = usual_rules();
    rules.max_batch_bytes = rules.max_inflated_bytes = 10'000'000;
    for (const auto codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        EXPECT_EQ(at_once(batch({.codec = codec}), rules)->code, ErrorCode::none);
    const auto zeros = record_with(Bytes{std::byte{0}});
    Bytes bomb;
    while (bomb.size() < 300'000) bomb.insert(bomb.end(), zeros.begin(), zeros.end());
    EXPECT_FALSE(at_once(batch_around(bomb, 1, Codec::zstd), rules)) << "it inflates";
    EXPECT_TRUE(at_once(batch_around(bomb, 1, Codec::none), rules)) << "it is read as it is";
    std::mt19937 random{1};
    Bytes dense(40'000);
    for (auto& byte : dense) byte = static_cast<std::byte>(random());
    EXPECT_FALSE(at_once(batch_around(dense, 1, Codec::snappy), rules)) << "it is large";
    rules.max_inflated_bytes = 1000;
    EXPECT_EQ(at_once(batch_around(bomb, 1, Codec::zstd), rules)->code,
              ErrorCode::message_too_large)
        << "it is not taken, however long one looks";
    rules.compress_with = {Codec::gzip};
    EXPECT_TRUE(at_once(batch({.codec = Codec::gzip}), rules));
    EXPECT_FALSE(at_once(batch({.codec = Codec::none}), rules));
}

TEST(BatchRules, recompress_at_the_level_that_the_topic_asks_for) {
    auto rules = usual_rules();
    const auto size_at = [&](Codec codec, std::optional<int> level) {
        std::string text;
        for (int i = 0; i < 3000; ++i) text += std::to_string(i * 7919 % 1000);
        kafka::NewRecord record{.timestamp = now, .key = as_bytes("k"), .value = as_bytes(text)};
        auto bytes = kafka::build_batch({&record, 1});
        rules.compress_with = {codec, level};
        const auto verdict = judge(bytes, rules);
        EXPECT_EQ(verdict.code, ErrorCode::none) << verdict.message;
        return verdict.batch.bytes.size();
    };
    rules.max_batch_bytes = 100'000;
    EXPECT_GT(size_at(Codec::gzip, 1), size_at(Codec::gzip, 9));
    EXPECT_GT(size_at(Codec::lz4, 9), size_at(Codec::lz4, 12));
    EXPECT_GT(size_at(Codec::zstd, -50), size_at(Codec::zstd, 3));
    EXPECT_EQ(size_at(Codec::zstd, std::nullopt), size_at(Codec::zstd, 3));
}

TEST(BatchRules, leave_a_batch_of_the_topics_codec_at_the_level_at_which_it_came) {
    auto rules = usual_rules();
    rules.compress_with = {Codec::gzip, 9};
    auto bytes = batch({.codec = Codec::gzip, .compression_level = 1});
    EXPECT_EQ(judge(bytes, rules).batch.bytes.data(), bytes.data());
}

TEST(BatchRules, recompress_where_the_topic_asks_for_a_codec) {
    auto rules = usual_rules();
    rules.compress_with = {Codec::gzip};
    auto lz4 =
        batch({.codec = Codec::lz4, .producer_id = 5, .producer_epoch = 1, .base_sequence = 9});
    const auto verdict = judge(lz4, rules);
    ASSERT_EQ(verdict.code, ErrorCode::none);
    const auto checked = kafka::check_batch(verdict.batch.bytes, 10'000);
    ASSERT_TRUE(checked.header);
    EXPECT_EQ(checked.header->codec(), Codec::gzip);
    EXPECT_EQ(checked.header->record_count, 3);
    EXPECT_EQ(checked.header->producer_id, 5);
    EXPECT_EQ(checked.header->producer_epoch, 1);
    EXPECT_EQ(checked.header->base_sequence, 9);
    EXPECT_EQ(verdict.batch.header.crc, checked.header->crc);
    auto gzip = batch({.codec = Codec::gzip});
    EXPECT_EQ(judge(gzip, rules).batch.bytes.data(), gzip.data());
}

TEST(BatchRules, recompress_nothing_that_kafka_cannot) {
    auto rules = usual_rules();
    rules.oldest = -1000;
    rules.compress_with = {Codec::gzip};
    EXPECT_EQ(verdict_on(batch({}, true, -1), rules), ErrorCode::none);
    EXPECT_EQ(verdict_on(batch({}, true, -2), rules), ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(batch({.producer_id = 4, .base_sequence = 0}), rules),
              ErrorCode::invalid_record);
    EXPECT_EQ(verdict_on(batch({.producer_id = -2, .producer_epoch = 0}), rules),
              ErrorCode::invalid_record);
    rules.compress_with.reset();
    EXPECT_EQ(verdict_on(batch({}, true, -2), rules), ErrorCode::none);
    EXPECT_EQ(verdict_on(batch({.producer_id = 4, .base_sequence = 0}), rules), ErrorCode::none);
}

TEST(BatchRules, judge_a_batch_that_is_shorter_than_its_header_by_what_it_has) {
    auto stub = batch();
    stub.resize(40);
    store_be(stub.data() + 8, std::int32_t{28});
    EXPECT_EQ(verdict_on(stub), ErrorCode::corrupt_message);
    stub[0] = std::byte{1};
    EXPECT_EQ(verdict_on(stub), ErrorCode::invalid_record);
}

TEST(BatchRules, number_the_records_anew_where_they_are_recompressed) {
    auto rules = usual_rules();
    rules.compress_with = {Codec::gzip};
    auto bytes = batch_around(record_with(Bytes{std::byte{0}}, 7), 1);
    const auto verdict = judge(bytes, rules);
    ASSERT_EQ(verdict.code, ErrorCode::none);
    (void)kafka::for_each_record(verdict.batch.bytes, 1 << 20, [](const auto& record) {
        EXPECT_EQ(record.offset, 0);
        return true;
    });
}

TEST(BatchRules, refuse_what_is_too_large_only_when_recompressed) {
    auto rules = usual_rules();
    rules.compress_with = {Codec::none};
    rules.max_batch_bytes = 200;
    EXPECT_EQ(verdict_on(batch({.codec = Codec::zstd}), rules), ErrorCode::message_too_large);
}

}  // namespace
}  // namespace leat::broker
