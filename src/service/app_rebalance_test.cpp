// Rebalances, drains and late handlers: nothing undone is ever committed, nothing is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "service/app_for_test.hpp"

namespace leat::service {
namespace {

struct Step {
    int number = 0;
};

std::string step(int number) { return R"({"number":)" + std::to_string(number) + "}"; }

const std::vector<std::string> quick{"commit.interval=20ms", "group.session_timeout=6s",
                                     "revoke.timeout=1s"};

void produce_forty_to_two_partitions(KafkaForTest& kafka, const std::string& topic,
                                     const std::string& group) {
    kafka.create_topic(topic, 2);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    constexpr int count = 40;
    std::vector<KafkaForTest::KeyAndValue> records;
    records.reserve(count);
    for (int i = 0; i < count; ++i) records.emplace_back("k" + std::to_string(i), step(i));
    kafka.produce_all(topic, records);
}

class Numbers {
public:
    void add(int number) {
        const std::lock_guard lock{mutex_};
        numbers_.insert(number);
    }
    std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return numbers_.size();
    }

private:
    mutable std::mutex mutex_;
    std::set<int> numbers_;
};

TEST(Rebalance, hands_partitions_over_without_losing_a_record) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    constexpr int partitions = 6;
    kafka.create_topic(topic, partitions);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    Numbers seen;
    std::atomic<int> by_second{0};
    const auto handle = [&](const Step& s) {
        std::this_thread::sleep_for(std::chrono::microseconds{500});
        seen.add(s.number);
    };
    int next = 0;
    const auto produce = [&](int count) {
        std::vector<KafkaForTest::KeyAndValue> records;
        for (int i = 0; i < count; ++i, ++next)
            records.emplace_back("k" + std::to_string(next % 50), step(next));
        kafka.produce_all(topic, records);
    };
    AppForTest first{group, kafka, quick};
    first.app().on<Step>(topic, handle);
    AppForTest second{group, kafka, quick};
    second.app().on<Step>(topic, [&](const Step& s) {
        ++by_second;
        handle(s);
    });
    produce(2000);
    first.start();
    produce(2000);
    second.start();
    produce(2000);
    EXPECT_TRUE(eventually([&] { return by_second > 0; }));
    EXPECT_EQ(first.stop(), 0);
    produce(2000);
    EXPECT_TRUE(eventually([&] { return seen.size() == static_cast<std::size_t>(next); }));
    // Commits are refused while the group agrees on who is left.
    EXPECT_TRUE(
        eventually([&] { return kafka.committed_in_all(group, topic, partitions) == next; }));
    EXPECT_EQ(second.stop(), 0);
}

TEST(Rebalance, never_commits_a_record_whose_handler_has_not_ended) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    produce_forty_to_two_partitions(kafka, topic, group);

    std::latch release{1};
    std::atomic<int> stuck{0};
    std::map<std::int32_t, std::int64_t> first_stuck;
    std::mutex mutex;
    AppForTest first{group, kafka, quick};
    // The first record of each partition never ends until it is released; the rest does.
    first.app().on<Step>(topic, [&](const Step&, context& ctx) {
        if (ctx.offset() != 0) return;
        ++stuck;
        release.wait();
        EXPECT_TRUE(ctx.cancelled() || stuck == 2);
    });
    first.start();
    EXPECT_TRUE(eventually([&] { return stuck == 2; }));
    EXPECT_EQ(kafka.committed_in_all(group, topic, 2), 0);

    std::atomic<int> first_offsets_by_second{0};
    std::set<std::int32_t> moved;
    AppForTest second{group, kafka, quick};
    second.app().on<Step>(topic, [&](const Step&, context& ctx) {
        if (ctx.offset() == 0) ++first_offsets_by_second;
        const std::lock_guard lock{mutex};
        moved.insert(ctx.partition());
    });
    second.start();
    // The partition that moved is begun from its undone record, though later ones were done.
    EXPECT_TRUE(eventually([&] { return first_offsets_by_second > 0; }));
    release.count_down();
    first.stop();
    EXPECT_TRUE(eventually([&] { return kafka.committed_in_all(group, topic, 2) == 40; }));
    second.stop();
}

TEST(Rebalance, tells_its_duration_and_forgets_the_ages_of_what_moved) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    produce_forty_to_two_partitions(kafka, topic, group);

    const auto never = [](const Step&) { return defer(std::chrono::milliseconds{1}); };
    AppForTest first{group, kafka, quick};
    first.app().on<Step>(topic, never);
    first.start();
    const auto age_in_first = [&](std::int32_t partition) {
        return first.metric("leat_consumer_oldest_inflight_seconds{group=\"" + group
                            + "\",partition=\"" + std::to_string(partition) + "\"");
    };
    EXPECT_TRUE(eventually([&] { return age_in_first(0) > 0 && age_in_first(1) > 0; }));
    const auto before = first.metric("leat_rebalance_duration_seconds_count");
    EXPECT_GE(before, 1);

    std::atomic<std::int32_t> moved{-1};
    AppForTest second{group, kafka, quick};
    second.app().on<Step>(topic, [&](const Step& s, context& ctx) {
        moved = ctx.partition();
        return never(s);
    });
    second.start();
    const auto assigned = "leat_rebalances_total{group=\"" + group + "\",kind=\"assign\"";
    EXPECT_TRUE(eventually([&] {
        // The member is assigned what it keeps, and joins again: the rebalance is not over.
        if (first.metric("leat_rebalance_duration_seconds_count") <= before) return false;
        EXPECT_GE(first.metric(assigned), 3);
        return true;
    }));
    EXPECT_TRUE(eventually([&] { return moved >= 0; }));
    EXPECT_EQ(age_in_first(moved), 0);
    EXPECT_GT(age_in_first(1 - moved), 0);
}

