#include "storage/journal.hpp"

#include <gtest/gtest.h>

#include "base/crc32c.hpp"
#include "storage/segment.hpp"
#include "storage/testing/fault_disk.hpp"
#include "storage/testing/log_rig.hpp"
#include "storage/testing/sim_disk.hpp"

namespace leat::storage {
namespace {

constexpr std::size_t header_size = 512;
constexpr std::size_t group_count = 3;
const std::string journal_path = "data/leat-journal-1";  // which is used first
const std::string segment_path = "data/t-0/00000000000000000000.log";

/// A journal of three groups, each with four bytes of one segment.
class JournalTest : public testing::Test {
protected:
    JournalTest() {
        log_nothing();
        check(disk.make_dir("data").ok() && disk.make_dir("data/t-0").ok(), "folders");
        const auto segment = std::move(disk.open(segment_path, OpenMode::create)).value();
        Journal journal{disk, "data", {.bytes = 65536}};
        check(journal.create().ok(), "a journal");
        for (std::uint64_t i = 0; i < group_count; ++i) {
            check(segment->write_at(i * 4, to_bytes("abcd")).ok(), "a segment");
            JournalGroup group;
            check(group.add({{}, "t-0", 0, 0, i * 4, 4}, *segment).ok(), "an entry");
            check(journal.append(std::move(group)).ok(), "a group");
        }
        intact = disk.content(journal_path);
        group_size = 24 + JournalGroup::size_of("t-0", 4);
    }
    /// What the segment holds after a replay that finds it empty.
    std::string replayed() {
        std::ranges::fill(disk.content(segment_path), std::byte{'-'});
        outcome = Journal::replay(disk, "data");
        return std::string{as_text(disk.content(segment_path))};
    }
    void damage(std::size_t position) {
        disk.content(journal_path) = intact;
        disk.content(journal_path)[position] ^= std::byte{1};
    }

    SimDisk disk;
    Bytes intact;
    std::size_t group_size = 0;
    Result<void> outcome;
};

TEST_F(JournalTest, writes_all_of_its_groups_to_their_segment) {
    EXPECT_EQ(replayed(), "abcdabcdabcd");
    EXPECT_TRUE(outcome.ok());
    EXPECT_EQ(replayed(), "------------") << "it is empty by then";
}

TEST_F(JournalTest, ends_where_its_last_group_is_torn) {
    for (std::size_t i = 0; i < group_size; ++i) {
        damage(header_size + 2 * group_size + i);
        EXPECT_EQ(replayed(), "abcdabcd----") << i;
        EXPECT_TRUE(outcome.ok()) << i;
    }
}

TEST_F(JournalTest, refuses_damage_before_a_group_that_is_whole_by_name_and_position) {
    for (std::size_t i = 0; i < 2 * group_size; ++i) {
        damage(header_size + i);
        (void)replayed();
        ASSERT_FALSE(outcome.ok()) << i;
        EXPECT_EQ(outcome.error().code, Errc::corrupt);
        const auto position = std::to_string(header_size + i / group_size * group_size);
        EXPECT_NE(outcome.error().what.find(journal_path + " is damaged at position " + position),
                  std::string::npos)
            << outcome.error().what;
    }
}

// As after every use of the file but its first: what is there behind the last group was written by
// an earlier one, and there is much of it.
TEST_F(JournalTest, finds_damage_behind_any_amount_of_what_earlier_uses_left) {
    auto& content = disk.content(journal_path);
    const auto copy_groups = [&](std::size_t at) {
        std::copy_n(intact.data() + header_size, group_size, content.data() + at);
        content[at] ^= std::byte{1};  // of another generation; and as long as can be
        store_be(content.data() + at + 16, static_cast<std::uint32_t>(content.size() - at - 24));
    };
    for (auto at = header_size + group_count * group_size; at + 2 * group_size < content.size();
         at += group_size)
        copy_groups(at);
    EXPECT_EQ(replayed(), "abcdabcdabcd");
    EXPECT_TRUE(outcome.ok());

    content = intact;
    const auto last = content.size() - group_size;
    for (auto at = header_size + group_size; at + group_size < last; at += group_size)
        copy_groups(at);
    std::copy_n(intact.data() + header_size, group_size, content.data() + last);
    FaultDisk counting{disk};
    const auto found = Journal::replay(counting, "data");
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Errc::corrupt);
    EXPECT_LT(counting.calls(), 100U);
}

TEST_F(JournalTest, refuses_damage_before_a_group_that_is_damaged_too) {
    damage(header_size + 30);
    disk.content(journal_path)[header_size + group_size + 30] ^= std::byte{1};
    disk.content(journal_path)[header_size + 2 * group_size + 30] ^= std::byte{1};
    EXPECT_EQ(replayed(), "------------");
    EXPECT_FALSE(outcome.ok());
}

TEST_F(JournalTest, of_another_version_is_refused_with_what_to_do_and_stays_as_it_is) {
    auto& content = disk.content(journal_path);
    store_be(content.data() + 8, std::uint32_t{1});
    store_be(content.data() + 28, crc32c(ByteView{content}.first(28)));
    const auto before = content;
    EXPECT_EQ(replayed(), "------------");
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, Errc::unsupported);
    EXPECT_NE(outcome.error().what.find("is of version 1"), std::string::npos);
    EXPECT_NE(outcome.error().what.find("stop it cleanly"), std::string::npos);
    EXPECT_EQ(content, before);
    std::ranges::fill(content.begin(), content.begin() + header_size, std::byte{0});  // stopped
    EXPECT_EQ(replayed(), "------------");
    EXPECT_TRUE(outcome.ok());
}

TEST_F(JournalTest, leaves_a_file_alone_that_has_replaced_the_one_it_speaks_of) {
    const auto write = [&](const std::string& path, std::string_view text) {
        auto file = std::move(disk.open(path, OpenMode::create)).value();
        check(file->write_at(0, as_bytes(text)).ok(), "a file");
    };
    const auto cleaned = "data/t-0/" + file_name(0, ".log.cleaned");
    write(cleaned, "new");
    EXPECT_EQ(replayed(), "abcdabcdabcd") << "it was never put into the place";

    disk.content(journal_path) = intact;
    check(disk.rename(cleaned, "data/t-0/" + file_name(0, ".log.swap")).ok(), "a swap that began");
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_EQ(as_text(disk.content(segment_path)), "new");

    disk.content(journal_path) = intact;
    write(cleaned, "newer");
    ASSERT_TRUE(swap_segment(disk, "data/t-0", 0).ok());
    ASSERT_TRUE(Journal::replay(disk, "data").ok());
    EXPECT_EQ(as_text(disk.content(segment_path)), "newer");
}

}  // namespace
}  // namespace leat::storage
