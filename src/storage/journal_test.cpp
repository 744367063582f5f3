#include "storage/journal.hpp"

#include <gtest/gtest.h>

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
            check(group.add({}, "t-0", 0, *segment, i * 4, 4).ok(), "an entry");
            check(journal.append(std::move(group)).ok(), "a group");
        }
        intact = disk.content(journal_path);
        group_size = 8 + JournalGroup::size_of("t-0", 4);
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

// Producers choose the bytes that a use of the file leaves behind for the next.
TEST_F(JournalTest, is_not_read_for_ever_where_old_records_look_like_groups) {
    auto& content = disk.content(journal_path);
    constexpr std::size_t group_front = 8;
    constexpr std::size_t step = 49;
    for (auto at = header_size + group_count * group_size; at + step < content.size(); at += step) {
        const auto length = content.size() - at - group_front;
        store_be(content.data() + at, static_cast<std::uint32_t>(length));
        store_be(content.data() + at + group_front + 36, std::uint16_t{3});
        std::ranges::copy(as_bytes(std::string_view{"a-0"}), content.data() + at + 46);
    }
    FaultDisk counting{disk};
    EXPECT_TRUE(Journal::replay(counting, "data").ok());
    EXPECT_LT(counting.calls(), 100U);
}

}  // namespace
}  // namespace leat::storage
