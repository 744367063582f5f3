#include "storage/commit_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/testing/log_rig.hpp"

namespace leat::storage {
namespace {

using testing::ElementsAre;

class CommitQueueTest : public testing::Test {
protected:
    CommitQueueTest() {
        log_nothing();
        check(rig.start().ok(), "a log");
        queue = std::make_unique<CommitQueue>(rig.log, *rig.flusher, [this] { ++moves; });
    }
    AppendOutcome append(CommitQueue::Done safe = {}) {
        return queue->append(IncomingBatch::of(batch_of({"a"})), 1000, AppendOrigin::client,
                             std::move(safe));
    }
    CommitQueue::Done note(const std::string& name) {
        return [this, name](const Result<void>& result) {
            heard.push_back(name + (result.ok() ? "" : "!"));
        };
    }

    SimDisk disk;
    LogRig rig{disk};
    std::unique_ptr<CommitQueue> queue;
    std::vector<std::string> heard;
    int moves = 0;
};

TEST_F(CommitQueueTest, tells_those_who_wait_in_the_order_of_their_offsets) {
    append(note("first"));
    append(note("second"));
    queue->when_safe(1, note("asked later for the first"));
    EXPECT_TRUE(heard.empty());
    rig.settle();
    EXPECT_THAT(heard, ElementsAre("first", "asked later for the first", "second"));
    queue->when_safe(2, note("at once"));
    EXPECT_EQ(heard.back(), "at once");
    EXPECT_GT(moves, 0);
}

TEST_F(CommitQueueTest, promises_what_nobody_waits_for) {
    append(note("waits"));
    EXPECT_EQ(queue->promised_end(), 0);
    append();
    EXPECT_EQ(queue->promised_end(), 2);
    append(note("waits"));
    EXPECT_EQ(queue->promised_end(), 2);
    EXPECT_TRUE(queue->is_kept_back(1, 2));
    EXPECT_FALSE(queue->is_kept_back(2, 2));
    rig.settle();
    EXPECT_FALSE(queue->is_kept_back(1, 2));
    EXPECT_EQ(queue->promised_end(), 3);
}

TEST_F(CommitQueueTest, tells_of_a_fault_after_what_was_appended_before_it) {
    disk.set_free_space(0);
    append(note("held back by the floor"));
    EXPECT_THAT(heard, ElementsAre("held back by the floor!"));
    disk.set_free_space(std::uint64_t{1} << 30);
    append(note("first"));
    const auto outcome = queue->append(IncomingBatch::of(idempotent(1, 0, 7, {"a"})), 1000,
                                       AppendOrigin::client, note("out of order"));
    EXPECT_EQ(outcome.fault, LogFault::none) << "a producer may begin anywhere";
    const auto refused = queue->append(IncomingBatch::of(idempotent(1, 0, 9, {"b"})), 1000,
                                       AppendOrigin::client, note("refused"));
    EXPECT_EQ(refused.fault, LogFault::out_of_order_sequence);
    EXPECT_EQ(heard.size(), 1U);
    rig.settle();
    EXPECT_THAT(heard, ElementsAre("held back by the floor!", "first", "out of order", "refused!"));
}

TEST_F(CommitQueueTest, wakes_all_when_it_is_closed_or_its_log_goes_offline) {
    append(note("waits"));
    queue->close();
    queue->when_safe(1, note("comes later"));
    EXPECT_THAT(heard, ElementsAre("waits!", "comes later!"));
    EXPECT_FALSE(queue->is_kept_back(0, 1));
}

TEST_F(CommitQueueTest, may_be_destroyed_by_one_who_waited) {
    append([this](const Result<void>&) { queue.reset(); });
    rig.settle();
    EXPECT_EQ(queue, nullptr);
    EXPECT_EQ(moves, 0);
}

}  // namespace
}  // namespace leat::storage
