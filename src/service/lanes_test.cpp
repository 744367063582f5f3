#include "service/lanes.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <string>

namespace leat::service {
namespace {

struct LaneOrder : LaneItem {
    explicit LaneOrder(std::uint32_t in, std::uint32_t size = 1) {
        lane = in;
        bytes = size;
    }
};

TEST(Lanes, give_items_of_a_lane_in_order_and_one_run_at_a_time) {
    Lanes lanes{{}};
    LaneOrder a{3}, b{3}, c{3};
    lanes.push(a);
    lanes.push(b);
    auto batch = lanes.take(1);
    EXPECT_EQ(batch.head, &a);
    EXPECT_EQ(batch.lane, 3U);
    lanes.push(c);
    EXPECT_EQ(lanes.take(10).head, nullptr);
    lanes.release(3, nullptr);
    batch = lanes.take(10);
    EXPECT_EQ(batch.count, 2U);
    EXPECT_EQ(batch.head, &b);
    EXPECT_EQ(batch.head->next, &c);
}

TEST(Lanes, put_unfinished_items_back_to_the_front) {
    Lanes lanes{{}};
    LaneOrder a{1}, b{1}, c{1};
    lanes.push(a);
    lanes.push(b);
    lanes.take(10);
    lanes.push(c);
    lanes.done(a);
    lanes.release(1, &b);
    const auto batch = lanes.take(10);
    EXPECT_EQ(batch.count, 2U);
    EXPECT_EQ(batch.head, &b);
    EXPECT_EQ(batch.head->next, &c);
    EXPECT_EQ(lanes.in_flight(), 2U);
}

TEST(Lanes, run_different_lanes_in_parallel_and_in_turn) {
    Lanes lanes{{}};
    LaneOrder a{1}, b{2}, c{1};
    lanes.push(a);
    lanes.push(b);
    EXPECT_EQ(lanes.take(1).head, &a);
    EXPECT_EQ(lanes.take(1).head, &b);
    EXPECT_EQ(lanes.running_lanes(), 2U);
    lanes.push(c);
    EXPECT_FALSE(lanes.runnable());
}

TEST(Lanes, pause_at_a_bound_and_go_on_below_three_quarters_of_it) {
    Lanes lanes{{.records = 8, .bytes = 1000}};
    std::deque<LaneOrder> items;
    for (std::uint32_t i = 0; i < 8; ++i) {
        EXPECT_TRUE(lanes.accepts());
        lanes.push(items.emplace_back(i));
    }
    EXPECT_FALSE(lanes.accepts());
    EXPECT_EQ(lanes.room(), 0U);
    lanes.done(items[0]);
    EXPECT_FALSE(lanes.accepts());
    lanes.done(items[1]);
    EXPECT_TRUE(lanes.accepts());
    EXPECT_EQ(lanes.room(), 2U);
}

TEST(Lanes, admit_one_record_that_is_larger_than_the_bound_in_bytes) {
    Lanes lanes{{.records = 8, .bytes = 100}};
    LaneOrder big{0, 5000};
    EXPECT_TRUE(lanes.accepts());
    lanes.push(big);
    EXPECT_FALSE(lanes.accepts());
    lanes.take(1);
    lanes.done(big);
    EXPECT_TRUE(lanes.accepts());
}

TEST(Lanes, drop_what_waits_but_not_what_runs) {
    Lanes lanes{{}};
    LaneOrder a{1}, b{1}, c{2};
    lanes.push(a);
    lanes.take(1);
    lanes.push(b);
    lanes.push(c);
    EXPECT_EQ(lanes.clear(), &c);
    EXPECT_EQ(c.next, nullptr);
    EXPECT_FALSE(lanes.runnable());
    lanes.release(1, nullptr);
    EXPECT_TRUE(lanes.runnable());
}

TEST(Lanes, keep_a_key_in_its_lane_and_spread_different_ones) {
    std::map<std::uint32_t, int> used;
    for (int i = 0; i < 10'000; ++i) {
        const auto key = "customer-" + std::to_string(i);
        EXPECT_EQ(Lanes::lane_of(key), Lanes::lane_of(key));
        ++used[Lanes::lane_of(key)];
    }
    EXPECT_EQ(used.size(), Lanes::lane_count);
    for (const auto& [lane, count] : used) EXPECT_LT(count, 100);
}

// Random work against the rule: within a lane, items end in the order in which they came.
TEST(Lanes, never_reorder_a_lane_under_random_work) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    Lanes lanes{{.records = 64, .bytes = 1 << 20}};
    std::deque<LaneOrder> items;
    std::map<std::uint32_t, std::deque<LaneItem*>> expected;
    std::vector<Lanes::Batch> out;
    for (int step = 0; step < 20'000; ++step) {
        if (random() % 2 == 0 && lanes.accepts()) {
            auto& item = items.emplace_back(static_cast<std::uint32_t>(random() % 5));
            expected[item.lane].push_back(&item);
            lanes.push(item);
        } else if (random() % 2 == 0) {
            if (const auto batch = lanes.take(1 + random() % 4); batch.head != nullptr)
                out.push_back(batch);
        } else if (!out.empty()) {
            const auto batch = out.back();
            out.pop_back();
            auto* item = batch.head;
            for (auto end = random() % (batch.count + 1); end > 0; --end) {
                ASSERT_EQ(expected[batch.lane].front(), item);
                expected[batch.lane].pop_front();
                lanes.done(*item);
                item = item->next;
            }
            lanes.release(batch.lane, item);
        }
    }
}

}  // namespace
}  // namespace leat::service
