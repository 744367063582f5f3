#include "kafka/record_batch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace leat::kafka {
namespace {

std::vector<NewRecord> some_records(std::size_t count) {
    static const std::string text(300, 'x');
    std::vector<NewRecord> records;
    for (std::size_t i = 0; i < count; ++i) {
        NewRecord record;
        record.timestamp = 1'700'000'000'000 + static_cast<TimestampMs>(i);
        if (i % 3 != 0) record.key = as_bytes(std::string_view{text}.substr(0, i % 20));
        if (i % 5 != 0) record.value = as_bytes(text);
        if (i % 2 == 0) record.headers = {{"trace", to_bytes("abc")}, {"null", std::nullopt}};
        records.push_back(record);
    }
    return records;
}

std::optional<Bytes> owned(const std::optional<ByteView>& view) {
    if (!view) return std::nullopt;
    return Bytes{view->begin(), view->end()};
}

class EveryCodec : public testing::TestWithParam<Codec> {};

TEST_P(EveryCodec, gives_back_the_records_that_were_built) {
    const auto records = some_records(100);
    const auto batch = build_batch(records, {.base_offset = 500, .codec = GetParam()});
    ASSERT_TRUE(check_batch(batch, batch.size()).header);
    std::size_t i = 0;
    const auto visited = for_each_record(batch, 1 << 20, [&](const RecordView& r) {
        EXPECT_EQ(r.offset, 500 + static_cast<std::int64_t>(i));
        EXPECT_EQ(r.timestamp, records[i].timestamp);
        EXPECT_EQ(owned(r.key), owned(records[i].key));
        EXPECT_EQ(owned(r.value), owned(records[i].value));
        EXPECT_EQ(*decode_headers(r), records[i].headers);
        ++i;
        return true;
    });
    EXPECT_TRUE(visited.ok());
    EXPECT_EQ(i, records.size());
}

TEST_P(EveryCodec, refuses_every_truncation_of_the_records) {
    const auto batch = build_batch(some_records(20), {.codec = GetParam()});
    for (std::size_t size = 0; size < batch.size(); ++size) {
        EXPECT_FALSE(check_batch({batch.data(), size}, 1 << 20).header) << size;
        if (size <= batch_header_size) continue;
        Bytes cut{batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(size)};
        store_be(cut.data() + 8, static_cast<std::int32_t>(size - batch_prefix_size));
        EXPECT_FALSE(for_each_record(cut, 1 << 20, [](const auto&) { return true; }).ok()) << size;
    }
}

TEST_P(EveryCodec, stops_inflating_at_the_limit) {
    const std::string zeros(4 << 20, '\0');
    NewRecord record;
    record.value = as_bytes(zeros);
    const auto batch = build_batch({&record, 1}, {.codec = GetParam()});
    const auto result = for_each_record(batch, 1 << 20, [](const auto&) { return true; });
    if (GetParam() == Codec::none) return;  // nothing inflates: the batch's own size is its limit
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Errc::too_large);
}

