#include "service/consumer_age.hpp"

#include <gtest/gtest.h>

namespace leat::service {
namespace {

using namespace std::chrono_literals;

class ConsumerAge : public testing::Test {
protected:
    /// A record that was written `age` ago comes now.
    std::uint64_t deliver(std::int64_t offset, std::chrono::milliseconds age) {
        return tracker.delivered(offset, {clock.now(), clock.wall_ms() - age.count()});
    }
    ManualClock clock;
    CommitTracker tracker{1};
};

TEST_F(ConsumerAge, grows_with_the_oldest_record_that_is_not_done) {
    EXPECT_EQ(oldest_inflight_seconds(tracker, clock), 0);
    const auto a = deliver(0, 10s);
    clock.advance(2s);
    const auto b = deliver(1, 500ms);
    clock.advance(1s);
    EXPECT_EQ(oldest_inflight_seconds(tracker, clock), 3);
    EXPECT_EQ(lag_seconds(tracker, 2, clock), 13);
    tracker.done(1, a);
    EXPECT_EQ(oldest_inflight_seconds(tracker, clock), 1);
    EXPECT_EQ(lag_seconds(tracker, 2, clock), 1.5);
    tracker.done(1, b);
    EXPECT_EQ(oldest_inflight_seconds(tracker, clock), 0);
}

TEST_F(ConsumerAge, has_no_lag_at_the_end_of_the_log) {
    tracker.done(1, deliver(0, 10s));
    clock.advance(60s);
    EXPECT_EQ(lag_seconds(tracker, 1, clock), 0);
}

TEST_F(ConsumerAge, keeps_before_the_end_of_the_log_the_lag_with_which_the_last_record_came) {
    tracker.done(1, deliver(0, 10s));
    clock.advance(60s);
    EXPECT_EQ(lag_seconds(tracker, 2, clock), 10);
    EXPECT_EQ(lag_seconds(tracker, std::nullopt, clock), 10);
}

TEST_F(ConsumerAge, cannot_tell_the_lag_before_the_first_record_nor_without_a_timestamp) {
    EXPECT_EQ(lag_seconds(tracker, 5, clock), std::nullopt);
    tracker.delivered(0, {clock.now(), 0});
    EXPECT_EQ(lag_seconds(tracker, 5, clock), std::nullopt);
}

TEST_F(ConsumerAge, is_not_below_zero_when_the_writers_clock_is_ahead) {
    const auto a = deliver(0, -5s);
    EXPECT_EQ(lag_seconds(tracker, 1, clock), 0);
    tracker.done(1, a);
    EXPECT_EQ(lag_seconds(tracker, 2, clock), 0);
}

}  // namespace
}  // namespace leat::service
