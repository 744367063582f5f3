// The judge of copies finds what it is there for: each kind of fault, planted.
#include "copy_judge.hpp"

#include <gtest/gtest.h>

namespace leat::crash {
namespace {

using Fate = CopyJudge::Fate;

// Two input partitions with two records each go to one output partition, in two transactions.
class CopyJudgeTest : public testing::Test {
protected:
    CopyJudgeTest() {
        for (auto transaction : {judge.begin(), judge.begin()}) {
            judge.sent(transaction);
            judge.sent(transaction);
            judge.set(transaction, Fate::committed);
        }
    }
    std::string verdict() {
        judge.judge_committed({content}, {2, 2});
        judge.judge_uncommitted({all.empty() ? content : all}, {content});
        return judge.anomalies().empty() ? "" : judge.anomalies().front();
    }

    CopyJudge judge{[](int source, std::int64_t number) {
        const auto text = std::to_string(source) + ":" + std::to_string(number) + ":0";
        return std::vector<CopyOutput>{{.partition = 0, .key = "k", .text = text}};
    }};
    CopyContent content{{0, "0:0:0@0"}, {1, "1:0:0@0"}, {3, "0:1:0@1"}, {4, "1:1:0@1"}};
    CopyContent all;
};

TEST_F(CopyJudgeTest, is_content_with_an_exact_copy) { EXPECT_EQ(verdict(), ""); }

TEST_F(CopyJudgeTest, finds_a_record_that_was_copied_twice) {
    content.emplace_back(5, "1:1:0@1");
    EXPECT_TRUE(verdict().starts_with("copied twice"));
}

TEST_F(CopyJudgeTest, finds_a_record_that_was_not_copied) {
    const auto none = judge.begin();
    judge.set(none, Fate::in_doubt);
    judge.judge_committed({content}, {2, 3});
    EXPECT_EQ(judge.anomalies(), std::vector<std::string>{"not copied: 1:2:0"});
}

TEST_F(CopyJudgeTest, finds_a_record_that_nobody_asked_for) {
    judge.judge_committed({content}, {2, 1});
    EXPECT_EQ(judge.anomalies(),
              std::vector<std::string>{"nobody asked for it: partition 0, offset 4 (1:1:0@1)"});
}

TEST_F(CopyJudgeTest, finds_records_out_of_order) {
    std::swap(content[0].second, content[2].second);
    EXPECT_TRUE(verdict().starts_with("out of order"));
}

TEST_F(CopyJudgeTest, finds_what_an_aborted_transaction_has_left) {
    judge.set(1, Fate::aborted);
    EXPECT_EQ(verdict(), "visible although never committed: transaction @1");
}

TEST_F(CopyJudgeTest, finds_what_is_visible_without_any_commit) {
    judge.set(1, Fate::open);
    EXPECT_EQ(verdict(), "visible although never committed: transaction @1");
}

TEST_F(CopyJudgeTest, finds_a_committed_transaction_that_is_gone) {
    const auto lost = judge.begin();
    judge.sent(lost);
    judge.set(lost, Fate::committed);
    EXPECT_EQ(verdict(), "lost although committed: transaction @2");
}

TEST_F(CopyJudgeTest, finds_a_torn_transaction) {
    judge.set(1, Fate::in_doubt);
    judge.sent(1);
    EXPECT_EQ(verdict(), "torn: transaction @1, 2 of 3");
}

TEST_F(CopyJudgeTest, finds_a_record_of_no_transaction) {
    content[3].second = "1:1:0@7";
    EXPECT_TRUE(verdict().starts_with("a record of no transaction"));
}

TEST_F(CopyJudgeTest, finds_what_only_read_committed_readers_are_given) {
    all = content;
    all[1].second = "1:0:0@1";
    EXPECT_TRUE(verdict().starts_with("committed, and not there for read_uncommitted"));
}

TEST_F(CopyJudgeTest, counts_what_only_read_uncommitted_readers_are_given) {
    all = content;
    all.emplace_back(6, "0:1:0@2");
    EXPECT_EQ(judge.judge_uncommitted({all}, {content}), 1U);
}

}  // namespace
}  // namespace leat::crash
