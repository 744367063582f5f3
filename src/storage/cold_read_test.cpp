// Reads that need a file: what may stay in it, and what has to be read and checked.
#include "storage/cold_read.hpp"

#include <gtest/gtest.h>

#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

/// A log whose reader lets any bytes stay in the file, and which keeps none in memory.
class InFile : public testing::Test {
protected:
    InFile() {
        LogConfig config;
        config.segment_bytes = 4000;
        config.index_interval_bytes = 100;
        rig.emplace(disk, config);
        rig->tail_bytes = 0;
        rig->in_file_from = 1;
        EXPECT_TRUE(rig->start().ok());
        for (int i = 0; i < 100; ++i) append(std::string(100, 'a') + std::to_string(i));
        rig->settle();
    }
    ~InFile() override { rig->die(); }

    void append(const std::string& value) {
        auto batch = batch_of({value});
        rig->append(batch);
    }
    void restart() {
        ASSERT_TRUE(rig->stop().ok());
        ASSERT_TRUE(rig->start().ok());
    }
    static Bytes bytes_of(const ReadData& data) {
        Bytes all;
        for (const auto& part : data.parts)
            all.insert(all.end(), part.bytes.begin(), part.bytes.end());
        if (data.file) all = content_of(*data.file);
        return all;
    }
    /// The offsets from `offset` on, as a reader sees them; "damaged" at the first batch that is.
    static std::vector<std::int64_t> offsets_in(const ReadData& data) {
        const auto bytes = bytes_of(data);
        EXPECT_EQ(bytes.size(), data.bytes);
        std::vector<std::int64_t> offsets;
        for (ByteView rest = bytes; !rest.empty();) {
            const auto header = kafka::check_batch(rest, rest.size()).header;
            EXPECT_TRUE(header) << "not a whole batch, behind " << offsets.size();
            if (!header) break;
            offsets.push_back(header->base_offset);
            rest = rest.subspan(header->size());
        }
        return offsets;
    }

    SimDisk disk{1};
    std::optional<LogRig> rig;
};

TEST_F(InFile, leaves_what_this_process_wrote_where_it_is) {
    const auto& active = rig->log->log_start();
    EXPECT_EQ(active, 0);
    const auto last = rig->log->end_offset() - 3;
    const auto outcome = rig->fetch(last);
    ASSERT_EQ(outcome.fault, LogFault::none);
    ASSERT_TRUE(outcome.data.file);
    EXPECT_EQ(offsets_in(outcome.data), (std::vector<std::int64_t>{last, last + 1, last + 2}));
}

TEST_F(InFile, opens_a_closed_segment_once_and_then_sends_from_it) {
    const auto open = disk.open_files();
    EXPECT_FALSE(rig->fetch(0).data.file) << "what is opened by its name is read first";
    const auto outcome = rig->fetch(0);
    ASSERT_TRUE(outcome.data.file);
    EXPECT_EQ(offsets_in(outcome.data).front(), 0);
    EXPECT_LE(disk.open_files(), open + 2) << "the log and its index";
}

