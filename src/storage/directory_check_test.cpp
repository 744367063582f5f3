// Damage of every kind of file is found and named, what is sound is not complained of, and nothing
// is changed.
#include "storage/directory_check.hpp"

#include <gmock/gmock.h>

#include "storage/journal_reader.hpp"
#include "storage/testing/flusher_rig.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LogConfig segments_to_check() {
    LogConfig config;
    config.segment_bytes = 1500;
    config.index_interval_bytes = 150;
    return config;
}

struct Checked {
    std::vector<Finding> findings;
    CheckTotals totals;

    std::string text() const {
        std::string text;
        for (const auto& finding : findings)
            text += std::string{name_of(finding.gravity)} + " " + finding.file + ": " + finding.what
                    + " -> " + finding.start + "\n";
        return text;
    }
    bool is_sound() const {
        return std::ranges::all_of(findings,
                                   [](const auto& each) { return each.gravity == Gravity::note; });
    }
    /// Whether a finding that is no note names the file.
    bool names(const std::string& path) const {
        return std::ranges::any_of(findings, [&](const auto& each) {
            return each.gravity != Gravity::note
                   && (each.file == path || each.what.find(path) != std::string::npos);
        });
    }
};

Checked check_directory(SimDisk& disk, DirectoryCheck::Expected expected = {}) {
    Checked checked;
    const auto changes = disk.changes();
    DirectoryCheck check{disk, "data", {.found = [&](const Finding& finding) {
                             checked.findings.push_back(finding);
                         }}};
    EXPECT_TRUE(check.open().ok());
    for (const auto& partition : check.partitions()) check.check(partition, expected);
    checked.totals = check.totals();
    EXPECT_EQ(disk.changes(), changes) << "a check writes nothing";
    return checked;
}

/// Several segments with every codec and two producers, stopped or killed.
class DirectoryCheckTest : public testing::Test {
protected:
    DirectoryCheckTest() {
        log_nothing();
        EXPECT_TRUE(rig.start().ok());
        for (int i = 0; i < 40; ++i) {
            kafka::BatchOptions options;
            options.codec = static_cast<kafka::Codec>(i % 5);
            options.producer_id = 7 + i % 2;
            options.producer_epoch = 0;
            options.base_sequence = i / 2 * 3;
            const auto text = std::to_string(i) + std::string(90, 'v');
            rig.append(batch_of({text, text, "last"}, 1000 + i, options));
            rig.settle();
        }
    }

    std::vector<std::string> files_of_partition(std::string_view suffix) {
        std::vector<std::string> found;
        const auto entries = disk.list("data/t-0");
        for (const auto& entry : *entries)
            if (entry.name.ends_with(suffix)) found.push_back("data/t-0/" + entry.name);
        std::ranges::sort(found);
        return found;
    }

    SimDisk disk;
    LogRig rig{disk, segments_to_check()};
};

TEST_F(DirectoryCheckTest, finds_nothing_after_a_clean_stop) {
    ASSERT_TRUE(rig.stop().ok());
    const auto checked = check_directory(disk);
    EXPECT_THAT(checked.findings, IsEmpty()) << checked.text();
    EXPECT_EQ(checked.totals.batches, 40);
    EXPECT_EQ(checked.totals.records, 120);
    EXPECT_GT(checked.totals.segments, 3);
}

TEST_F(DirectoryCheckTest, finds_nothing_after_a_kill) {
    rig.die();
    disk.kill();
    const auto checked = check_directory(disk);
    EXPECT_TRUE(checked.is_sound()) << checked.text();
    EXPECT_EQ(checked.totals.records, 120);
}

TEST_F(DirectoryCheckTest, finds_no_damage_after_a_power_cut) {
    rig.append(batch_of({"not synced"}));
    rig.die();
    disk.crash();
    const auto checked = check_directory(disk);
    for (const auto& finding : checked.findings)
        EXPECT_NE(finding.gravity, Gravity::damage) << checked.text();
}

TEST_F(DirectoryCheckTest, names_the_file_of_any_flipped_bit) {
    ASSERT_TRUE(rig.stop().ok());
    for (const auto* suffix : {".log", ".index", ".timeindex", ".snapshot"}) {
        const auto files = files_of_partition(suffix);
        ASSERT_FALSE(files.empty());
        for (const auto& path : files)
            for (std::size_t at = 0; at < disk.content(path).size(); ++at) {
                const auto bit = std::byte{1} << static_cast<int>(at % 8);
                disk.content(path)[at] ^= bit;
                const auto checked = check_directory(disk);
                ASSERT_TRUE(checked.names(path)) << path << " byte " << at << ", found:\n"
                                                 << checked.text();
                disk.content(path)[at] ^= bit;
            }
    }
}

TEST_F(DirectoryCheckTest, names_the_file_that_is_cut_short) {
    ASSERT_TRUE(rig.stop().ok());
    for (const auto* suffix : {".log", ".index", ".timeindex", ".snapshot"})
        for (const auto& path : files_of_partition(suffix)) {
            const auto whole = disk.content(path);
            for (auto size = whole.size(); size-- > 0;) {
                // An index with fewer entries is one.
                if (path.ends_with("index") && size % 4 == 0) continue;
                disk.content(path).resize(size);
                const auto checked = check_directory(disk);
                // Where whole batches are missing it may be the next segment that does not follow.
                const bool named =
                    path.ends_with(".log") ? !checked.is_sound() : checked.names(path);
                ASSERT_TRUE(named) << path << " of " << size << ", found:\n" << checked.text();
            }
            disk.content(path) = whole;
        }
}

