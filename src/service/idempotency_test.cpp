#include "service/idempotency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::service {
namespace {

using Memory = IdempotencyMemory<int, std::string>;
using Found = Memory::Found;
using std::chrono::milliseconds;

const MonoTime start{};

TEST(Idempotency, gives_repeats_the_first_answer) {
    Memory memory{10, milliseconds{1000}};
    EXPECT_EQ(memory.begin("k", 1, start, "w").found, Found::first);
    EXPECT_TRUE(memory.finish("k", 42, start).empty());
    const auto again = memory.begin("k", 1, start, "w");
    EXPECT_EQ(again.found, Found::known);
    EXPECT_EQ(*again.answer, 42);
}

TEST(Idempotency, keeps_repeats_waiting_while_the_first_is_under_way) {
    Memory memory{10, milliseconds{1000}};
    memory.begin("k", 1, start, "a");
    EXPECT_EQ(memory.begin("k", 1, start, "b").found, Found::waiting);
    EXPECT_EQ(memory.begin("k", 1, start, "c").found, Found::waiting);
    EXPECT_THAT(memory.finish("k", 1, start), testing::ElementsAre("b", "c"));
}

TEST(Idempotency, finds_a_key_that_comes_with_another_body) {
    Memory memory{10, milliseconds{1000}};
    memory.begin("k", 1, start, "a");
    EXPECT_EQ(memory.begin("k", 2, start, "b").found, Found::mismatch);
}

TEST(Idempotency, lets_the_next_one_be_first_after_a_failure) {
    Memory memory{10, milliseconds{1000}};
    memory.begin("k", 1, start, "a");
    memory.begin("k", 1, start, "b");
    EXPECT_THAT(memory.forget("k"), testing::ElementsAre("b"));
    EXPECT_EQ(memory.begin("k", 1, start, "c").found, Found::first);
}

TEST(Idempotency, forgets_after_its_window) {
    Memory memory{10, milliseconds{1000}};
    memory.begin("k", 1, start, "a");
    memory.finish("k", 1, start);
    EXPECT_EQ(memory.begin("k", 1, start + milliseconds{1000}, "b").found, Found::known);
    EXPECT_EQ(memory.begin("k", 1, start + milliseconds{1001}, "c").found, Found::first);
}

TEST(Idempotency, forgets_the_oldest_answers_when_full_but_none_that_is_under_way) {
    Memory memory{3, milliseconds{1000}};
    memory.begin("running", 1, start, "a");
    for (const char* key : {"a", "b", "c", "d"}) {
        memory.begin(key, 1, start, "w");
        memory.finish(key, 1, start);
    }
    EXPECT_LE(memory.size(), 3U);
    EXPECT_EQ(memory.begin("running", 1, start, "b").found, Found::waiting);
    EXPECT_EQ(memory.begin("d", 1, start, "w").found, Found::known);
    EXPECT_EQ(memory.begin("a", 1, start, "w").found, Found::first);
}

}  // namespace
}  // namespace leat::service
