#include "broker/unfinished_frames.hpp"

#include <gtest/gtest.h>

namespace leat::broker {
namespace {

TEST(UnfinishedFrames, let_everyone_be_up_to_the_limit) {
    UnfinishedFrames frames{100};
    EXPECT_FALSE(frames.hold(1, 60));
    EXPECT_FALSE(frames.hold(2, 40));
    EXPECT_EQ(frames.held(), 100U);
}

TEST(UnfinishedFrames, name_whoever_holds_most_beyond_the_limit) {
    UnfinishedFrames frames{100};
    frames.hold(1, 60);
    EXPECT_EQ(frames.hold(2, 41), 1U);
    frames.hold(1, 0);
    EXPECT_EQ(frames.hold(2, 101), 2U);
}

TEST(UnfinishedFrames, forget_what_was_finished_or_closed) {
    UnfinishedFrames frames{100};
    for (std::uint64_t id = 1; id < 50; ++id) {
        EXPECT_FALSE(frames.hold(id, 90));
        EXPECT_FALSE(frames.hold(id, 0));
    }
    EXPECT_EQ(frames.held(), 0U);
}

}  // namespace
}  // namespace leat::broker