TEST(Rebalance, gives_a_dead_members_partitions_to_its_successor_that_says_what_it_waits_for) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    produce_forty_to_two_partitions(kafka, topic, group);
    kafka.let_a_member_die(group, topic, 6000);
    Numbers seen;
    AppForTest successor{group, kafka, quick};
    successor.app().on<Step>(topic, [&](const Step& s) { seen.add(s.number); });
    testing::internal::CaptureStderr();
    successor.begin();
    EXPECT_TRUE(eventually([&] { return seen.size() == 40; }));
    EXPECT_EQ(successor.stop(), 0);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                testing::ContainsRegex("waiting for the group to assign partitions: a member that "
                                       "died holds its own.* session_timeout_ms=6000"));
}

TEST(Drain, finishes_what_runs_and_commits_it) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    kafka.create_topic(topic, 1);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    kafka.produce_all(topic, {{"a", step(1)}, {"b", step(2)}});
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    AppForTest app{group, kafka, {"commit.interval=1h"}};
    app.app().on<Step>(topic, [&](const Step&) {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        ++ended;
    });
    app.start();
    EXPECT_TRUE(eventually([&] { return begun > 0; }));
    EXPECT_EQ(app.stop(), 0);
    EXPECT_EQ(ended, begun);
    EXPECT_EQ(kafka.committed(group, topic, 0), ended);
}

// All of one key, so that they share a lane.
void produce_one_key(KafkaForTest& kafka, const std::string& topic, int count) {
    std::vector<KafkaForTest::KeyAndValue> records;
    records.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) records.emplace_back("a", step(i));
    kafka.produce_all(topic, records);
}

TEST(Drain, ends_with_the_record_in_hand_however_many_of_its_key_wait) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    kafka.create_topic(topic, 1);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    produce_one_key(kafka, topic, 100);
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    {
        AppForTest first{group, kafka, {"commit.interval=1h"}};
        first.app().on<Step>(topic, [&](const Step&, context& ctx) {
            ++begun;
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
            EXPECT_FALSE(ctx.cancelled());
            ++ended;
        });
        first.start();
        EXPECT_TRUE(eventually([&] { return begun > 0; }));
        EXPECT_EQ(first.stop(), 0);
    }
    EXPECT_EQ(ended, begun);
    EXPECT_LT(ended, 50);
    EXPECT_EQ(kafka.committed(group, topic, 0), ended);

    std::atomic<int> first_number{-1};
    AppForTest second{group, kafka, quick};
    second.app().on<Step>(topic, [&](const Step& s) {
        if (first_number < 0) first_number = s.number;
    });
    second.start();
    EXPECT_TRUE(eventually([&] { return first_number >= 0; }));
    EXPECT_EQ(first_number, ended);
}

TEST(Drain, ends_a_coroutines_key_with_the_record_in_hand) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    kafka.create_topic(topic, 1);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    produce_one_key(kafka, topic, 100);
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    AppForTest app{group, kafka, {"commit.interval=1h"}};
    app.app().on<Step>(topic, [&](const Step&, context& ctx) -> task<> {
        ++begun;
        co_await ctx.sleep(std::chrono::milliseconds{100});
        ++ended;
    });
    app.start();
    EXPECT_TRUE(eventually([&] { return begun > 0; }));
    EXPECT_EQ(app.stop(), 0);
    EXPECT_EQ(ended, begun);
    EXPECT_LT(ended, 50);
    EXPECT_EQ(kafka.committed(group, topic, 0), ended);
}

TEST(Progress, counts_each_record_of_a_key_when_it_is_done) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    kafka.create_topic(topic, 1);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    produce_one_key(kafka, topic, 20);
    std::latch release{1};
    AppForTest app{group, kafka, quick};
    app.app().on<Step>(topic, [&](const Step& s) {
        if (s.number == 7) release.wait();
    });
    app.start();
    EXPECT_TRUE(eventually([&] { return kafka.committed(group, topic, 0) == 7; }));
    EXPECT_TRUE(eventually([&] {
        return app.metric("leat_consumer_watermark_offset") == 7
               && app.metric("leat_consumer_lag_records") == 13;
    }));
    release.count_down();
    EXPECT_TRUE(eventually([&] { return kafka.committed(group, topic, 0) == 20; }));
}

TEST(Drain, gives_up_at_its_limit_without_committing_what_still_runs) {
    KafkaForTest kafka;
    const auto topic = kafka.unique("steps");
    const auto group = kafka.unique("walkers");
    kafka.create_topic(topic, 1);
    kafka.create_topic(topic + "." + group + ".dlq", 1);
    kafka.produce(topic, "a", step(1));
    std::latch release{1};
    std::atomic<bool> begun{false};
    AppForTest app{group, kafka, {"commit.interval=10ms", "shutdown.timeout=2s"}};
    app.app().on<Step>(topic, [&](const Step&) {
        begun = true;
        release.wait();
    });
    app.start();
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
    EXPECT_EQ(app.stop(), 2);
    EXPECT_EQ(kafka.committed(group, topic, 0), -1);
    release.count_down();
}

TEST(Drain, may_come_before_the_first_assignment) {
    KafkaForTest kafka{KafkaForTest::Kind::mock};
    kafka.create_topic("steps", 1);
    kafka.create_topic("steps.walkers.dlq", 1);
    kafka.refuse_assignments(1000);
    AppForTest app{"walkers", kafka};
    app.app().on<Step>("steps", [](const Step&) {});
    int code = -1;
    std::thread running{[&] { code = app.app().run(); }};
    // The mock cluster answers a first join after three seconds, and nothing tells that it did.
    std::this_thread::sleep_for(std::chrono::milliseconds{4000});
    app.app().stop();
    running.join();
    EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace leat::service
