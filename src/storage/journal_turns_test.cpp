#include "storage/journal_turns.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <vector>

namespace leat::storage {
namespace {

using Share = JournalTurns::Share;

/// Knows of each log what its own files lack and in which of the journal's files that is.
class Model {
public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    void step() {
        switch (random_() % 4) {
            case 0:
                return begin_or_end_group();
            case 1:
                return sync_one();
            case 2:
                return remove_one();
            default:
                return turn_if_it_may();
        }
    }
    int turns() const { return turns_; }

private:
    static constexpr std::size_t logs = 5;

    void begin_or_end_group() {
        if (turns_of_.is_writing()) {
            turns_of_.end_group();
            in_group_.clear();
            return;
        }
        turns_of_.begin_group();
        for (std::size_t log = 0; log < logs; ++log) {
            if (syncing_ == log || random_() % 2 == 0) continue;
            JournalTurns::join(shares_[log]);
            lacking_[current_].insert(log);
            in_group_.insert(log);
        }
    }
    /// A log has one sync at a time: none of its own files while it is in a group.
    void sync_one() {
        if (syncing_ < logs) {
            turns_of_.synced(shares_[syncing_]);
            for (auto& file : lacking_) file.erase(syncing_);
            syncing_ = logs;
            return;
        }
        const auto log = random_() % logs;
        if (!in_group_.contains(log)) syncing_ = log;
    }
    /// As one that is removed: its files are due at once.
    void remove_one() {
        const auto log = random_() % logs;
        const bool held = shares_[log] == Share::held;
        EXPECT_EQ(turns_of_.make_due(shares_[log]), held);
    }
    void turn_if_it_may() {
        std::size_t due = 0;
        for (const auto share : shares_) due += share == Share::due ? 1 : 0;
        ASSERT_EQ(turns_of_.due(), due);
        if (!turns_of_.may_turn()) return;
        ++turns_;
        current_ = 1 - current_;
        EXPECT_TRUE(lacking_[current_].empty()) << "a file is used again that somebody needs";
        for (auto& share : shares_) turns_of_.make_due(share);
        for (std::size_t log = 0; log < logs; ++log)
            EXPECT_EQ(shares_[log] == Share::due, lacking_[1 - current_].contains(log));
    }

    std::mt19937_64 random_;
    JournalTurns turns_of_;
    std::array<Share, logs> shares_{};
    std::array<std::set<std::size_t>, 2> lacking_;  // of each file of the journal
    std::set<std::size_t> in_group_;
    std::size_t syncing_ = logs;
    std::size_t current_ = 0;
    int turns_ = 0;
};

TEST(JournalTurns, never_use_a_file_again_that_holds_what_a_logs_own_files_lack) {
    int turns = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Model model{seed};
        for (int i = 0; i < 400; ++i) model.step();
        ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
        turns += model.turns();
    }
    EXPECT_GT(turns, 300);
}

}  // namespace
}  // namespace leat::storage