TEST_F(DirectoryCheckTest, tells_what_a_start_makes_of_each_damage) {
    rig.die();
    disk.kill();
    const auto logs = files_of_partition(".log");
    disk.corrupt(logs[1], 70, std::byte{1});
    const auto below = check_directory(disk);
    ASSERT_EQ(below.findings.size(), 1) << below.text();
    EXPECT_EQ(below.findings[0].file, logs[1]);
    EXPECT_EQ(below.findings[0].position, 0);
    EXPECT_THAT(below.findings[0].what, HasSubstr("checksum does not match; the next sound batch"));
    EXPECT_THAT(below.findings[0].start, HasSubstr("CORRUPT_MESSAGE"));
    disk.corrupt(logs[1], 70, std::byte{1});

    auto& tail = disk.content(logs.back());
    tail.insert(tail.end(), 100, std::byte{0});
    const auto torn = check_directory(disk);
    ASSERT_EQ(torn.findings.size(), 1) << torn.text();
    EXPECT_EQ(torn.findings[0].gravity, Gravity::torn);
    EXPECT_EQ(torn.findings[0].offset, 120);
    EXPECT_EQ(torn.findings[0].position, tail.size() - 100);
    EXPECT_THAT(torn.findings[0].what, HasSubstr("zeros"));
    EXPECT_THAT(torn.findings[0].start, HasSubstr("cuts the log there, at offset 120"));
}

TEST_F(DirectoryCheckTest, tells_of_a_start_that_is_refused_with_its_reason) {
    ASSERT_TRUE(rig.stop().ok());
    const auto last = files_of_partition(".log").back();
    disk.content(last).resize(disk.content(last).size() / 2);
    const auto checked = check_directory(disk);
    EXPECT_TRUE(checked.names(last)) << checked.text();
    EXPECT_THAT(checked.text(), HasSubstr("-> is refused"));
    rig.die();
    EXPECT_FALSE(rig.start().ok());
}

TEST_F(DirectoryCheckTest, names_checkpoints_that_cannot_be_read) {
    ASSERT_TRUE(rig.stop().ok());
    for (const std::string name :
         {"recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
          "replication-offset-checkpoint", "meta.properties", "t-0/leader-epoch-checkpoint"}) {
        const auto path = "data/" + name;
        const auto whole = disk.content(path);
        disk.content(path) = to_bytes("7\nnonsense");
        EXPECT_TRUE(check_directory(disk).names(path)) << path;
        disk.content(path) = whole;
    }
    EXPECT_TRUE(check_directory(disk).is_sound());
}

TEST_F(DirectoryCheckTest, misses_records_that_consumers_had_been_shown) {
    rig.append(batch_of({"seen"}));
    rig.settle();
    ASSERT_TRUE(rig.stop().ok());
    // Without the other marks the loss of a whole batch at the end looks like an earlier end.
    ASSERT_TRUE(disk.remove("data/recovery-point-offset-checkpoint").ok());
    ASSERT_TRUE(disk.remove(files_of_partition(".snapshot").back()).ok());
    const auto last = files_of_partition(".log").back();
    disk.content(last).resize(0);
    EXPECT_THAT(check_directory(disk).text(),
                HasSubstr("records that were acknowledged are missing"));
}

TEST_F(DirectoryCheckTest, asks_of_every_record_of_an_internal_topic_and_names_its_offset) {
    ASSERT_TRUE(rig.stop().ok());
    DirectoryCheck::Expected expected;
    expected.records = [](const kafka::RecordView& record) {
        return record.offset == 41 ? "it is not what it should be" : "";
    };
    const auto checked = check_directory(disk, expected);
    ASSERT_EQ(checked.findings.size(), 1) << checked.text();
    EXPECT_EQ(checked.findings[0].offset, 41);
    EXPECT_EQ(checked.findings[0].start, "is refused");
}

TEST_F(DirectoryCheckTest, notes_names_that_nothing_has) {
    ASSERT_TRUE(rig.stop().ok());
    for (const auto* path : {"data/what", "data/t-0/is.this", "data/t-0/x.tmp"})
        ASSERT_TRUE(disk.open(path, OpenMode::create).ok());
    const auto checked = check_directory(disk);
    EXPECT_TRUE(checked.is_sound());
    EXPECT_EQ(checked.findings.size(), 3) << checked.text();
}

class DirectoryCheckWithJournal : public FlusherTest {};

// What only the journal holds is there for a start, and so for a check.
TEST_F(DirectoryCheckWithJournal, replays_the_journal_without_a_write) {
    start_with_all_due();
    append_to_each();
    pool.run_all();
    die();
    under.crash();
    EXPECT_TRUE(check_directory(under).is_sound());
    EXPECT_EQ(check_directory(under).totals.batches, 3 * log_count);
}

TEST_F(DirectoryCheckWithJournal, names_a_journal_that_is_damaged) {
    start();
    warm_up();
    append_to_each();
    pool.run_all();
    append_to_each();
    pool.run_all();
    die();
    const auto path = std::string{"data/"} + journal_names[1];
    for (const auto at : {std::uint64_t{3}, std::uint64_t{journal_header_size + 30}}) {
        under.corrupt(path, at, std::byte{4});
        EXPECT_TRUE(check_directory(under).names(path)) << at;
        under.corrupt(path, at, std::byte{4});
    }
}

}  // namespace
}  // namespace leat::storage
