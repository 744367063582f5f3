// The search for the largest timestamp: beside what a reader of the whole log would find.
#include <gtest/gtest.h>

#include <random>

#include "storage/log_jobs.hpp"
#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

class LargestTimestamp : public testing::Test {
protected:
    LargestTimestamp() : rig(disk, config()) { check(rig.start().ok(), "an empty disk"); }

    static LogConfig config() {
        LogConfig config;
        config.segment_bytes = 300;
        config.index_interval_bytes = 100;
        return config;
    }
    /// One batch with a record at each of these times.
    void append(const std::vector<TimestampMs>& times) {
        std::vector<kafka::NewRecord> records;
        for (const auto time : times) records.push_back({time, {}, as_bytes(value_), {}});
        const auto outcome = rig.append(kafka::build_batch(records, {}));
        ASSERT_EQ(outcome.fault, LogFault::none) << outcome.what;
        times_.insert(times_.end(), times.begin(), times.end());
    }
    void append_synced(const std::vector<TimestampMs>& times) {
        append(times);
        rig.settle();
    }
    /// Offset and timestamp; -1 for nothing.
    std::pair<std::int64_t, TimestampMs> largest() {
        const auto found = rig.log->search_max_timestamp()->run(disk);
        check(found.ok(), "the disk is sound");
        return *found ? std::pair{(*found)->offset, (*found)->timestamp}
                      : std::pair<std::int64_t, TimestampMs>{-1, -1};
    }
    std::pair<std::int64_t, TimestampMs> expected() const {
        std::pair<std::int64_t, TimestampMs> best{-1, -1};
        for (auto i = rig.log->log_start(); i < rig.log->high_watermark(); ++i)
            if (const auto time = times_[static_cast<std::size_t>(i)]; time > best.second)
                best = {i, time};
        return best;
    }

    SimDisk disk;
    LogRig rig;

private:
    std::string value_ = "value";
    std::vector<TimestampMs> times_;
};

using Hit = std::pair<std::int64_t, TimestampMs>;

TEST_F(LargestTimestamp, is_that_of_the_synced_while_newer_ones_are_not) {
    append_synced({1000});
    append_synced({1005, 1004});
    append({1009});
    EXPECT_EQ(largest(), Hit(1, 1005));
    for (TimestampMs time = 1010; time < 1030; ++time) append({time});  // into further segments
    EXPECT_EQ(largest(), Hit(1, 1005));
    rig.settle();
    EXPECT_EQ(largest(), Hit(23, 1029));
}

TEST_F(LargestTimestamp, is_that_of_what_the_log_still_begins_with) {
    append_synced({1000, 1050, 1020, 1010});
    append_synced({1015});
    ASSERT_EQ(rig.log->delete_records(2), LogFault::none);
    EXPECT_EQ(largest(), Hit(2, 1020));
    ASSERT_EQ(rig.log->delete_records(3), LogFault::none);
    EXPECT_EQ(largest(), Hit(4, 1015));
    ASSERT_EQ(rig.log->delete_records(5), LogFault::none);
    EXPECT_EQ(largest(), Hit(-1, -1));
}

TEST_F(LargestTimestamp, is_the_first_among_equals_over_all_segments) {
    for (int i = 0; i < 20; ++i) append_synced({1000, 1007, 1007});
    ASSERT_GT(rig.log->segment_count(), 2U);
    EXPECT_EQ(largest(), Hit(1, 1007));
    ASSERT_EQ(rig.log->delete_records(31), LogFault::none);
    EXPECT_EQ(largest(), Hit(31, 1007));
}

TEST_F(LargestTimestamp, is_what_a_reader_of_the_whole_log_would_find) {
    std::mt19937 random{11};
    const auto below = [&](std::int64_t n) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
    };
    for (int step = 0; step < 600; ++step) {
        std::vector<TimestampMs> times(static_cast<std::size_t>(1 + below(3)));
        for (auto& time : times) time = 1000 + step / 20 + below(30);
        append(times);
        if (below(3) == 0) rig.settle();
        if (below(10) == 0) {
            const auto& log = *rig.log;
            const auto most =
                std::min<std::int64_t>(log.high_watermark() - log.log_start() + 1, 40);
            ASSERT_EQ(rig.log->delete_records(log.log_start() + below(most)), LogFault::none);
        }
        if (below(100) == 0) {
            rig.settle();
            ASSERT_TRUE(rig.stop().ok());
            ASSERT_TRUE(rig.start().ok());  // the indexes are on disk
        }
        ASSERT_EQ(largest(), expected()) << "in step " << step;
    }
}

}  // namespace
}  // namespace leat::storage
