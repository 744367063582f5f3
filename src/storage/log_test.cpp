#include "storage/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/log_jobs.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LogConfig small_segments() {
    LogConfig config;
    config.segment_bytes = 300;
    config.index_interval_bytes = 100;
    config.file_delete_delay_ms = 0;
    return config;
}

class LogTest : public testing::Test {
protected:
    void start(LogConfig config = {}) {
        rig = std::make_unique<LogRig>(disk, config);
        start_again();
    }
    void start_again() {
        const auto started = rig->start();
        if (!started.ok()) GTEST_FAIL() << started.error().what;
    }
    std::int64_t append(const std::vector<std::string>& values, TimestampMs at = 1000) {
        const auto outcome = rig->append(batch_of(values, at));
        EXPECT_EQ(outcome.fault, LogFault::none) << outcome.what;
        return outcome.base_offset;
    }
    void append_synced(const std::vector<std::string>& values, TimestampMs at = 1000) {
        append(values, at);
        rig->settle();
    }
    void restart() {
        ASSERT_TRUE(rig->stop().ok());
        start_again();
    }
    void kill_and_start() {
        rig->die();
        disk.kill();
        start_again();
    }

    SimDisk disk;
    std::unique_ptr<LogRig> rig;
};

TEST_F(LogTest, has_no_folder_before_its_first_batch_and_none_is_made_without_room) {
    start();
    const auto changes = disk.changes();
    EXPECT_FALSE(rig->log->has_folder());
    EXPECT_FALSE(rig->log->is_dirty());
    EXPECT_FALSE(rig->log->needs_save());
    EXPECT_EQ(rig->log->leader_epoch(), 0);
    EXPECT_EQ(rig->fetch(0).fault, LogFault::none);
    restart();
    EXPECT_FALSE(disk.info("data/t-0").ok());
    EXPECT_GT(disk.changes(), changes) << "of the data directory itself";
    disk.set_full(true);
    EXPECT_EQ(rig->append(batch_of({"a"})).fault, LogFault::no_space);
    disk.set_full(false);
    EXPECT_EQ(rig->append(batch_of({"a"})).fault, LogFault::none);
    EXPECT_TRUE(rig->log->has_folder());
    rig->settle();
    rig->die();
    disk.crash();
    ASSERT_TRUE(rig->start().ok());
    EXPECT_EQ(rig->values(0), std::vector<std::string>{"a"});
}

TEST_F(LogTest, gives_batches_consecutive_offsets) {
    start();
    EXPECT_EQ(append({"a", "b"}), 0);
    EXPECT_EQ(append({"c"}), 2);
    EXPECT_EQ(rig->log->end_offset(), 3);
}

TEST_F(LogTest, moves_the_high_watermark_only_when_a_sync_is_finished) {
    start();
    append({"a"});
    EXPECT_EQ(rig->log->high_watermark(), 0);
    append({"b"});
    rig->pool.run_one();
    EXPECT_EQ(rig->log->high_watermark(), 1);  // "b" came after the first sync began
    rig->settle();
    EXPECT_EQ(rig->log->high_watermark(), 2);
}

TEST_F(LogTest, shares_one_sync_among_all_that_were_appended_while_another_ran) {
    start();
    for (int i = 0; i < 10; ++i) append({"x"});
    rig->settle();
    EXPECT_EQ(rig->flusher->syncs(), 2U);
    EXPECT_EQ(rig->log->high_watermark(), 10);
}

TEST_F(LogTest, lets_the_high_watermark_follow_the_end_in_page_cache_mode) {
    LogConfig config;
    config.durability = Durability::page_cache;
    start(config);
    append({"a"});
    EXPECT_EQ(rig->log->high_watermark(), 1);
    EXPECT_EQ(rig->log->recovery_point(), 0);
    EXPECT_EQ(rig->pool.waiting(), 0U);
}

TEST_F(LogTest, is_synced_for_a_checkpoint_in_page_cache_mode_but_not_twice_in_a_burst) {
    LogConfig config;
    config.durability = Durability::page_cache;
    config.checkpoint_bytes = 100;
    start(config);
    rig->clock.advance(std::chrono::milliseconds{config.checkpoint_ms});
    append_synced({std::string(200, 'x')});
    EXPECT_EQ(rig->log->recovery_point(), 1);
    append_synced({std::string(200, 'x')});
    EXPECT_EQ(rig->log->recovery_point(), 1);
    rig->clock.advance(std::chrono::milliseconds{config.checkpoint_ms});
    rig->flusher->tick();
    rig->settle();
    EXPECT_EQ(rig->log->recovery_point(), 2);
}

