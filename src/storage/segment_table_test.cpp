#include "storage/segment_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/batch_scanner.hpp"
#include "storage/log_jobs.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using testing::HasSubstr;

constexpr int record_count = 9;

/// A log of several segments, three batches each.
class SegmentTableTest : public testing::Test {
protected:
    SegmentTableTest() { log_nothing(); }
    void start(bool compact = false) {
        LogConfig config;
        config.segment_bytes = 300;
        config.index_interval_bytes = 100;
        config.cleanup_compact = compact;
        rig = std::make_unique<LogRig>(disk, config);
        rig->tail_bytes = 1;
        started = rig->start();
    }
    void start_with_records(bool compact = false) {
        start(compact);
        for (int i = 0; i < record_count; ++i) {
            EXPECT_EQ(rig->append(batch_of({std::to_string(i) + "filling filling"})).base_offset,
                      i);
            rig->settle();
        }
        ASSERT_GT(rig->log->segment_count(), 2U);
    }
    void stop() { ASSERT_TRUE(rig->stop().ok()); }
    void lose_power() {
        rig->die();
        disk.crash();
    }
    /// Writes the file of the segment that begins at `base` anew, without the batch of one offset,
    /// by default its second.
    std::unique_ptr<Segment> rewrite(std::int64_t base, const std::string& suffix,
                                     std::optional<std::int64_t> without = {}) {
        auto segment = std::make_unique<Segment>(disk, rig_dir, base);
        const auto old = *disk.open(segment->path(".log"), OpenMode::read);
        const auto file = *disk.open(segment->path(suffix), OpenMode::create);
        BatchScanner scanner{*old, {.end = *old->size()}};
        Bytes kept;
        while (scanner.next() == BatchScanner::Step::batch) {
            if (scanner.header().base_offset == without.value_or(base + 1)) continue;
            segment->add(scanner.header(), kept.size(), 100);
            kept.insert(kept.end(), scanner.bytes().begin(), scanner.bytes().end());
        }
        check(file->truncate(0).ok() && file->write_at(0, kept).ok(), "a rewritten file");
        return segment;
    }
    void make_hole(std::int64_t offset = 1) {
        rewrite(0, ".log.other", offset);
        disk.content(rig_dir + "/" + file_name(0, ".log")) =
            disk.content(rig_dir + "/" + file_name(0, ".log.other"));
    }
    void replace(std::int64_t base = 0) {
        rig->log->replace_segment(rewrite(base, ".log.cleaned"));
        rig->flusher->request(*rig->log);
        rig->settle();
        EXPECT_FALSE(rig->log->is_replacing());
    }
    std::size_t readable() { return rig->values(0).size(); }

    const std::string rig_dir = "data/t-0";
    SimDisk disk;
    std::unique_ptr<LogRig> rig;
    Result<void> started;
};

TEST_F(SegmentTableTest, tells_of_a_replaced_file_after_any_end_of_the_process) {
    start_with_records();
    replace();
    EXPECT_EQ(rig->fetch(1).data.parts.size(), 1U) << "the batch of offset 2";
    EXPECT_EQ(readable(), record_count - 1);
    rig->die();
    disk.kill();
    start();
    EXPECT_EQ(readable(), record_count - 1);
    lose_power();
    start();
    EXPECT_EQ(readable(), record_count - 1);
    stop();
    start();
    EXPECT_EQ(readable(), record_count - 1);
    const auto table = load_segment_table(disk, rig_dir);
    ASSERT_TRUE(table.ok());
    EXPECT_EQ(facts_of(*table, 0).identity, 1U);
    EXPECT_FALSE(facts_of(*table, 0).dense);
    EXPECT_TRUE(facts_of(*table, 3).dense);
}

TEST_F(SegmentTableTest, serves_a_read_that_began_before_the_file_was_replaced) {
    start_with_records();
    const auto read = rig->log->read(1, {.upper_bound = record_count});
    const auto search = rig->log->search_timestamp(1000, record_count);
    ASSERT_TRUE(read.cold);
    replace();
    const auto outcome = read.cold->run(disk);
    ASSERT_EQ(outcome.fault, LogFault::none) << outcome.what;
    EXPECT_EQ(kafka::BatchHeader::read(outcome.data.parts.at(0).bytes)->base_offset, 2)
        << "from the file that is there when it runs, which lacks the record";
    const auto found = search->run(disk);
    ASSERT_TRUE(found.ok()) << found.error().what;
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->offset, 0);
}

TEST_F(SegmentTableTest, is_refused_by_name_when_it_is_damaged) {
    start_with_records();
    replace();
    stop();
    disk.content(path_of_segment_table(rig_dir)).back() = std::byte{'x'};
    start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, Errc::corrupt);
    EXPECT_THAT(started.error().what, HasSubstr(path_of_segment_table(rig_dir)));
}

TEST_F(SegmentTableTest, forgets_the_segments_that_are_gone) {
    start_with_records();
    replace();
    const auto next = rig->log->closed_segments().at(1).base_offset;
    ASSERT_EQ(rig->log->delete_records(next), LogFault::none);
    rig->flusher->save_checkpoints({});
    rig->settle();
    ASSERT_EQ(rig->log->closed_segments().front().base_offset, next);
    replace(next);
    const auto table = load_segment_table(disk, rig_dir);
    ASSERT_TRUE(table.ok());
    EXPECT_EQ(table->size(), 1U);
    EXPECT_EQ(facts_of(*table, next).identity, 1U);
}

TEST_F(SegmentTableTest, makes_a_hole_in_a_segment_of_ours_damage_though_its_topic_is_compacted) {
    start_with_records(true);
    stop();
    make_hole();
    start(true);
    EXPECT_EQ(rig->fetch(1).fault, LogFault::corrupt);
    EXPECT_EQ(rig->fetch(2).fault, LogFault::none);
}

TEST_F(SegmentTableTest,
       knows_of_holes_that_another_broker_made_though_its_topic_is_not_compacted) {
    start_with_records();
    stop();
    make_hole();  // as Apache Kafka compacts, which keeps no table
    start(true);
    EXPECT_EQ(readable(), record_count - 1);
    stop();
    start(false);
    EXPECT_EQ(readable(), record_count - 1);
    EXPECT_EQ(rig->fetch(1).fault, LogFault::none);
}

TEST_F(SegmentTableTest, leads_from_a_hole_at_a_segments_end_to_the_next_segment) {
    start_with_records();
    const auto next = rig->log->closed_segments().at(1).base_offset;
    stop();
    make_hole(next - 1);
    start(true);
    const auto outcome = rig->fetch(next - 1);
    EXPECT_EQ(outcome.fault, LogFault::none);
    EXPECT_EQ(outcome.next_readable, next);
    EXPECT_EQ(readable(), record_count - 1);
}

}  // namespace
}  // namespace leat::storage
