// The history's judge finds what it is there for: each kind of fault, planted.
#include "txn_history.hpp"

#include <gtest/gtest.h>

#include <set>

namespace leat::crash {
namespace {

using Outcome = HistoryOp::Outcome;

HistoryStep send(int key, std::int64_t offset, std::int64_t value) {
    return {HistoryStep::Kind::send, key, offset, value};
}
HistoryStep poll(int key, std::int64_t offset, std::int64_t value) {
    return {HistoryStep::Kind::poll, key, offset, value};
}
HistoryOp plain(int process, std::vector<HistoryStep> steps) {
    return {.process = process, .steps = std::move(steps)};
}
HistoryOp txn(int process, std::vector<HistoryStep> steps, Outcome outcome = Outcome::ok) {
    return {
        .process = process, .outcome = outcome, .transactional = true, .steps = std::move(steps)};
}

using Names = std::multiset<std::string>;
Names found(const std::vector<HistoryOp>& ops) {
    TxnHistory history;
    for (const auto& op : ops) history.add(op);
    Names names;
    for (const auto& finding : history.judge()) names.insert(finding.name);
    return names;
}

// A transaction of two keys (its end at offset 2 of key 0), an aborted one, a plain send, and a
// reader.
std::vector<HistoryOp> sound() {
    return {txn(1, {send(0, 0, 10), send(0, 1, 11), send(1, 0, 12)}),
            txn(2, {send(0, 3, 20), poll(1, 0, 12)}, Outcome::failed), plain(3, {send(0, 5, 30)}),
            plain(4, {poll(0, 0, 10), poll(0, 1, 11), poll(1, 0, 12)}), plain(4, {poll(0, 5, 30)})};
}
// Without what is tolerated.
Names violations(const std::vector<HistoryOp>& ops) {
    auto names = found(ops);
    std::erase_if(names, TxnHistory::is_tolerated);
    return names;
}
void expect_only(const std::vector<HistoryOp>& ops, const std::string& name) {
    EXPECT_EQ(violations(ops), Names{name});
}

TEST(TxnHistory, is_content_with_a_sound_history) { EXPECT_EQ(found(sound()), Names{}); }

TEST(TxnHistory, takes_whatever_is_in_doubt) {
    auto ops = sound();
    ops.push_back(txn(5, {send(1, 2, 50), send(0, 7, 51)}, Outcome::unknown));
    EXPECT_EQ(found(ops), Names{});
    ops.push_back(plain(4, {poll(1, 2, 50), poll(0, 7, 51)}));
    EXPECT_EQ(found(ops), Names{});
}

TEST(TxnHistory, finds_an_aborted_read) {
    auto ops = sound();
    ops[4].steps = {poll(0, 3, 20), poll(0, 5, 30)};
    expect_only(ops, "G1a");
}

TEST(TxnHistory, finds_a_lost_write) {
    auto ops = sound();
    ops[0].steps.push_back(send(1, 1, 13));
    ops[2].steps.push_back(send(1, 3, 31));
    ops[4].steps.push_back(poll(1, 3, 31));
    // Whoever was given the one behind it has skipped it.
    EXPECT_EQ(violations(ops), (Names{"lost write", "poll skip"}));
}

TEST(TxnHistory, finds_what_nobody_was_given) {
    auto ops = sound();
    ops[4].steps.clear();
    expect_only(ops, "unseen");
}

TEST(TxnHistory, finds_a_duplicate) {
    auto ops = sound();
    ops[4].steps.push_back(poll(0, 6, 30));
    expect_only(ops, "duplicate");
}

TEST(TxnHistory, finds_two_values_at_one_offset) {
    auto ops = sound();
    ops.push_back(plain(5, {send(0, 5, 60)}));
    EXPECT_TRUE(found(ops).contains("inconsistent offset"));
}

TEST(TxnHistory, finds_a_value_that_nobody_sent) {
    auto ops = sound();
    ops[4].steps.push_back(poll(0, 6, 99));
    expect_only(ops, "garbage read");
}

TEST(TxnHistory, finds_a_transaction_that_reads_what_it_has_not_committed) {
    auto ops = sound();
    ops[0].steps.push_back(poll(1, 0, 12));
    expect_only(ops, "precommitted read");
}

TEST(TxnHistory, finds_a_poll_that_skips) {
    auto ops = sound();
    ops.push_back({.process = 4, .repositioned = true, .steps = {poll(0, 0, 10)}});
    ops.push_back(plain(4, {poll(0, 5, 30)}));
    expect_only(ops, "poll skip");
}

TEST(TxnHistory, finds_a_poll_that_goes_back) {
    auto ops = sound();
    ops.push_back(plain(4, {poll(0, 1, 11)}));
    expect_only(ops, "nonmonotonic poll");
}

TEST(TxnHistory, lets_a_consumer_that_begins_anew_go_back) {
    auto ops = sound();
    ops.push_back({.process = 4, .repositioned = true, .steps = {poll(0, 1, 11)}});
    EXPECT_EQ(found(ops), Names{});
}

TEST(TxnHistory, tolerates_skips_across_rebalances_alone) {
    auto ops = sound();
    ops.push_back({.process = 4, .subscribed = true, .steps = {poll(0, 0, 10)}});
    EXPECT_TRUE(found(ops).contains("nonmonotonic poll, subscribed"));
    EXPECT_EQ(violations(ops), Names{});
}

TEST(TxnHistory, finds_a_skip_inside_of_one_operation) {
    auto ops = sound();
    ops.push_back({.process = 5, .steps = {poll(0, 0, 10), poll(0, 5, 30)}});
    expect_only(ops, "int poll skip");
}

TEST(TxnHistory, finds_a_step_back_inside_of_one_operation) {
    auto ops = sound();
    ops.push_back({.process = 5, .steps = {poll(0, 1, 11), poll(0, 0, 10)}});
    expect_only(ops, "int nonmonotonic poll");
}

TEST(TxnHistory, finds_sends_out_of_order) {
    auto ops = sound();
    ops.push_back(plain(5, {send(1, 5, 60)}));
    ops.push_back(plain(5, {send(1, 3, 61)}));
    ops.push_back(plain(4, {poll(1, 3, 61), poll(1, 5, 60)}));
    expect_only(ops, "nonmonotonic send");
}

TEST(TxnHistory, finds_sends_out_of_order_inside_of_one_operation) {
    auto ops = sound();
    ops.push_back(txn(5, {send(1, 5, 60), send(1, 3, 61)}));
    ops.push_back(plain(4, {poll(1, 3, 61), poll(1, 5, 60)}));
    expect_only(ops, "int nonmonotonic send");
}

TEST(TxnHistory, tolerates_the_records_of_others_among_those_of_a_transaction) {
    auto ops = sound();
    ops.push_back(txn(5, {send(1, 3, 60), send(1, 5, 61)}));
    ops.push_back(plain(6, {send(1, 4, 70)}));
    ops.push_back(plain(4, {poll(1, 3, 60), poll(1, 4, 70), poll(1, 5, 61)}));
    EXPECT_TRUE(found(ops).contains("int send skip"));
    EXPECT_EQ(violations(ops), Names{});
}

// Two transactions that interleave their writes: Kafka does not isolate those.
TEST(TxnHistory, tells_a_circle_of_writes) {
    const auto names =
        found({txn(1, {send(0, 0, 10), send(1, 1, 11)}), txn(2, {send(0, 1, 20), send(1, 0, 21)}),
               plain(3, {poll(0, 0, 10), poll(0, 1, 20), poll(1, 0, 21), poll(1, 1, 11)})});
    EXPECT_EQ(names, Names{"G0"});
    EXPECT_TRUE(TxnHistory::is_tolerated("G0"));
}

TEST(TxnHistory, finds_a_circle_of_reads) {
    expect_only(
        {txn(1, {send(0, 0, 10), poll(1, 0, 20)}), txn(2, {send(1, 0, 20), poll(0, 0, 10)})},
        "G1c by reads");
}

// The second reads what the first, of the process whose later transaction it has read, has yet to
// do.
TEST(TxnHistory, finds_a_circle_of_reads_over_the_order_of_a_process) {
    expect_only({txn(1, {poll(1, 0, 20)}), txn(1, {send(0, 0, 10)}),
                 txn(2, {poll(0, 0, 10), send(1, 0, 20)})},
                "G1c by reads");
}

TEST(TxnHistory, tells_a_circle_of_writes_and_reads) {
    const auto names = found({txn(1, {send(0, 0, 10), poll(1, 0, 20)}),
                              txn(2, {send(1, 0, 20), send(0, 1, 21)}), txn(3, {send(0, 2, 30)}),
                              plain(4, {poll(0, 0, 10), poll(0, 1, 21), poll(0, 2, 30)})});
    EXPECT_EQ(names, Names{"G1c"});
    EXPECT_TRUE(TxnHistory::is_tolerated("G1c"));
}

TEST(TxnHistory, tells_a_read_of_half_a_transaction) {
    const auto names = found({txn(1, {send(0, 0, 10), send(1, 1, 11)}), plain(2, {send(1, 0, 20)}),
                              txn(3, {poll(0, 0, 10), poll(1, 0, 20)}),
                              plain(4, {poll(1, 0, 20), poll(1, 1, 11)})});
    EXPECT_EQ(names, Names{"G-single"});
}

TEST(TxnHistory, tells_write_skew) {
    const auto names =
        found({plain(9, {send(0, 0, 1)}), plain(9, {send(1, 0, 2)}),
               txn(1, {poll(0, 0, 1), send(1, 1, 11)}), txn(2, {poll(1, 0, 2), send(0, 1, 21)}),
               plain(4, {poll(0, 0, 1), poll(0, 1, 21), poll(1, 0, 2), poll(1, 1, 11)})});
    EXPECT_EQ(names, Names{"G2"});
}

}  // namespace
}  // namespace leat::crash