TEST_P(EveryCodec, survives_random_damage) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random{seed};
    const auto batch = build_batch(some_records(30), {.codec = GetParam()});
    for (int round = 0; round < 2000; ++round) {
        auto damaged = batch;
        for (auto n = 1 + random() % 4; n > 0; --n)
            damaged[batch_header_size + random() % (damaged.size() - batch_header_size)] =
                static_cast<std::byte>(random());
        (void)for_each_record(damaged, 1 << 20, [](const RecordView& r) {
            (void)decode_headers(r);
            return true;
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Batch, EveryCodec,
                         testing::Values(Codec::none, Codec::gzip, Codec::snappy, Codec::lz4,
                                         Codec::zstd),
                         [](const auto& test) { return std::string{name_of(test.param)}; });

TEST(Batch, finds_every_flipped_bit_behind_the_checksum) {
    const auto batch = build_batch(some_records(3));
    for (std::size_t bit = std::size_t{17} * 8; bit < batch.size() * 8; ++bit) {
        auto damaged = batch;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        EXPECT_FALSE(check_batch(damaged, 1 << 20).header) << "bit " << bit;
    }
}

TEST(Batch, keeps_its_checksum_when_offset_and_epoch_are_patched) {
    auto batch = build_batch(some_records(3));
    set_base_offset(batch, 77);
    set_leader_epoch(batch, 9);
    const auto checked = check_batch(batch, 1 << 20);
    ASSERT_TRUE(checked.header);
    EXPECT_EQ(checked.header->base_offset, 77);
    EXPECT_EQ(checked.header->leader_epoch, 9);
}

TEST(Batch, renews_its_checksum_for_log_append_time) {
    auto batch = build_batch(some_records(3));
    set_append_time(batch, 1234);
    ASSERT_TRUE(check_batch(batch, 1 << 20).header);
    (void)for_each_record(batch, 1 << 20, [](const RecordView& r) {
        EXPECT_EQ(r.timestamp, 1234);
        return true;
    });
}

TEST(Batch, wraps_the_sequence_after_its_largest) {
    BatchHeader header;
    header.base_sequence = 2147483646;
    header.last_offset_delta = 3;
    EXPECT_EQ(header.last_sequence(), 1);
}

TEST(Batch, refuses_a_count_beyond_its_bytes_before_reading_a_record) {
    auto batch = build_batch(some_records(3));
    store_be(batch.data() + 57, std::int32_t{2'000'000'000});
    EXPECT_FALSE(for_each_record(batch, 1 << 20, [](const auto&) { return true; }).ok());
}

TEST(RecordBatch, without_some_of_its_records_is_otherwise_what_it_was) {
    for (const auto codec : {Codec::none, Codec::gzip, Codec::zstd}) {
        std::vector<NewRecord> wanted;
        for (const auto* text : {"a", "b", "c", "d"})
            wanted.push_back({1000 + static_cast<TimestampMs>(wanted.size()),
                              as_bytes(text),
                              as_bytes(text),
                              {{"name", to_bytes(text)}}});
        BatchOptions options;
        options.base_offset = 70;
        options.codec = codec;
        options.producer_id = 9;
        options.producer_epoch = 3;
        options.base_sequence = 5;
        options.leader_epoch = 2;
        options.transactional = true;
        const auto batch = build_batch(wanted, options);
        const auto header = *BatchHeader::read(batch);
        const auto records = records_of(batch, header, 1 << 20);
        ASSERT_TRUE(records.ok());
        const auto kept = retain_records(
            header, *records, [](const RecordView& r) { return r.offset % 2 == 1; }, 5000);
        ASSERT_TRUE(kept.ok());
        const auto after = check_batch(*kept, kept->size()).header;
        ASSERT_TRUE(after.has_value());
        EXPECT_EQ(after->delete_horizon(), 5000);
        EXPECT_EQ(after->max_timestamp, 1003);
        EXPECT_EQ(after->record_count, 2);
        EXPECT_EQ(after->codec(), codec);
        EXPECT_EQ(after->last_offset(), header.last_offset());
        EXPECT_EQ(after->last_sequence(), header.last_sequence());
        EXPECT_EQ(after->producer_id, 9);
        EXPECT_EQ(after->producer_epoch, 3);
        EXPECT_EQ(after->leader_epoch, 2);
        EXPECT_TRUE(after->is_transactional());
        std::string found;
        EXPECT_TRUE(for_each_record(*kept, 1 << 20, [&](const RecordView& record) {
                        found += std::to_string(record.offset) + std::string{as_text(*record.key)};
                        EXPECT_EQ(record.timestamp, 1000 + record.offset - 70);
                        EXPECT_EQ(decode_headers(record)->at(0).value,
                                  to_bytes(as_text(*record.key)));
                        return true;
                    }).ok());
        EXPECT_EQ(found, "71b73d");
        const auto empty = without_records(*after);
        const auto left = check_batch(empty, empty.size()).header;
        ASSERT_TRUE(left.has_value());
        EXPECT_EQ(empty.size(), batch_header_size);
        EXPECT_EQ(left->last_offset(), header.last_offset());
        EXPECT_EQ(left->last_sequence(), header.last_sequence());
        EXPECT_FALSE(left->delete_horizon().has_value());
        EXPECT_TRUE(for_each_record(empty, 1 << 20, [](const auto&) { return false; }).ok());
    }
}

}  // namespace
}  // namespace leat::kafka