TEST_F(LogTest, holds_the_high_watermark_for_flush_messages) {
    LogConfig config;
    config.durability = Durability::page_cache;
    config.flush_messages = 2;
    start(config);
    append({"a"});
    EXPECT_EQ(rig->log->high_watermark(), 1);
    append({"b"});
    EXPECT_EQ(rig->log->high_watermark(), 1);
    rig->settle();
    EXPECT_EQ(rig->log->high_watermark(), 2);
}

TEST_F(LogTest, returns_the_whole_batch_that_holds_the_offset) {
    start();
    append({"a", "b", "c"});
    append_synced({"d"});
    EXPECT_THAT(rig->values(1), ElementsAre("b", "c", "d"));
    EXPECT_EQ(rig->fetch(1).data.bytes, rig->fetch(0).data.bytes);
    EXPECT_EQ(rig->fetch(1, 1).data.parts.size(), 1U);
}

TEST_F(LogTest, serves_the_tail_from_memory_and_the_rest_from_disk_alike) {
    start(small_segments());
    std::vector<std::string> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back("value " + std::to_string(i));
        append_synced({all.back()});
    }
    EXPECT_EQ(rig->values(0), all);
    restart();
    EXPECT_GT(rig->log->segment_count(), 5U);
    EXPECT_EQ(rig->values(0), all);
    for (int i = 0; i < 40; ++i) EXPECT_EQ(rig->values(i).size(), 40U - i);
}

TEST_F(LogTest, rolls_no_faster_than_it_is_synced_since_each_unsynced_segment_holds_a_file_open) {
    start(small_segments());
    std::vector<std::string> all;
    const auto append_some = [&] {
        for (int i = 0; i < 40; ++i) {
            all.push_back("value " + std::to_string(i));
            append({all.back()});
        }
    };
    append_some();
    EXPECT_EQ(rig->log->segment_count(), 4U);
    rig->settle();
    append_some();
    EXPECT_EQ(rig->log->segment_count(), 8U);
    rig->settle();
    EXPECT_EQ(rig->values(0), all);
    restart();
    EXPECT_EQ(rig->values(0), all);
}

TEST_F(LogTest, keeps_the_memory_of_the_tail_within_the_budget) {
    rig = std::make_unique<LogRig>(disk);
    rig->tail_bytes = 20'000;
    ASSERT_TRUE(rig->start().ok());
    for (int i = 0; i < 100; ++i) append_synced({std::string(5000, 'x')});
    EXPECT_LE(rig->data_dir->tail().used(), 20'000U);
    EXPECT_EQ(rig->values(0).size(), 100U);
}

TEST_F(LogTest, says_that_an_offset_is_out_of_range) {
    start();
    append_synced({"a"});
    EXPECT_EQ(rig->log->read(2, {}).fault, LogFault::offset_out_of_range);
    EXPECT_EQ(rig->log->read(-1, {}).fault, LogFault::offset_out_of_range);
    EXPECT_EQ(rig->log->read(1, {.upper_bound = 1}).fault, LogFault::none);
    EXPECT_THAT(rig->values(1), IsEmpty());
}

TEST_F(LogTest, has_everything_after_a_clean_restart_without_scanning) {
    start();
    append_synced({"a"});
    append({"b"});
    restart();
    EXPECT_FALSE(rig->log->open_report().unclean);
    EXPECT_EQ(rig->log->leader_epoch(), 0);
    EXPECT_THAT(rig->values(0), ElementsAre("a", "b"));
}

TEST_F(LogTest, has_everything_after_a_kill_and_begins_a_new_leader_epoch) {
    start();
    append_synced({"a"});
    append({"b"});
    kill_and_start();
    EXPECT_TRUE(rig->log->open_report().unclean);
    EXPECT_THAT(rig->values(0), ElementsAre("a", "b"));
    EXPECT_EQ(rig->log->leader_epoch(), 1);
    EXPECT_EQ(rig->log->epoch_end(0).end_offset, 2);
    append_synced({"c"});
    EXPECT_EQ(rig->log->epoch_at(2), 1);
}

TEST_F(LogTest, takes_any_sequence_from_a_producer_without_an_epoch) {
    start();
    for (const int sequence : {5, 9, 2})
        EXPECT_EQ(rig->append(idempotent(7, -1, sequence, {"v"})).fault, LogFault::none);
    EXPECT_TRUE(rig->append(idempotent(7, -1, 9, {"v"})).duplicate);
    EXPECT_EQ(rig->append(idempotent(7, 0, 3, {"v"})).fault, LogFault::none);
    EXPECT_EQ(rig->append(idempotent(7, 0, 9, {"v"})).fault, LogFault::out_of_order_sequence);
}

TEST_F(LogTest, returns_the_first_offset_of_a_repeated_batch) {
    start();
    for (int i = 0; i < 6; ++i) rig->append(idempotent(7, 0, i, {"v" + std::to_string(i)}));
    const auto again = rig->append(idempotent(7, 0, 1, {"v1"}));
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.base_offset, 1);
    EXPECT_EQ(rig->log->end_offset(), 6);
    EXPECT_EQ(rig->append(idempotent(7, 0, 0, {"v0"})).fault, LogFault::out_of_order_sequence);
}

