#include "service/retry.hpp"

#include <gtest/gtest.h>

namespace leat::service {
namespace {

using std::chrono::milliseconds;

TEST(Retry, doubles_the_delay_up_to_its_limit) {
    const retry_options options;
    EXPECT_EQ(backoff(options, 1), milliseconds{200});
    EXPECT_EQ(backoff(options, 2), milliseconds{400});
    EXPECT_EQ(backoff(options, 4), milliseconds{1600});
    EXPECT_EQ(backoff(options, 8), milliseconds{25'600});
    EXPECT_EQ(backoff(options, 9), milliseconds{30'000});
    EXPECT_EQ(backoff(options, 1'000'000), milliseconds{30'000});
}

TEST(Retry, ends_after_the_last_attempt) {
    RetryPolicy policy{{}, 1};
    for (int attempt = 1; attempt < 5; ++attempt) EXPECT_TRUE(policy.next_delay(attempt));
    EXPECT_FALSE(policy.next_delay(5));
}

TEST(Retry, goes_on_for_ever_with_no_limit_of_attempts) {
    RetryPolicy policy{{.attempts = 0}, 1};
    EXPECT_TRUE(policy.next_delay(1'000'000));
}

TEST(Retry, spreads_delays_by_a_fifth_to_both_sides) {
    RetryPolicy policy{{.attempts = 0}, 42};
    auto least = milliseconds::max();
    auto most = milliseconds{0};
    for (int i = 0; i < 10'000; ++i) {
        const auto delay = *policy.next_delay(1);
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
    EXPECT_GE(least, milliseconds{160});
    EXPECT_LT(least, milliseconds{165});
    EXPECT_LE(most, milliseconds{240});
    EXPECT_GT(most, milliseconds{235});
}

TEST(Retry, repeats_its_delays_with_the_same_seed) {
    RetryPolicy a{{.attempts = 0}, 7};
    RetryPolicy b{{.attempts = 0}, 7};
    for (int i = 1; i < 20; ++i) EXPECT_EQ(a.next_delay(i), b.next_delay(i));
}

}  // namespace
}  // namespace leat::service
