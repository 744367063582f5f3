#include "storage/flusher.hpp"

#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "storage/fault_disk.hpp"
#include "storage/journal.hpp"
#include "storage/log_rig.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t log_count = 4;
constexpr std::uint64_t journal_bytes = 8192;

Uuid id_of(std::size_t life, std::size_t log) {
    Uuid id;
    id.bytes[0] = static_cast<std::byte>(life);
    id.bytes[1] = static_cast<std::byte>(log + 1);
    return id;
}

std::string first_segment(std::size_t i) {
    return "data/t-" + std::to_string(i) + "/00000000000000000000.log";
}

/// Several logs on one disk with a journal, in a process that may die. What is put off until later
/// in the turn runs with the pool.
class FlusherTest : public testing::Test {
protected:
    FlusherTest() {
        log::Options quiet;
        quiet.level = log::Level::off;
        log::configure(quiet);
    }
    ~FlusherTest() override { die(); }

    void start() {
        auto opened = DataDir::open(
            disk, "data",
            {.node_id = 1, .cluster_id = "4L6g3nShT-eMCtK--X86sw", .free_space_floor = 0});
        ASSERT_TRUE(opened.ok()) << opened.error().what;
        data_dir = std::move(*opened);
        Flusher::Options options;
        options.journal.bytes = journal_bytes;
        options.later = [this](std::function<void()> what) { pool.run([] {}, std::move(what)); };
        flusher = std::make_unique<Flusher>(*data_dir, pool, clock, std::move(options));
        logs.resize(log_count);
        for (std::size_t i = 0; i < log_count; ++i) open_log(i);
    }
    void open_log(std::size_t i) {
        const TopicPartition partition{"t", static_cast<std::int32_t>(i)};
        auto log = data_dir->open_log(partition, id_of(life, i), config, 1000);
        ASSERT_TRUE(log.ok()) << log.error().what;
        logs[i] = std::move(*log);
        flusher->add(partition, logs[i]);
    }
    void die() {
        flusher.reset();
        logs.clear();
        pool.drop_all();
        data_dir.reset();
    }
    void lose_power() {
        die();
        under.crash();
        start();
    }
    void stop() {
        Result<void> result = Error{Errc::cancelled, "never closed"};
        flusher->close_clean([&](const Result<void>& closed) { result = closed; });
        pool.run_all();
        ASSERT_TRUE(result.ok()) << result.error().what;
        die();
    }
    void append(std::size_t i, const std::string& value = "value") {
        logs[i]->append(IncomingBatch::of(batch_of({value})), 1000);
        flusher->appended(*logs[i]);
    }
    void append_to_each() {
        for (std::size_t i = 0; i < log_count; ++i) append(i);
    }
    /// A round that leaves the journal ready and no log with names or small files to sync.
    void warm_up() {
        append_to_each();
        pool.run_all();
    }
    std::vector<std::int64_t> high_watermarks() const {
        std::vector<std::int64_t> found;
        for (const auto& log : logs) found.push_back(log->high_watermark());
        return found;
    }
    static std::vector<std::int64_t> all_at(std::int64_t offset) {
        return std::vector<std::int64_t>(log_count, offset);
    }

    std::size_t life = 1;
    SimDisk under;
    FaultDisk disk{under};
    ManualPool pool;
    ManualClock clock;
    std::shared_ptr<const LogConfig> config = std::make_shared<const LogConfig>();
    std::unique_ptr<DataDir> data_dir;
    std::unique_ptr<Flusher> flusher;
    std::vector<std::shared_ptr<Log>> logs;
};

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

TEST_F(FlusherTest, does_not_bring_back_the_records_of_a_deleted_topic_of_the_same_name) {
    start();
    warm_up();
    append(0);
    pool.run_all();
    flusher->remove(*logs[0]);
    logs[0].reset();
    const auto removed = data_dir->delete_log({"t", 0});
    ASSERT_TRUE(removed.ok());
    ++life;
    open_log(0);
    append(0);
    pool.run_all();
    EXPECT_EQ(logs[0]->high_watermark(), 1);
    const auto size = logs[0]->size();
    die();
    under.crash();
    auto opened = DataDir::open(disk, "data", {});
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    data_dir = std::move(*opened);
    const auto log = data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
    ASSERT_TRUE(log.ok()) << log.error().what;
    EXPECT_EQ((*log)->end_offset(), 1);
    EXPECT_EQ((*log)->size(), size);
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

TEST_F(FlusherTest, keeps_what_the_journal_has_of_a_topic_created_anew) {
    start();
    warm_up();
    append(0);
    pool.run_all();  // old life in the journal
    flusher->remove(*logs[0]);
    logs[0].reset();
    ASSERT_TRUE(data_dir->delete_log({"t", 0}).ok());
    ++life;
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
    auto opened = DataDir::open(disk, "data", {});
    ASSERT_TRUE(opened.ok());
    data_dir = std::move(*opened);
    const auto log = data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
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
    flusher->remove(*logs[0]);
    logs[0].reset();
    ASSERT_TRUE(data_dir->delete_log({"t", 0}).ok());
    ++life;
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
    auto opened = DataDir::open(disk, "data", {});
    ASSERT_TRUE(opened.ok());
    data_dir = std::move(*opened);
    const auto log = data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
    ASSERT_TRUE(log.ok()) << log.error().what;
    EXPECT_EQ((*log)->end_offset(), promised);
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
        auto opened = DataDir::open(disk, "data", {});
        ASSERT_TRUE(opened.ok()) << opened.error().what;
        data_dir = std::move(*opened);
        const auto log = data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
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
    auto opened = DataDir::open(disk, "data", {});
    ASSERT_TRUE(opened.ok()) << opened.error().what;
    data_dir = std::move(*opened);
    const auto log = data_dir->open_log({"t", 0}, id_of(life, 0), config, 1000);
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

TEST_F(FlusherTest, refuses_the_journal_of_a_newer_broker) {
    start();
    warm_up();
    append_to_each();
    pool.run_all();
    die();
    auto& journal = under.content("data/leat-journal-0");
    auto& other = under.content("data/leat-journal-1");
    auto& written = journal[0] == std::byte{0} ? other : journal;
    store_be(written.data() + 8, std::uint32_t{2});
    store_be(written.data() + 28, crc32c(ByteView{written}.first(28)));
    const auto replayed = Journal::replay(disk, "data");
    ASSERT_FALSE(replayed.ok());
    EXPECT_EQ(replayed.error().code, Errc::unsupported);
}

}  // namespace
}  // namespace leat::storage
