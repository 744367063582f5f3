// Logs that come, go, and come again under their names.
#include "storage/testing/flusher_rig.hpp"

#include <gmock/gmock.h>

#include "storage/journal.hpp"

namespace leat::storage {
namespace {

TEST_F(FlusherTest, does_not_bring_back_the_records_of_a_deleted_topic_of_the_same_name) {
    start();
    warm_up();
    append(0);
    pool.run_all();
    delete_log(0);
    open_log(0);
    append(0);
    pool.run_all();
    EXPECT_EQ(logs[0]->high_watermark(), 1);
    const auto size = logs[0]->size();
    die();
    under.crash();
    const auto log = open_anew(0);
    ASSERT_TRUE(log.ok()) << log.error().what;
    EXPECT_EQ((*log)->end_offset(), 1);
    EXPECT_EQ((*log)->size(), size);
}

TEST_F(FlusherTest, keeps_what_the_journal_has_of_a_topic_created_anew) {
    start();
    warm_up();
    append(0);
    pool.run_all();  // old life in the journal
    delete_log(0);
    open_log(0);
    append(0);
    pool.run_all();  // own files
    const auto durable = under.content(first_segment(0)).size();
    append(0);
    pool.run_all();  // journal
    EXPECT_EQ(logs[0]->high_watermark(), 2);
    die();
    under.sync_all();
    under.content(first_segment(0)).resize(durable);  // the tail was never synced
    const auto log = open_anew(0);
    ASSERT_TRUE(log.ok());
    EXPECT_EQ((*log)->end_offset(), 2);
}

TEST_F(FlusherTest, does_not_write_over_a_topic_created_anew) {
    start();
    warm_up();
    append(0, "old old old");
    pool.run_all();  // in file 1, the first in use
    const auto zeros = Bytes(512);
    const auto header0 = [&] {
        return Bytes(under.content("data/leat-journal-0").begin(),
                     under.content("data/leat-journal-0").begin() + 512);
    };
    ASSERT_EQ(header0(), zeros);
    delete_log(0);
    open_log(0);
    append(0, "n");
    pool.run_all();  // own files
    while (header0() == zeros) {
        append(1);
        pool.run_all();
    }  // until the turn
    for (int i = 0; i < 6; ++i) {
        append(0, "new new new");
        pool.run_all();
    }
    const auto promised = logs[0]->high_watermark();
    const auto before = under.content(first_segment(0));
    die();
    under.kill();  // even with the page cache whole
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_TRUE(under.content(first_segment(0)) == before) << promised;
    const auto log = open_anew(0);
    ASSERT_TRUE(log.ok()) << log.error().what;
    EXPECT_EQ((*log)->end_offset(), promised);
}

TEST_F(FlusherTest, refuses_to_start_when_it_cannot_tell_whose_folder_the_journal_is_for) {
    start();
    warm_up();
    const auto durable = under.content(first_segment(0)).size();
    append(0);
    pool.run_all();  // the journal has it
    die();
    under.sync_all();
    under.content(first_segment(0)).resize(durable);  // the tail was never synced
    auto& id = under.content("data/t-0/partition.metadata");
    const auto whole = id;
    for (const std::size_t at : {std::size_t{10}, std::size_t{15}, whole.size() - 3}) {
        id = whole;
        id[at] ^= std::byte{0x44};
        const auto log = open_anew(0);
        ASSERT_FALSE(log.ok()) << at;
        EXPECT_EQ(log.error().code, Errc::corrupt);
        EXPECT_THAT(log.error().what, testing::HasSubstr("data/t-0/partition.metadata"));
        EXPECT_THAT(log.error().what, testing::HasSubstr("'topic_id: ID'"));
        data_dir.reset();
    }
    id = whole;  // as it says
    const auto log = open_anew(0);
    ASSERT_TRUE(log.ok()) << log.error().what;
    EXPECT_EQ((*log)->end_offset(), 2);
}

TEST_F(FlusherTest, starts_with_whatever_a_power_cut_leaves_of_the_topic_id_of_a_new_log) {
    start();
    append(0);
    die();
    under.sync_all();
    const std::string path = "data/t-0/partition.metadata";
    const auto whole = under.content(path);
    std::vector<Bytes> torn{Bytes(whole.size()), Bytes(whole.size(), std::byte{0x9c})};
    for (std::size_t size = 0; size < whole.size(); ++size) {
        torn.emplace_back(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        torn.push_back(torn.back());
        torn.back().resize(whole.size());
    }
    for (const auto& text : torn) {
        under.content(path) = text;
        const auto log = open_anew(0);
        ASSERT_TRUE(log.ok()) << log.error().what;
        EXPECT_EQ(under.content(path), whole);
        data_dir.reset();
    }
}

TEST_F(FlusherTest, syncs_a_removed_log_whose_removal_may_not_become_durable) {
    start();
    warm_up();
    for (std::int64_t end = 3; end < 21; end += 2) {
        for (int i = 0; i < 2; ++i) {  // the first after a start does not go through the journal
            append(0);
            pool.run_all();
        }
        flusher->save_checkpoints({});
        pool.run_all();
        flusher->remove(*logs[0]);
        for (int i = 0; i < 100; ++i) {  // the journal's files take turns
            append(1);
            pool.run_all();
        }
        lose_power();
        ASSERT_EQ(logs[0]->high_watermark(), end);
    }
}

TEST_F(FlusherTest, starts_wherever_it_is_killed_while_a_topic_is_created_anew) {
    for (std::int64_t calls = 0; calls < 30; ++calls) {
        ASSERT_TRUE(remove_tree(under, "data").ok());
        start();
        warm_up();
        flusher->save_checkpoints({});
        pool.run_all();
        flusher->remove(*logs[0]);
        pool.run_all();
        logs[0].reset();
        ASSERT_TRUE(data_dir->delete_log({"t", 0}).ok());
        ++life;
        under.die_after(calls);
        (void)data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
        die();
        under.kill();
        const auto log = open_anew(0);
        ASSERT_TRUE(log.ok()) << log.error().what << ", killed after " << calls;
        die();
    }
}

TEST_F(FlusherTest, loses_nothing_of_a_log_whose_first_process_was_killed_before_any_sync) {
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(remove_tree(under, "data").ok());
        ++life;
        start();
        die();
        under.kill();
        start();
        warm_up();
        append_to_each();
        pool.run_all();
        ASSERT_EQ(high_watermarks(), all_at(2));
        lose_power();
        ASSERT_EQ(high_watermarks(), all_at(2)) << i;
        die();
    }
}

TEST_F(FlusherTest, starts_after_a_topic_was_created_anew_while_checkpoints_were_saved) {
    start();
    warm_up();
    flusher->save_checkpoints({});  // the pool is slow
    flusher->remove(*logs[0]);
    while (pool.waiting() > 1) pool.run_one(1);
    logs[0].reset();
    ASSERT_TRUE(data_dir->delete_log({"t", 0}).ok());
    ++life;
    open_log(0);
    pool.run_all();
    die();
    under.kill();
    const auto log = open_anew(0);
    EXPECT_TRUE(log.ok()) << log.error().what;
}

TEST_F(FlusherTest, calls_idle_for_a_log_that_went_offline_before_its_removal) {
    start();
    flusher = nullptr;
    Flusher::Options options;
    options.journal.bytes = journal_bytes;
    flusher = std::make_unique<Flusher>(*data_dir, pool, clock, std::move(options));
    for (std::size_t i = 0; i < log_count; ++i)
        flusher->add({"t", static_cast<std::int32_t>(i)}, logs[i]);
    warm_up();
    append(0);
    pool.run_all();  // the journal has it
    logs[0]->take_offline("a write failed");
    clock.advance(std::chrono::minutes{2});
    flusher->tick();  // the journal's files take turns
    pool.run_all();
    int idle = 0;
    flusher->remove(*logs[0], [&] { ++idle; });
    pool.run_all();
    EXPECT_EQ(idle, 1);
}

TEST_F(FlusherTest, keeps_the_journal_that_a_removed_log_needs_at_a_clean_stop) {
    start();
    warm_up();
    const auto durable = under.content(first_segment(0)).size();
    append(0);
    pool.run_all();
    ASSERT_EQ(logs[0]->high_watermark(), 2);
    logs[0]->take_offline("a write failed");
    flusher->remove(*logs[0]);  // which does not become durable
    flusher->close_clean([](const Result<void>&) {});
    pool.run_all();
    die();
    under.sync_all();
    under.content(first_segment(0)).resize(durable);
    start();
    EXPECT_EQ(logs[0]->high_watermark(), 2);
}

}  // namespace
}  // namespace leat::storage