TEST_F(LogTest, remembers_producers_over_restarts_of_both_kinds) {
    start();
    for (int i = 0; i < 5; ++i) rig->append(idempotent(7, 0, i, {"v"}));
    rig->settle();
    restart();
    EXPECT_EQ(rig->append(idempotent(7, 0, 2, {"v"})).base_offset, 2);
    kill_and_start();
    EXPECT_EQ(rig->append(idempotent(7, 0, 3, {"v"})).base_offset, 3);
    EXPECT_EQ(rig->append(idempotent(7, 0, 5, {"v"})).base_offset, 5);
}

TEST_F(LogTest, stamps_the_append_time_if_told_to) {
    LogConfig config;
    config.timestamp_type = TimestampType::log_append_time;
    start(config);
    const auto outcome = rig->append(batch_of({"a"}, 5));
    EXPECT_EQ(outcome.append_time, rig->clock.wall_ms());
    rig->settle();
    EXPECT_THAT(rig->values(0), ElementsAre("a"));  // with a sound checksum
}

TEST_F(LogTest, refuses_a_batch_that_no_segment_can_hold) {
    start(small_segments());
    EXPECT_EQ(rig->append(batch_of({std::string(400, 'x')})).fault, LogFault::too_large);
}

TEST_F(LogTest, rolls_when_the_first_record_is_older_than_segment_ms) {
    LogConfig config;
    config.segment_ms = 100;
    start(config);
    append({"a"}, 1000);
    append({"b"}, 1100);
    EXPECT_EQ(rig->log->segment_count(), 1U);
    append({"c"}, 1101);
    EXPECT_EQ(rig->log->segment_count(), 2U);
}

TEST_F(LogTest, refuses_clients_below_the_free_space_floor_and_recovers_without_restart) {
    start();
    append({"a"});
    disk.set_free_space(500);
    rig->data_dir->space().set_floor(1024);
    EXPECT_EQ(rig->append(batch_of({"b"})).fault, LogFault::no_space);
    EXPECT_EQ(
        rig->log->append(IncomingBatch::of(batch_of({"offsets"})), 0, AppendOrigin::coordinator)
            .fault,
        LogFault::none);
    disk.set_free_space(1 << 20);
    EXPECT_EQ(append({"c"}), 2);
}

TEST_F(LogTest, deletes_records_for_good) {
    start(small_segments());
    for (int i = 0; i < 20; ++i) append_synced({"v" + std::to_string(i)});
    EXPECT_EQ(rig->log->delete_records(21), LogFault::offset_out_of_range);
    EXPECT_EQ(rig->log->delete_records(17), LogFault::none);
    EXPECT_EQ(rig->log->read(16, {}).fault, LogFault::offset_out_of_range);
    const auto before = rig->log->size();
    bool saved = false;
    rig->flusher->save_checkpoints([&](const Result<void>& result) { saved = result.ok(); });
    rig->settle();
    EXPECT_TRUE(saved);
    EXPECT_LT(rig->log->size(), before);
    rig->die();
    disk.crash();
    ASSERT_TRUE(rig->start().ok());
    EXPECT_EQ(rig->log->log_start(), 17);
    EXPECT_THAT(rig->values(17), ElementsAre("v17", "v18", "v19"));
}

