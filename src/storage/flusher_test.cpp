#include "storage/testing/flusher_rig.hpp"

#include "base/crc32c.hpp"
#include "storage/journal.hpp"

namespace leat::storage {
namespace {

TEST_F(FlusherTest, syncs_all_logs_of_one_turn_with_one_write_of_the_journal) {
    start();
    warm_up();
    append_to_each();  // begins the journal's file
    pool.run_all();
    const auto before = flusher->syncs();
    append_to_each();
    pool.run_one();  // the turn ends
    const auto changes = under.changes();
    pool.run_all();
    EXPECT_EQ(flusher->syncs(), before + 1);
    EXPECT_EQ(under.changes(), changes + 2);  // a write and a sync
    EXPECT_EQ(high_watermarks(), all_at(3));
    lose_power();
    EXPECT_EQ(high_watermarks(), all_at(3));
}

TEST_F(FlusherTest, gathers_what_comes_while_the_journal_is_written) {
    start();
    warm_up();
    const auto before = flusher->syncs();
    append_to_each();
    pool.run_one();
    for (int i = 0; i < 3; ++i) append_to_each();
    pool.run_all();
    EXPECT_EQ(flusher->syncs(), before + 2);
    EXPECT_EQ(high_watermarks(), all_at(5));
}

TEST_F(FlusherTest, syncs_the_files_of_a_log_that_got_more_than_is_worth_writing_twice) {
    start();
    warm_up();
    append(0, std::string(100'000, 'x'));
    append(1);
    pool.run_one();
    EXPECT_EQ(pool.waiting(), 2U);
    lose_power();
    append(0, std::string(100'000, 'x'));
    pool.run_all();
    const auto promised = logs[0]->high_watermark();
    lose_power();
    EXPECT_GE(logs[0]->high_watermark(), promised);
}

TEST_F(FlusherTest, loses_nothing_however_often_the_journals_files_take_turns) {
    start();
    for (std::int64_t round = 1; round <= 300; ++round) {
        append_to_each();
        pool.run_all();
        ASSERT_EQ(high_watermarks(), all_at(round));
        if (round % 37 == 0) lose_power();
        ASSERT_EQ(high_watermarks(), all_at(round));
    }
    EXPECT_LE(under.content("data/leat-journal-0").size(), journal_bytes);
}

TEST_F(FlusherTest, lets_logs_go_on_through_the_journal_while_their_files_are_due) {
    parallel = 2;  // so the files of one log at a time, since one place stays free
    start_with_all_due();
    const auto before = flusher->syncs();
    append_to_each();
    while (flusher->syncs() < before + 2) pool.run_one();
    // A log's own files, and then all others but the one whose turn has come.
    const auto moved = std::ranges::count(high_watermarks(), 3);
    EXPECT_EQ(moved, log_count - 1);
    lose_power();
    EXPECT_GE(std::ranges::count(high_watermarks(), 3), moved);
    append_to_each();
    pool.run_all();
    lose_power();
    for (const auto offset : high_watermarks()) EXPECT_GE(offset, 3);
}

TEST_F(FlusherTest, frees_the_journals_other_file_however_busy_some_logs_are) {
    const auto use_of_file_1 = [&] {
        return Bytes(under.content("data/leat-journal-1").begin(),
                     under.content("data/leat-journal-1").begin() + 512);
    };
    for (const int way : {0, 1, 2, 3, 4, 5}) {
        die();
        ASSERT_TRUE(remove_tree(under, "data").ok());
        parallel = std::array{1U, 2U, 3U}[way % 3];
        const bool all = way >= 3;  // also the log whose files are due
        const auto busy = [&] {     // a sync of each follows on the other
            if (all) append(0);
            for (std::size_t i = 1; i < log_count; ++i) append(i, std::string(70'000, 'x'));
            pool.run_one();
        };
        start();
        warm_up();
        append(0);
        pool.run_all();
        const auto first = use_of_file_1();
        busy();
        for (int turns = 0; turns < 2; ++turns) {
            take_turns();
            for (int i = 0; i < 50; ++i) busy();
        }
        for (int i = 0; i < 50; ++i) {
            append(0);
            busy();
        }
        EXPECT_TRUE(use_of_file_1() != first) << parallel << " threads, all busy: " << all;
    }
}

TEST_F(FlusherTest, keeps_a_place_for_a_log_that_is_due_and_always_in_the_journal) {
    parallel = 2;
    ends_turns = false;
    start();
    warm_up();
    append(0);
    pool.run_all();
    const auto generation = [&] {
        const auto& journal = under.content("data/leat-journal-1");
        return Bytes{journal.begin() + 12, journal.begin() + 28};
    };
    const auto first = generation();
    const auto append_large = [&] {
        for (std::size_t i = 1; i < log_count; ++i) append(i, std::string(70'000, 'x'));
    };
    append_large();
    take_turns();
    while (pool.waiting() > 2) pool.run_one(2);
    append(0);
    for (int i = 0; i < 8; ++i) {
        pool.run_one();  // of a large log, while the journal is written
        append_large();
        if (i < 7) append(0);
        pool.run_one(1);  // of the journal
    }
    take_turns();
    append(0);
    pool.run_all();
    EXPECT_NE(generation(), first);
}

TEST_F(FlusherTest, syncs_what_is_waited_for_between_the_files_that_are_due) {
    for (std::size_t wanted = 0; wanted < log_count; ++wanted) {
        die();
        ASSERT_TRUE(remove_tree(under, "data").ok());
        parallel = 1;
        start_with_all_due();
        const auto before = flusher->syncs();
        append(wanted, std::string(70'000, 'x'));
        while (flusher->syncs() < before + 2) pool.run_one();
        EXPECT_EQ(logs[wanted]->high_watermark(), 3);
    }
}

TEST_F(FlusherTest, deletes_the_segments_of_a_log_whose_syncs_follow_on_each_other) {
    LogConfig small;
    small.segment_bytes = 300;
    small.retention_bytes = 600;
    config = std::make_shared<const LogConfig>(small);
    start();
    warm_up();
    append(0);
    for (int i = 0; i < 400; ++i) {
        append(0);  // before the sync of the one before it has ended
        pool.run_one();
        if (i % 50 != 0) continue;
        clock.advance(std::chrono::minutes{5});
        flusher->tick();
    }
    EXPECT_TRUE(logs[0]->is_syncing());
    EXPECT_LT(logs[0]->segment_count(), 40U);
}

TEST_F(FlusherTest, syncs_the_logs_files_if_the_journal_cannot_be_written) {
    start();
    warm_up();
    append_to_each();
    pool.run_one();
    disk.fail_call(log_count + 1, FaultKind::eio);  // as many reads come first
    pool.run_all();
    EXPECT_TRUE(disk.has_failed());
    EXPECT_EQ(high_watermarks(), all_at(2));
    append_to_each();
    pool.run_all();
    lose_power();
    EXPECT_EQ(high_watermarks(), all_at(3));
}

TEST_F(FlusherTest, keeps_every_promise_whichever_call_to_the_disk_fails) {
    int failures = 0;
    for (const bool for_good : {false, true}) {
        for (std::uint64_t k = 1;; ++k) {
            disk.fail_call(0, FaultKind::eio);
            die();
            ++life;
            ASSERT_TRUE(remove_tree(under, "data").ok());
            start();
            warm_up();
            disk.fail_call(k, FaultKind::eio, for_good);
            for (int round = 0; round < 30; ++round) {
                append_to_each();
                if (round == 3) append(2, std::string(70'000, 'x'));  // not through the journal
                pool.run_all();
            }
            if (!disk.has_failed()) break;
            const auto promised = high_watermarks();
            disk.fail_call(0, FaultKind::eio);
            ++failures;
            lose_power();
            for (std::size_t i = 0; i < log_count; ++i)
                ASSERT_GE(logs[i]->high_watermark(), promised[i]) << "call " << k << ", log " << i;
        }
    }
    EXPECT_GT(failures, 100);
}

TEST_F(FlusherTest, leaves_the_journal_empty_after_a_clean_stop) {
    start();
    warm_up();
    append_to_each();
    pool.run_all();
    stop();
    const auto content = under.content(first_segment(0));
    under.content(first_segment(0)).back() ^= std::byte{1};
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_NE(under.content(first_segment(0)), content);
}

TEST_F(FlusherTest, empties_the_journal_once_it_was_replayed) {
    start();
    warm_up();
    append_to_each();
    pool.run_all();
    lose_power();
    auto& content = under.content(first_segment(0));
    content.back() ^= std::byte{1};
    const auto damaged = content;
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_EQ(under.content(first_segment(0)), damaged);
}

TEST_F(FlusherTest,
       does_not_use_a_journal_file_again_while_a_sync_that_began_before_its_turn_runs) {
    start();
    warm_up();
    const auto durable = under.content(first_segment(0)).size();
    append(0);
    pool.run_all();
    ASSERT_EQ(logs[0]->high_watermark(), 2);  // in the journal's file 1
    const auto generation = [&](int i) {
        return load_be<std::uint64_t>(under.content("data/leat-journal-" + std::to_string(i)).data()
                                      + 12);
    };
    const auto first = generation(1);
    append(0, std::string(100'000, 'x'));
    pool.run_one();                 // the turn of the loop ends: a sync of its own starts
    ASSERT_EQ(pool.waiting(), 1U);  // and takes long
    for (int i = 0; i < 1000 && generation(1) == first; ++i) {
        append(1);
        append(2);
        while (pool.waiting() > 1) pool.run_one(1);
    }
    EXPECT_EQ(generation(1), first) << "the journal's file was reused";
    EXPECT_EQ(logs[0]->high_watermark(), 2);
    die();
    under.sync_all();
    under.content(first_segment(0)).resize(durable);
    start();
    EXPECT_GE(logs[0]->high_watermark(), 2);
}

TEST_F(FlusherTest, does_not_use_the_journal_while_it_is_emptied) {
    const auto not_saved = [this] {
        return std::ranges::any_of(logs, [](const auto& log) { return log->needs_save(); });
    };
    for (int i = 0; i < 20; ++i) {
        start();
        warm_up();
        append_to_each();
        pool.run_all();
        flusher->close_clean([](const Result<void>&) {});
        while (not_saved()) pool.run_one();
        append(0);  // as a timer may, though all else has ended
        pool.run_all();
        const auto promised = logs[0]->high_watermark();
        die();
        under.crash();
        start();
        ASSERT_EQ(logs[0]->high_watermark(), promised);
        die();
    }
}

TEST_F(FlusherTest, does_not_replay_what_an_earlier_use_of_a_journal_file_left_there) {
    start();
    warm_up();
    const auto header = [this] {
        return Bytes(under.content("data/leat-journal-1").begin(),
                     under.content("data/leat-journal-1").begin() + 512);
    };
    append(0);
    pool.run_all();
    const auto first_use = header();
    append(0);  // the second group of the first use
    pool.run_all();
    const auto old = under.content(first_segment(0)).size();
    for (int i = 0; i < 1000 && header() == first_use; ++i) {
        append(1);
        pool.run_all();
    }
    ASSERT_NE(header(), first_use);
    die();
    auto& segment = under.content(first_segment(0));
    segment[old - 1] ^= std::byte{1};
    const auto damaged = segment;
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_EQ(under.content(first_segment(0)), damaged);
}

TEST_F(FlusherTest, does_not_call_the_disk_low_when_the_journal_has_no_room) {
    under.set_free_space(5000);
    start();
    int flips = 0;
    bool low = false;
    for (int i = 0; i < 10; ++i) {
        append_to_each();
        pool.run_all();
        flips += data_dir->space().is_low() != low ? 1 : 0;
        low = data_dir->space().is_low();
        EXPECT_FALSE(low);
    }
}

TEST_F(FlusherTest, lets_a_log_be_asked_for_while_another_is_told_that_it_is_offline) {
    start();
    warm_up();
    Flusher::Options options;
    options.max_parallel = 1;
    for (auto& log : logs) flusher->remove(*log);
    flusher = std::make_unique<Flusher>(*data_dir, pool, clock, std::move(options));
    for (std::size_t i = 0; i < log_count; ++i)
        flusher->add({"t", static_cast<std::int32_t>(i)}, logs[i]);
    logs[0]->on_progress = [&] { flusher->request(*logs[1]); };
    append(3);
    append(0);
    append(1);
    logs[0]->take_offline("a write failed");
    pool.run_all();
    EXPECT_EQ(logs[1]->high_watermark(), 2);
    logs[0]->on_progress = nullptr;
}

TEST_F(FlusherTest, ends_a_clean_stop_though_a_log_goes_offline_meanwhile) {
    start();
    warm_up();
    append(0);
    logs[0]->on_progress = [&] {
        logs[0]->on_progress = nullptr;
        append(1);  // the answer to a client that changes state
        logs[1]->take_offline("a write failed");
    };
    bool closed = false;
    flusher->close_clean([&](const Result<void>&) { closed = true; });
    pool.run_all();
    EXPECT_TRUE(closed);
}

TEST_F(FlusherTest, refuses_the_journal_of_a_newer_broker) {
    start();
    warm_up();
    append_to_each();
    pool.run_all();
    die();
    auto& journal = under.content("data/leat-journal-0");
    auto& other = under.content("data/leat-journal-1");
    auto& written = journal[0] == std::byte{0} ? other : journal;
    store_be(written.data() + 8, std::uint32_t{3});
    store_be(written.data() + 28, crc32c(ByteView{written}.first(28)));
    const auto replayed = Journal::replay(disk, "data");
    ASSERT_FALSE(replayed.ok());
    EXPECT_EQ(replayed.error().code, Errc::unsupported);
}

}  // namespace
}  // namespace leat::storage
