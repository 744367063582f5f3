// The tests' own reader of batches agrees with the product's writer, and finds every damage.
#include "batch_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_batches.hpp"

namespace leat::crash {
namespace {

using testing::HasSubstr;

TEST(BatchReader, reads_what_was_written_under_every_codec) {
    const auto records = some_records();
    for (int codec = 0; codec <= 4; ++codec) {
        const auto run = read_batches(batch_of(70, records, *kafka::codec_of(codec)));
        EXPECT_EQ(run.fault, "");
        ASSERT_EQ(run.records.size(), records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(run.records[i].offset, 70 + static_cast<std::int64_t>(i));
            EXPECT_EQ(fingerprint(run.records[i].record), fingerprint(records[i]));
        }
    }
}

TEST(BatchReader, finds_every_flipped_bit_behind_the_checksum) {
    const auto good = batch_of(0, some_records());
    for (std::size_t byte = 21; byte < good.size(); ++byte) {
        auto bad = good;
        bad[byte] = static_cast<char>(bad[byte] ^ (1 << (byte % 8)));
        ASSERT_THAT(read_batches(bad).fault, HasSubstr("checksum")) << byte;
    }
}

TEST(BatchReader, keeps_whole_batches_in_front_of_a_cut_one) {
    const auto first = batch_of(0, some_records());
    const auto both = first + batch_of(50, some_records());
    for (std::size_t cut = first.size() + 1; cut < both.size(); cut += 13) {
        const auto run = read_batches(std::string_view{both}.substr(0, cut));
        EXPECT_EQ(run.whole, first.size());
        EXPECT_EQ(run.records.size(), 50U);
        EXPECT_THAT(run.fault, HasSubstr("cut"));
    }
}

TEST(Fingerprint, differs_when_any_part_of_a_record_does) {
    const auto record = some_records()[10];
    auto other = record;
    other.timestamp += 1;
    EXPECT_NE(fingerprint(other), fingerprint(record));
    other = record;
    other.key = record.key.value_or("") + "x";
    EXPECT_NE(fingerprint(other), fingerprint(record));
    other = record;
    other.value = record.value.value_or("") + "x";
    EXPECT_NE(fingerprint(other), fingerprint(record));
    other = record;
    other.headers.emplace_back("more", std::nullopt);
    EXPECT_NE(fingerprint(other), fingerprint(record));
    other = record;
    other.headers.back().second = std::nullopt;
    EXPECT_NE(fingerprint(other), fingerprint(record));
    EXPECT_EQ(fingerprint(record).substr(0, 6), "p3-10.");
}

}  // namespace
}  // namespace leat::crash