// A power cut may bring the deleted segment back and lose the name of the one behind it.
TEST_F(LogTest, deletes_a_segment_once_the_name_of_the_one_behind_it_is_durable) {
    start(small_segments());
    const auto segments = [&] { return rig->log->segment_count(); };
    for (int i = 0; i < 20; ++i) append_synced({"v" + std::to_string(i)});
    const auto closed = segments();
    while (segments() == closed) {
        rig->settle();
        const auto batch = IncomingBatch::of(batch_of({"not synced"}));
        ASSERT_EQ(rig->log->append(batch, 1000).fault, LogFault::none);
        if (segments() == closed) rig->flusher->request(*rig->log);
    }
    ASSERT_EQ(rig->log->delete_records(rig->log->high_watermark()), LogFault::none);
    rig->flusher->save_checkpoints({});
    rig->pool.run_one();
    EXPECT_EQ(segments(), closed + 1);
    rig->settle();
    EXPECT_EQ(segments(), 1U);
}

TEST_F(LogTest, removes_no_file_under_a_name_that_a_later_topic_may_use) {
    start(small_segments());
    for (int i = 0; i < 20; ++i) append_synced({"v" + std::to_string(i)});
    ASSERT_EQ(rig->log->delete_records(17), LogFault::none);
    rig->data_dir->note(rig->partition, *rig->log);
    ASSERT_TRUE(rig->data_dir->begin_save()().ok());
    rig->die();  // before the segments below the log start were renamed
    const auto path = [](const char* name) { return join("data/t-0", name); };
    for (const auto* name : {"00000000000000000099.snapshot", "00000000000000000099.snapshot.tmp"})
        ASSERT_TRUE(disk.open(path(name), OpenMode::create).ok());
    start_again();
    const auto expired = rig->log->take_expired_files(rig->clock.wall_ms());
    EXPECT_GT(expired.size(), 10U);
    for (const auto& each : expired) {
        EXPECT_THAT(each, testing::EndsWith(".deleted"));
        EXPECT_TRUE(disk.info(each).ok());
    }
    EXPECT_FALSE(disk.info(path("00000000000000000000.log")).ok());
    EXPECT_THAT(rig->values(17), ElementsAre("v17", "v18", "v19"));
}

TEST_F(LogTest, holds_no_file_open_but_those_that_it_writes_to_and_reads_of_late) {
    auto config = small_segments();
    start(config);
    rig->tail_bytes = 0;
    for (int i = 0; i < 300; ++i) append_synced({"v" + std::to_string(i)});
    ASSERT_GT(rig->log->segment_count(), 64U);
    EXPECT_LE(disk.open_files(), 2);
    kill_and_start();
    EXPECT_LE(disk.open_files(), 2);
    EXPECT_EQ(rig->values(0).size(), 300U);
    EXPECT_LE(disk.open_files(), 2 + 2 * 64) << "a log and an index of each segment";
}

TEST_F(LogTest, retains_by_size_whole_segments_from_the_oldest_on) {
    auto config = small_segments();
    config.retention_bytes = 600;
    config.retention_ms = -1;
    start(config);
    for (int i = 0; i < 40; ++i) append_synced({"v" + std::to_string(i)});
    rig->flusher->apply_retention();
    rig->settle();
    EXPECT_GE(rig->log->size(), 600U);
    EXPECT_LT(rig->log->size(), 900U);
    EXPECT_EQ(rig->values(rig->log->log_start()).back(), "v39");
}

TEST_F(LogTest, retains_by_time_of_the_youngest_record_in_a_segment) {
    auto config = small_segments();
    config.retention_ms = 1000;
    start(config);
    const auto now = rig->clock.wall_ms();
    for (int i = 0; i < 10; ++i) append_synced({"old"}, now - 2000);
    for (int i = 0; i < 4; ++i) append_synced({"new"}, now);
    rig->flusher->apply_retention();
    rig->settle();
    EXPECT_THAT(rig->values(rig->log->log_start()), testing::Contains("new").Times(4));
    EXPECT_LT(rig->values(rig->log->log_start()).size(), 8U);
    rig->clock.advance(std::chrono::milliseconds{2000});
    rig->flusher->apply_retention();
    rig->settle();
    EXPECT_EQ(rig->log->log_start(), 14);  // the active segment was rolled and went as well
    EXPECT_EQ(append({"next"}), 14);
}

TEST_F(LogTest, finds_the_first_record_since_a_timestamp) {
    start(small_segments());
    for (int i = 0; i < 30; ++i) append({"v"}, 1000 + i * 10);
    rig->settle();
    for (int round = 0; round < 2; ++round) {
        const auto at = [&](TimestampMs t) {
            return rig->log->search_timestamp(t, rig->log->high_watermark())->run(disk);
        };
        EXPECT_EQ((*at(1000))->offset, 0);
        EXPECT_EQ((*at(1101))->offset, 11);
        EXPECT_EQ((*at(1290))->offset, 29);
        EXPECT_EQ((*at(1290))->timestamp, 1290);
        EXPECT_FALSE(at(1291)->has_value());
        EXPECT_EQ((*rig->log->search_max_timestamp()->run(disk))->offset, 29);
        restart();
    }
}

