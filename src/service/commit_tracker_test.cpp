#include "service/commit_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace leat::service {
namespace {

TEST(CommitTracker, commits_only_the_prefix_without_a_gap_in_what_is_done) {
    CommitTracker tracker{1};
    const auto a = tracker.delivered(10);
    const auto b = tracker.delivered(11);
    const auto c = tracker.delivered(12);
    EXPECT_EQ(tracker.to_commit(), std::nullopt);
    EXPECT_TRUE(tracker.done(1, c));
    EXPECT_TRUE(tracker.done(1, b));
    EXPECT_EQ(tracker.to_commit(), std::nullopt);
    EXPECT_TRUE(tracker.done(1, a));
    EXPECT_EQ(tracker.to_commit(), 13);
    EXPECT_EQ(tracker.span(), 0U);
}

TEST(CommitTracker, walks_over_offsets_that_were_never_delivered) {
    CommitTracker tracker{1};
    const auto a = tracker.delivered(5);
    const auto b = tracker.delivered(90);
    tracker.done(1, a);
    EXPECT_EQ(tracker.to_commit(), 6);
    tracker.done(1, b);
    EXPECT_EQ(tracker.to_commit(), 91);
}

TEST(CommitTracker, ignores_completions_of_another_assignment_and_repeated_ones) {
    CommitTracker tracker{7};
    const auto a = tracker.delivered(0);
    EXPECT_FALSE(tracker.done(6, a));
    EXPECT_EQ(tracker.to_commit(), std::nullopt);
    EXPECT_TRUE(tracker.done(7, a));
    EXPECT_FALSE(tracker.done(7, a));
    EXPECT_EQ(tracker.incomplete(), 0U);
}

TEST(CommitTracker, has_nothing_to_commit_once_the_group_has_accepted_it) {
    CommitTracker tracker{1};
    tracker.done(1, tracker.delivered(0));
    EXPECT_EQ(tracker.done_since_commit(), 1U);
    tracker.committed(1);
    EXPECT_EQ(tracker.to_commit(), std::nullopt);
    EXPECT_EQ(tracker.done_since_commit(), 0U);
    tracker.done(1, tracker.delivered(1));
    EXPECT_EQ(tracker.to_commit(), 2);
}

TEST(CommitTracker, knows_when_the_oldest_undone_and_the_last_record_came) {
    CommitTracker tracker{1};
    EXPECT_FALSE(tracker.oldest_undone());
    EXPECT_FALSE(tracker.last_arrival());
    const auto a = tracker.delivered(10, {MonoTime{}, 100});
    const auto b = tracker.delivered(11, {MonoTime{}, 200});
    const auto c = tracker.delivered(12, {MonoTime{}, 300});
    tracker.done(1, b);
    EXPECT_EQ(tracker.oldest_undone()->timestamp_ms, 100);
    tracker.done(1, a);
    EXPECT_EQ(tracker.oldest_undone()->timestamp_ms, 300);
    tracker.done(1, c);
    EXPECT_FALSE(tracker.oldest_undone());
    EXPECT_EQ(tracker.last_arrival()->timestamp_ms, 300);
}

// Against a model, in random orders with random gaps: the value to commit is never above an undone
// record and is as high as it can be.
TEST(CommitTracker, agrees_with_a_model_in_any_order_of_completion) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    for (int round = 0; round < 200; ++round) {
        CommitTracker tracker{1};
        struct Known {
            std::int64_t offset;
            std::uint64_t sequence;
            bool done;
        };
        std::vector<Known> all;
        std::int64_t offset = static_cast<std::int64_t>(random() % 100);
        for (int step = 0; step < 300; ++step) {
            if (random() % 2 == 0) {
                offset += 1 + static_cast<std::int64_t>(random() % 3);
                all.push_back({offset, tracker.delivered(offset), false});
            } else if (!all.empty()) {
                auto& one = all[random() % all.size()];
                EXPECT_EQ(tracker.done(1, one.sequence), !one.done);
                one.done = true;
            }
            const auto undone =
                std::find_if(all.begin(), all.end(), [](const Known& k) { return !k.done; });
            const std::int64_t expected =
                undone == all.begin() ? -1 : std::prev(undone)->offset + 1;
            ASSERT_EQ(tracker.watermark(), expected);
            if (random() % 10 == 0 && tracker.to_commit()) tracker.committed(*tracker.to_commit());
        }
    }
}

}  // namespace
}  // namespace leat::service