TEST_F(InFile, brings_the_same_batches_from_the_file_as_from_memory) {
    for (std::int64_t offset = 0; offset < rig->log->end_offset(); ++offset)
        for (const std::size_t most : {1U, 170U, 500U, 1000U, 100'000U}) {
            rig->fetch(offset, most);
            const auto stayed = rig->fetch(offset, most);
            ASSERT_TRUE(stayed.data.file) << offset;
            disk.set_in_memory(false);
            const auto read = rig->fetch(offset, most);
            disk.set_in_memory(true);
            ASSERT_FALSE(read.data.file);
            const auto offsets = offsets_in(stayed.data);
            EXPECT_EQ(offsets, offsets_in(read.data)) << offset << " " << most;
            EXPECT_EQ(offsets.front(), offset);
            EXPECT_LE(stayed.data.bytes, std::max<std::size_t>(most, 200));
        }
}

TEST_F(InFile, is_not_cut_short_by_an_index_with_few_entries) {
    rig->die();
    LogConfig config;
    config.index_interval_bytes = 1'000'000;
    SimDisk other{2};
    rig.emplace(other, config);
    rig->tail_bytes = 0;
    rig->in_file_from = 1;
    ASSERT_TRUE(rig->start().ok());
    for (int i = 0; i < 500; ++i) append(std::string(100, 'a') + std::to_string(i));
    rig->settle();
    constexpr std::size_t most = 60'000;
    const auto outcome = rig->fetch(0, most);
    EXPECT_GT(outcome.data.bytes, most - 200);
    EXPECT_EQ(offsets_in(outcome.data).front(), 0);
    rig->die();
}

TEST_F(InFile, stops_at_the_upper_bound) {
    for (std::int64_t bound = 1; bound < rig->log->end_offset(); ++bound) {
        const auto offset = std::max<std::int64_t>(0, bound - 7);
        for (int i = 0; i < 2; ++i) {
            auto read = rig->log->read(
                offset, {.upper_bound = bound, .max_bytes = 2000, .in_file_from = 1});
            ASSERT_TRUE(read.cold);
            const auto cold = read.cold->run(disk);
            rig->log->learn(cold.learned);
            const auto offsets = offsets_in(cold.data);
            ASSERT_FALSE(offsets.empty());
            EXPECT_LT(offsets.back(), bound);
        }
    }
}

TEST_F(InFile, checks_after_a_start_what_it_sends_for_the_first_time) {
    restart();
    EXPECT_FALSE(rig->fetch(0, 500).data.file);
    const auto sound = rig->fetch(0, 100'000);
    ASSERT_TRUE(sound.data.file) << "as far as it was checked";
    const auto next = offsets_in(sound.data).back() + 1;
    ASSERT_LT(sound.data.bytes, 1000U);

    disk.corrupt(rig->log->closed_segments().front().path, 3000, std::byte{1});
    const auto checked = rig->fetch(next, 100'000);
    EXPECT_FALSE(checked.data.file);
    EXPECT_EQ(offsets_in(checked.data).front(), next);
    const auto damaged = offsets_in(checked.data).back() + 1;
    EXPECT_EQ(rig->fetch(damaged).fault, LogFault::corrupt);
    EXPECT_TRUE(rig->fetch(damaged - 1).data.file);
}

TEST_F(InFile, reads_what_the_operating_system_does_not_have) {
    disk.set_in_memory(false);
    for (int i = 0; i < 2; ++i) {
        const auto outcome = rig->fetch(0);
        EXPECT_FALSE(outcome.data.file);
        EXPECT_FALSE(outcome.data.parts.empty());
    }
}

TEST_F(InFile, closes_the_files_of_a_segment_that_is_deleted) {
    rig->fetch(0);
    rig->fetch(0);
    const auto open = disk.open_files();
    ASSERT_EQ(rig->log->delete_records(rig->log->end_offset()), LogFault::none);
    rig->flusher->save_checkpoints({});
    rig->settle();
    EXPECT_EQ(disk.open_files(), open - 2);
}

TEST(OpenFiles, close_those_of_the_segment_that_was_read_longest_ago) {
    SimDisk disk;
    ASSERT_TRUE(disk.make_dir("d").ok());
    const auto file = [&](const char* name) { return *disk.open(name, OpenMode::create); };
    OpenFiles files{2};
    OpenFiles::Seat a;
    OpenFiles::Seat b;
    files.keep(a, file("d/a"), nullptr);
    {
        OpenFiles::Seat gone;
        files.keep(gone, file("d/gone"), nullptr);
    }
    files.keep(b, file("d/b"), file("d/index"));
    EXPECT_EQ(disk.open_files(), 3);
    files.keep(a, a.log(), nullptr);
    OpenFiles::Seat c;
    files.keep(c, file("d/c"), nullptr);
    EXPECT_TRUE(a.log());
    EXPECT_FALSE(b.log());
    EXPECT_EQ(disk.open_files(), 2);
}

TEST(ByteRanges, join_what_touches_and_know_where_it_ends) {
    ByteRanges ranges;
    ranges.add(10, 20);
    ranges.add(30, 40);
    EXPECT_EQ(ranges.end_from(9), 9U);
    EXPECT_EQ(ranges.end_from(10), 20U);
    EXPECT_EQ(ranges.end_from(20), 20U);
    ranges.add(20, 30);
    EXPECT_EQ(ranges.end_from(10), 40U);
    ranges.add(5, 50);
    EXPECT_EQ(ranges.end_from(5), 50U);
    ranges.add(7, 7);
    EXPECT_EQ(ranges.end_from(50), 50U);
}

TEST(ByteRanges, forget_the_smallest_of_too_many) {
    ByteRanges ranges;
    ranges.add(0, 1);
    for (std::uint64_t i = 1; i < 40; ++i) ranges.add(i * 100, i * 100 + 10 + i);
    EXPECT_EQ(ranges.end_from(0), 0U);
    EXPECT_EQ(ranges.end_from(3900), 3949U);
}

}  // namespace
}  // namespace leat::storage