TEST_F(LogTest, goes_offline_for_good_when_a_sync_fails) {
    start();
    append_synced({"a"});
    append({"b"});
    disk.die_after(0);
    rig->settle();
    EXPECT_TRUE(rig->log->is_offline());
    EXPECT_EQ(rig->log->high_watermark(), 1);
    EXPECT_EQ(rig->append(batch_of({"c"})).fault, LogFault::storage);
    EXPECT_THAT(rig->values(0), ElementsAre("a"));  // synced data is served from memory
}

TEST_F(LogTest, refuses_to_open_when_synced_records_are_damaged) {
    start();
    append_synced({"a"});
    append_synced({"b"});
    ASSERT_TRUE(rig->stop().ok());
    disk.corrupt("data/t-0/00000000000000000000.log", 70, std::byte{1});
    disk.corrupt("data/t-0/00000000000000000000.log", 130, std::byte{1});
    const auto started = rig->start();
    ASSERT_FALSE(started.ok() && rig->values(0).front() != "!corrupt");
    if (!started.ok()) {
        EXPECT_THAT(started.error().what, HasSubstr("is damaged at position"));
    }
}

TEST_F(LogTest, cuts_a_torn_tail_and_reports_it) {
    start();
    append_synced({"a"});
    append({"b"});
    auto& bytes = disk.content("data/t-0/00000000000000000000.log");
    bytes.resize(bytes.size() - 3);
    kill_and_start();
    EXPECT_EQ(rig->log->end_offset(), 1);
    EXPECT_EQ(rig->log->open_report().truncated_at, 1);
    EXPECT_GT(rig->log->open_report().truncated_bytes, 50U);
    EXPECT_EQ(append({"c"}), 1);
}

TEST_F(LogTest, rebuilds_the_files_beside_it) {
    start(small_segments());
    for (int i = 0; i < 20; ++i) append_synced({"v" + std::to_string(i)});
    const auto all = rig->values(0);
    for (const bool clean : {true, false}) {
        if (clean) {
            ASSERT_TRUE(rig->stop().ok());
        }
        rig->die();
        disk.kill();
        const auto entries = *disk.list("data/t-0");
        for (const auto& entry : entries)
            if (!entry.name.ends_with(".log")) {
                ASSERT_TRUE(disk.remove("data/t-0/" + entry.name).ok());
            }
        ASSERT_TRUE(rig->start().ok());
        EXPECT_EQ(rig->values(0), all);
        EXPECT_EQ((*rig->log->search_timestamp(1000, 20)->run(disk))->offset, 0);
    }
}

TEST_F(LogTest, stays_online_when_there_is_no_room_for_its_indexes_and_saves_them_later) {
    start(small_segments());
    append_synced({"first"});
    for (int i = 0; i < 12; ++i) append({"a value that fills the segments"});
    ASSERT_GT(rig->log->segment_count(), 2U);
    disk.set_full(true);
    rig->settle();
    EXPECT_FALSE(rig->log->is_offline()) << rig->log->offline_reason();
    EXPECT_EQ(rig->log->high_watermark(), 13);
    EXPECT_EQ(rig->values(0).size(), 13U);
    disk.set_full(false);
    const auto index_size = [&] {
        return disk.content("data/t-0/" + file_name(0, ".timeindex")).size();
    };
    ASSERT_TRUE(rig->stop().ok());
    EXPECT_GT(index_size(), 0U);
    start_again();
    EXPECT_EQ(rig->values(0).size(), 13U);
}

TEST_F(LogTest, opens_without_room_and_saves_its_new_epoch_before_the_first_record_of_it) {
    start();
    append_synced({"first"});
    disk.set_full(true);
    kill_and_start();
    EXPECT_EQ(rig->log->leader_epoch(), 1);
    EXPECT_EQ(rig->append(batch_of({"x"})).fault, LogFault::no_space);
    kill_and_start();
    disk.set_full(false);
    append_synced({"second"});
    const auto epoch = rig->log->leader_epoch();
    restart();
    EXPECT_EQ(rig->log->epoch_at(1), epoch);
    EXPECT_EQ(rig->log->epoch_at(0), 0);
}

}  // namespace
}  // namespace leat::storage
